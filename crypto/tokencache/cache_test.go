package tokencache

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"unsafe"
)

// awake opens a keyset whose people are known to come back.
func awake(c *Cache) *Keyset {
	c.Eager()
	return c.Open()
}

// keep puts the pair of a number as a caller does, until it is kept.
func keep(t testing.TB, k *Keyset, n uint64) {
	t.Helper()
	key, value := pair(n)
	for range 2 {
		if _, found, wanted := k.Get(nil, key); !found && wanted {
			k.Put(key, value)
		}
	}
	if _, found, _ := k.Get(nil, key); !found {
		t.Fatalf("%d is not kept after it was asked for twice", n)
	}
}

func TestKeptTheSecondTime(t *testing.T) {
	c := New(MinSize)
	defer c.Close()
	k := awake(c)
	key, value := pair(1)
	if out, found, wanted := k.Get([]byte("x"), key); found || wanted || string(out) != "x" {
		t.Fatalf("the first time: %q, found %v, wanted %v", out, found, wanted)
	}
	if _, found, wanted := k.Get(nil, key); found || !wanted {
		t.Fatalf("the second time: found %v, wanted %v", found, wanted)
	}
	k.Put(key, value)
	k.Put(key, value) // as another goroutine may
	out, found, wanted := k.Get([]byte("x"), key)
	if !found || wanted || string(out) != "x"+string(value) {
		t.Fatalf("the third time: %d bytes, found %v, wanted %v", len(out), found, wanted)
	}
	if want := (Stats{Hits: 1, Misses: 2}); c.Stats() != want {
		t.Errorf("stats %+v, want %+v", c.Stats(), want)
	}
}

// A stream in which nobody comes back leaves next to nothing in memory: only what a tag of 16 bits takes for another.
func TestWhatNeverComesBackIsNotKept(t *testing.T) {
	c := New(1 << 20)
	defer c.Close()
	k := awake(c)
	const n = 50_000
	for i := range uint64(n) {
		key, value := pair(i)
		if _, _, wanted := k.Get(nil, key); wanted {
			k.Put(key, value)
		}
	}
	kept := 0
	for i := range c.sets {
		kept += c.set(i).count()
	}
	if kept > n/200 {
		t.Errorf("%d of %d are kept", kept, n)
	}
}

// A Keyset rests until people come back, and again when they come no more; another one does what its own people say.
func TestRests(t *testing.T) {
	c := New(4 << 20)
	defer c.Close()
	k, busy := c.Open(), c.Open()
	ask := func(k *Keyset, n uint64) (found bool) {
		key, value := pair(n)
		_, found, wanted := k.Get(nil, key)
		if wanted {
			k.Put(key, value)
		}
		return found
	}
	const lookups = 200_000 // a window is some 32,768
	for n := range uint64(lookups) {
		ask(k, 1<<32+n)
		ask(busy, n%1000)
	}
	if k.working.Load() || !busy.working.Load() {
		t.Fatalf("strangers: working %v, want false; people who come back: working %v, want true", k.working.Load(), busy.working.Load())
	}
	before := c.Stats()
	for n := range uint64(lookups) {
		ask(k, 1<<33+n)
	}
	looked := c.Stats().Misses - before.Misses
	if looked < lookups/(2*sampling) || looked > lookups*2/sampling {
		t.Errorf("at rest %d of %d were looked for, want a sixteenth", looked, lookups)
	}
	found := 0
	for n := range uint64(lookups) {
		if ask(k, n%1000) {
			found++
		}
	}
	if !k.working.Load() || found < lookups/2 {
		t.Errorf("everybody comes back: working %v, %d of %d were found", k.working.Load(), found, lookups)
	}
	for n := range uint64(lookups) {
		ask(k, 1<<34+n)
	}
	if k.working.Load() {
		t.Error("works on where nobody comes back any more")
	}
}

