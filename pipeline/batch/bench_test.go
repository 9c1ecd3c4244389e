package batch

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"voile/pipeline/record"
)

// events are n records of about 1.2 KB of JSON: names repeat, values do not.
func events(n int) []record.Record {
	rnd := rand.New(rand.NewPCG(1, 2))
	recs := make([]record.Record, n)
	for i := range recs {
		var v strings.Builder
		fmt.Fprintf(&v, `{"event_id":"%016x%016x","channel":"web","ts":%d`, rnd.Uint64(), rnd.Uint64(), 1_700_000_000_000+i)
		for f := range 24 {
			fmt.Fprintf(&v, `,"field_number_%d":{"value":"%x","n":%d}`, f, rnd.Uint32(), rnd.IntN(1000))
		}
		v.WriteString("}")
		recs[i] = record.Record{
			Timestamp: 1_700_000_000_000 + int64(i), Key: fmt.Appendf(nil, "customer-%d", rnd.IntN(100)), Value: []byte(v.String()),
			Headers: []record.Header{{Name: []byte("source"), Value: []byte("web")}},
		}
	}
	return recs
}

// TestAllocs: once warm, a record costs no allocation, and an uncompressed batch none either.
func TestAllocs(t *testing.T) {
	recs := events(500)
	for _, c := range codecs {
		var e Encoder
		var out []byte
		encode := testing.AllocsPerRun(20, func() {
			var err error
			if out, err = e.Encode(out[:0], recs, WithoutProducer(c)); err != nil {
				t.Fatal(err)
			}
		})
		d := NewDecoder(testLimit)
		var b Batch
		decode := testing.AllocsPerRun(20, func() {
			if err := d.Decode(out, &b); err != nil {
				t.Fatal(err)
			}
		})
		// The libraries' pools are emptied by the garbage collector, and at random under the race detector: a handful
		// per batch is their share, and still far from one per record.
		most := 10.0
		if c == None {
			most = 0
		}
		if encode > most || decode > most {
			t.Errorf("%s: %.0f allocations to encode a batch of %d records, %.0f to decode it", c, encode, len(recs), decode)
		}
	}
}

// sizes are those of a record's value, and how many records a batch then has: some 600 KB, or one record.
var sizes = []struct {
	name         string
	value, count int
}{{"200B", 200, 3000}, {"1.2KB", 0, 500}, {"10KB", 10_000, 60}, {"1MB", 1_000_000, 1}}

// sized are n records with values of so many bytes; with 0 they are as events makes them.
func sized(n, value int) []record.Record {
	if value == 0 {
		return events(n)
	}
	recs := events(n)
	var text []byte
	for _, r := range events(1000) {
		text = append(text, r.Value...)
	}
	for i := range recs {
		at := i * value % (len(text) - value)
		recs[i].Value = text[at : at+value]
	}
	return recs
}

// each runs a benchmark for each size and codec.
func each(b *testing.B, run func(b *testing.B, recs []record.Record, c Codec)) {
	for _, size := range sizes {
		recs := sized(size.count, size.value)
		for _, c := range codecs {
			b.Run(fmt.Sprintf("size=%s/codec=%s", size.name, c), func(b *testing.B) { run(b, recs, c) })
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	each(b, func(b *testing.B, recs []record.Record, c Codec) {
		var e Encoder
		out := make([]byte, 0, 1<<20)
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if out, err = e.Encode(out[:0], recs, WithoutProducer(c)); err != nil {
				b.Fatal(err)
			}
		}
		report(b, recs, len(out))
	})
}

func BenchmarkDecode(b *testing.B) {
	each(b, func(b *testing.B, recs []record.Record, c Codec) {
		raw := mustEncode(b, recs, WithoutProducer(c))
		d := NewDecoder(testLimit)
		var batch Batch
		b.ReportAllocs()
		for b.Loop() {
			if err := d.Decode(raw, &batch); err != nil {
				b.Fatal(err)
			}
		}
		report(b, recs, len(raw))
	})
}

// report adds the time of one record and the share that compression leaves.
func report(b *testing.B, recs []record.Record, size int) {
	plain := 0
	for i := range recs {
		plain += len(recs[i].Key) + len(recs[i].Value)
	}
	b.SetBytes(int64(plain))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(recs)), "ns/record")
	b.ReportMetric(float64(size)/float64(plain), "size/plain")
}
