package crypto

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

// BenchmarkCached is a token with the cache of its default size and without one, of values of 23 to 29 bytes: those that come back all
// the time, those that never do, those of 600,000 that come back as Zipf's law says, and those of 200,000 that are all as
// frequent and just do not all find room. Making the value is in it, some 20 ns.
func BenchmarkCached(b *testing.B) {
	for _, stream := range []struct {
		name string
		next func(*rand.Rand) func() uint64
	}{
		{"known", func(*rand.Rand) func() uint64 { return counting(1000) }},
		{"strangers", func(*rand.Rand) func() uint64 { return counting(1 << 62) }},
		{"zipf-1.0", func(r *rand.Rand) func() uint64 { return zipf(r, 1.0001) }},
		{"zipf-1.2", func(r *rand.Rand) func() uint64 { return zipf(r, 1.2) }},
		{"uniform", func(r *rand.Rand) func() uint64 { return func() uint64 { return r.Uint64N(200_000) } }},
	} {
		for _, size := range []int64{0, 16 << 20} {
			b.Run(fmt.Sprintf("people=%s/MiB=%d", stream.name, size>>20), func(b *testing.B) {
				cache := newCache(b, size)
				d := newDomain(b, "customer-email", Tokenize).Cached(cache)
				one := tokenOf(b, d, stream.next(rand.New(rand.NewPCG(1, 2))))
				if size > 0 {
					for range 2 << 20 { // a domain of strangers rests by then
						one()
					}
				}
				before := cache.Stats()
				b.ReportAllocs()
				for b.Loop() {
					one()
				}
				after := cache.Stats()
				if hits, misses := after.Hits-before.Hits, after.Misses-before.Misses; size > 0 {
					b.ReportMetric(100*float64(hits)/float64(hits+misses), "%hits")
				}
			})
		}
	}
}

// BenchmarkCachedParallel is the same by as many goroutines as there are processors, all for the same thousand values.
func BenchmarkCachedParallel(b *testing.B) {
	d := newDomain(b, "customer-email", Tokenize).Cached(newCache(b, 16<<20))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		one := tokenOf(b, d, counting(1000))
		for pb.Next() {
			one()
		}
	})
}

// tokenOf makes the token of the value that next numbers.
func tokenOf(b *testing.B, d *Domain, next func() uint64) func() {
	value, dst := make([]byte, 0, 64), make([]byte, 0, 256)
	return func() {
		value = strconv.AppendUint(append(value[:0], "person."...), 1000+next(), 10)
		value = append(value, "@example.fr"...)
		if _, err := d.AppendToken(dst, value); err != nil {
			b.Fatal(err)
		}
	}
}

func counting(n uint64) func() uint64 {
	i := uint64(0)
	return func() uint64 { i++; return i % n }
}

// zipf numbers 600,000 values, drawn beforehand because a draw costs as much as a token from the cache.
func zipf(r *rand.Rand, s float64) func() uint64 {
	z := rand.NewZipf(r, s, 1, 600_000-1)
	drawn := make([]uint32, 1<<20)
	for i := range drawn {
		drawn[i] = uint32(z.Uint64())
	}
	next := counting(uint64(len(drawn)))
	return func() uint64 { return uint64(drawn[next()]) }
}