// What is found at rest, in the sampled sets, tells what is found in all of them at work.
func TestSampledSetsTellOfAll(t *testing.T) {
	for _, people := range []uint64{5_000, 40_000, 200_000} {
		c := New(1 << 20)
		k := c.Open()
		random := rand.New(rand.NewPCG(1, people))
		share := func(working bool) float64 {
			const lookups = 400_000
			var before Stats
			for n := range lookups {
				if n == lookups/2 { // by then who is kept is settled
					before = c.Stats()
				}
				k.working.Store(working)
				key, value := pair(random.Uint64N(people))
				if _, _, wanted := k.Get(nil, key); wanted {
					k.Put(key, value)
				}
			}
			after := c.Stats()
			hits := float64(after.Hits - before.Hits)
			return hits / (hits + float64(after.Misses-before.Misses))
		}
		if rest, work := share(false), share(true); math.Abs(rest-work) > 0.05 {
			t.Errorf("%d people: %.2f are found at rest, %.2f at work", people, rest, work)
		}
		c.Close()
	}
}

// Keys are compared byte by byte: with one hash for all of them, each still has its own value, in each Keyset.
func TestEqualHashesOfDifferentKeys(t *testing.T) {
	c := New(1 << 20)
	defer c.Close()
	one, other := awake(c), awake(c)
	const hash = 0x1234_5678_9abc_def0
	short := func(n byte) (key, value []byte) {
		return bytes.Repeat([]byte{n}, block), bytes.Repeat([]byte{n}, block+ValueExtra)
	}
	for n := range byte(10) {
		key, value := short(n)
		if _, found, _ := one.get(nil, key, hash); found {
			t.Fatalf("key %d has a value before one was put", n)
		}
		one.put(key, value, hash)
	}
	for n := range byte(10) {
		key, value := short(n)
		if out, found, _ := one.get(nil, key, hash); !found || !bytes.Equal(out, value) {
			t.Errorf("key %d: found %v, %d bytes, its own value %v", n, found, len(out), bytes.Equal(out, value))
		}
		if _, found, _ := other.get(nil, key, hash); found {
			t.Errorf("key %d of one keyset is found in another", n)
		}
		long := append(bytes.Clone(key), make([]byte, block)...)
		if _, found, _ := one.get(nil, long, hash); found {
			t.Errorf("key %d is found for one that begins like it", n)
		}
	}
}

func TestSizeIsNeverPassed(t *testing.T) {
	if n := unsafe.Sizeof(stripe{}); n != stripeLen {
		t.Fatalf("a stripe has %d bytes, want %d", n, stripeLen)
	}
	for _, size := range []int64{MinSize, MinSize + 1, 100_000, 1 << 20, 16 << 20, 1<<30 - 1} {
		c := New(size)
		took := int64(len(c.memory) + len(c.stripes)*stripeLen)
		if took > size || took < size-3*setLen {
			t.Errorf("%d bytes: takes %d", size, took)
		}
		keep(t, awake(c), 1)
		c.Close()
	}
	for _, size := range []int64{-1, 0, MinSize - 1} {
		if New(size) != nil {
			t.Errorf("%d bytes: want none", size)
		}
	}
}

// However many keysets share a Cache, their entries displace each other and the bound holds.
func TestKeysetsShareOneBound(t *testing.T) {
	c := New(MinSize)
	defer c.Close()
	for n := range uint64(20) {
		k := awake(c)
		for i := range uint64(100) {
			keep(t, k, n*100+i)
		}
	}
	entries := 0
	for i := range c.sets {
		check(t, c.set(i))
		entries += c.set(i).count()
	}
	if got := c.Stats().Evictions; got != uint64(2000-entries) {
		t.Errorf("%d evictions, want %d", got, 2000-entries)
	}
}

func TestWipe(t *testing.T) {
	c := New(MinSize)
	k := awake(c)
	for n := range uint64(1000) {
		keep(t, k, n)
	}
	if len(bytes.Trim(c.memory, "\x00")) == 0 {
		t.Fatal("nothing was in memory")
	}
	c.wipe()
	if n := len(bytes.Trim(c.memory, "\x00")); n > 0 {
		t.Errorf("%d bytes were not overwritten", n)
	}
	key, value := pair(999)
	if _, found, wanted := k.Get(nil, key); found || wanted {
		t.Errorf("after the end: found %v, wanted %v", found, wanted)
	}
	k.Put(key, value)
	if n := len(bytes.Trim(c.memory, "\x00")); n > 0 {
		t.Error("something is kept after the end")
	}
	c.Close()
	c.Close()
	k.Put(key, value)
	if _, found, _ := k.Get(nil, key); found {
		t.Error("found in memory that was given back")
	}
}

func TestNilCache(t *testing.T) {
	var c *Cache
	if awake(c) != nil || c.Stats() != (Stats{}) {
		t.Error("the nil Cache does something")
	}
	c.Close()
}

func TestKeysetsHaveAnEnd(t *testing.T) {
	c := New(MinSize)
	defer c.Close()
	seen := map[uint16]bool{}
	for range maxKeysets {
		seen[awake(c).number] = true
	}
	if len(seen) != maxKeysets || seen[0] {
		t.Errorf("%d numbers, want %d, none of them 0", len(seen), maxKeysets)
	}
	if awake(c) != nil {
		t.Error("a number was given twice")
	}
}

// Goroutines that get, put and close at the same time see their own values or none.
func TestConcurrentUse(t *testing.T) {
	c := New(MinSize)
	keysets := []*Keyset{awake(c), awake(c)}
	var wg sync.WaitGroup
	for g := range uint64(16) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(g, 1))
			for range 5000 {
				key, value := pair(r.Uint64N(300))
				k := keysets[r.IntN(2)]
				out, found, wanted := k.Get(nil, key)
				if found && !bytes.Equal(out, value) {
					t.Error("the value of another key")
					return
				}
				if wanted {
					k.Put(key, value)
				}
			}
			if g == 0 {
				c.Close()
			}
			c.Stats()
		})
	}
	wg.Wait()
}

func TestAllocations(t *testing.T) {
	c := New(1 << 20)
	defer c.Close()
	k := awake(c)
	keep(t, k, 1)
	key, _ := pair(1)
	dst := make([]byte, 0, MaxKey+ValueExtra)
	if n := testing.AllocsPerRun(1000, func() { k.Get(dst, key) }); n != 0 {
		t.Errorf("a hit allocates %v", n)
	}
	keys := make([][]byte, 4000)
	values := make([][]byte, len(keys))
	for i := range keys {
		keys[i], values[i] = pair(uint64(i) + 2)
	}
	i := 0
	if n := testing.AllocsPerRun(len(keys)-1, func() {
		k.Get(dst, keys[i])
		k.Put(keys[i], values[i])
		i++
	}); n != 0 {
		t.Errorf("a miss and an insertion allocate %v", n)
	}
	if c.Stats().Evictions == 0 {
		t.Error("nothing was evicted in that")
	}
}

// For any order of calls: what is found is what was put for that key in that keyset, and every set stays in order.
func FuzzFoundIsWhatWasPut(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 2, 3, 0x81, 0x82, 0x83})
	f.Add(bytes.Repeat([]byte{7, 9, 11, 13}, 200))
	f.Fuzz(func(t *testing.T, calls []byte) {
		c := New(MinSize)
		defer c.Close()
		keysets := []*Keyset{awake(c), awake(c)}
		put := map[string]bool{}
		for i, call := range calls {
			which := call >> 7
			key, value := pair(uint64(call & 0x7f))
			value[0] ^= which             // each keyset has values of its own
			hash := uint64(call>>1) << 60 // of which many keys have the same, so that they meet in one set under one identity
			k := keysets[which]
			name := fmt.Sprint(which, call)
			out, found, wanted := k.get(nil, key, hash)
			switch {
			case found && (!put[name] || !bytes.Equal(out, value)):
				t.Fatalf("call %d: found what was not put", i)
			case wanted:
				k.put(key, value, hash)
				put[name] = true
				if out, found, _ = k.get(nil, key, hash); !found || !bytes.Equal(out, value) {
					t.Fatalf("call %d: what was put is not found", i)
				}
			}
		}
		for i := range c.sets {
			check(t, c.set(i))
		}
	})
}
