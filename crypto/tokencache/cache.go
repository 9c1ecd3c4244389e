// Package tokencache keeps tokens that were made a moment ago, so that the people who come back cost no cipher.
//
// # Contract
//
// Before: a [Cache] has a size that it never passes, all bookkeeping included. One Cache serves all keysets of a process; each
// is opened once as a [Keyset], and two of one Cache never see each other's values.
//
// During: a value that is given for a key was put for this very key in this very Keyset: all bytes of keys are compared, and their
// hashes, which are seeded anew for each Keyset, say only where to look. Everything is safe for concurrent use. Nothing allocates. A key
// is kept only when it is asked for a second time soon after the first, so what never comes back is never kept, and where too little
// comes back, hardly anything is looked for: see [Keyset].
//
// After: what had to make room was overwritten. [Cache.Close] overwrites everything; from then on nothing is found and nothing is
// kept.
//
// The keys are what is secret here. They lie in memory as they are, until others displace them or the Cache is closed: see
// docs/adr/0030-token-cache.md.
package tokencache

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

const (
	// MaxKey is the greatest length in bytes of a key that is kept: such an entry takes a seventh of a set.
	MaxKey = 8 * block
	// ValueExtra is what a value is longer than its key, in bytes.
	ValueExtra = block
	// MinSize is the least size of a Cache in bytes; one of less keeps nothing.
	MinSize = 64 << 10

	maxKeysets = 1<<16 - 1
	maxStripes = 256
	stripeLen  = 64
)

// A Cache is bounded memory for the tokens of all keysets of a process. The nil Cache keeps nothing.
type Cache struct {
	stripes []stripe // as many as a power of two
	memory  []byte   // the indexes of all sets, then their rooms
	sets    int
	release func([]byte)

	mu      sync.Mutex
	keysets int  // opened so far
	eager   bool // keysets work from the beginning
	closed  bool
}

// A stripe guards every set whose number has the same rest, and counts for them. It has a cache line for itself.
type stripe struct {
	mu                      sync.Mutex
	hits, misses, evictions uint64
	closed                  bool
	_                       [stripeLen - 40]byte
}

// New returns a Cache that takes no more than size bytes, of which the operating system gives each only when it is used. It is nil
// below MinSize.
func New(size int64) *Cache {
	if size < MinSize {
		return nil
	}
	stripes := min(maxStripes, 1<<(bits.Len64(uint64(size/setLen))-1))
	sets := (int(size) - stripes*stripeLen) / setLen
	memory, release := reserve(sets * setLen)
	return &Cache{stripes: make([]stripe, stripes), memory: memory, sets: sets, release: release}
}

// Close overwrites all that is kept and gives the memory back.
func (c *Cache) Close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.wipe()
	c.release(c.memory)
}

// wipe ends all use of the memory, and overwrites it.
func (c *Cache) wipe() {
	for i := range c.stripes {
		s := &c.stripes[i]
		s.mu.Lock()
		s.closed = true
		for n := i; n < c.sets; n += len(c.stripes) {
			// Rooms that were never used are not touched, so that the system need not give memory for them now.
			one := c.set(n)
			if one.count() > 0 {
				clear(one.room[:])
			}
			clear(one.index[:])
		}
		s.mu.Unlock()
	}
}

func (c *Cache) set(n int) set {
	return set{(*index)(c.memory[n*indexLen:]), (*room)(c.memory[c.sets*indexLen+n*roomLen:])}
}

// Eager has every Keyset that is opened from now on look in all sets at once, as if it had been seen already that its people come
// back: for tests and benchmarks of those who do.
func (c *Cache) Eager() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eager = true
}

// Stats are counts since the Cache was made.
type Stats struct {
	Hits      uint64 // values that were found
	Misses    uint64 // values that were not; not those that a Keyset did not look for because it rested
	Evictions uint64 // values that had to make room
}

// Stats returns what was counted. That of the nil Cache is zero.
func (c *Cache) Stats() (all Stats) {
	if c == nil {
		return all
	}
	for i := range c.stripes {
		s := &c.stripes[i]
		s.mu.Lock()
		all.Hits += s.hits
		all.Misses += s.misses
		all.Evictions += s.evictions
		s.mu.Unlock()
	}
	return all
}

// A Keyset is one keyset's share of a Cache: what is kept in it is found in it alone. There is no other bound than the Cache's.
//
// It rests until it is seen that its people come back: then it looks in every sixteenth set only, for the values that belong
// there. These sets hold the share of the values that the whole Cache would, so that what is found there tells what would be
// found in all of it. So where nobody comes back the Cache costs next to nothing, neither time nor memory.
type Keyset struct {
	cache  *Cache
	number uint16
	seed   maphash.Seed

	working atomic.Bool
	_       [stripeLen]byte // what is written seldom stays in the caches of all processors
	seen    atomic.Uint64   // lookups in the sampled sets since it was last decided; above 32 bits how many of them were hits
}

const (
	sampling = 16      // of so many sets one is sampled
	window   = 1 << 11 // lookups there, after which it is decided whether to work
	// Of 100 lookups so many must be hits for the whole to be worth the memory: with 40 it costs as much as the cipher alone.
	worthWorking = 50
	worthResting = 40 // fewer
)

// sample counts one lookup in a sampled set, and after a window decides.
func (k *Keyset) sample(hit bool) {
	one := uint64(1)
	if hit {
		one |= 1 << 32
	}
	all := k.seen.Add(one)
	if uint32(all) != window {
		return
	}
	k.seen.Store(0)
	switch hits := 100 * (all >> 32); {
	case hits >= worthWorking*window:
		k.working.Store(true)
	case hits < worthResting*window:
		k.working.Store(false)
	}
}

// Open returns the share of a keyset that was just opened, which is none of an earlier one even of equal keys. It is nil for the
// nil Cache, and where 65,535 have been opened before.
func (c *Cache) Open() *Keyset {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keysets == maxKeysets {
		return nil
	}
	c.keysets++
	k := &Keyset{cache: c, number: uint16(c.keysets), seed: maphash.MakeSeed()}
	k.working.Store(c.eager)
	return k
}

// Get appends the value of key to dst. Where there is none, wanted says whether somebody asked for the key not long ago, so that it
// should be put once its value is known. The length of key is a multiple of 16, from 16 to MaxKey.
func (k *Keyset) Get(dst, key []byte) (out []byte, found, wanted bool) {
	return k.get(dst, key, maphash.Bytes(k.seed, key))
}

func (k *Keyset) get(dst, key []byte, hash uint64) (out []byte, found, wanted bool) {
	c := k.cache
	n := place(hash, c.sets)
	sampled := n%sampling == 0
	if !sampled && !k.working.Load() {
		return dst, false, false
	}
	id := identify(k.number, hash, len(key))
	s := &c.stripes[n&(len(c.stripes)-1)]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return dst, false, false
	}
	one := c.set(n)
	value := one.find(id, key)
	if sampled {
		k.sample(value != nil)
	}
	if value != nil {
		s.hits++
		return append(dst, value...), true, false
	}
	s.misses++
	return dst, false, one.wanted(uint16(hash >> 8))
}

// Put keeps value for key, of which Get said that it is wanted. value is ValueExtra longer than key.
func (k *Keyset) Put(key, value []byte) { k.put(key, value, maphash.Bytes(k.seed, key)) }

func (k *Keyset) put(key, value []byte, hash uint64) {
	c, id := k.cache, identify(k.number, hash, len(key))
	n := place(hash, c.sets)
	s := &c.stripes[n&(len(c.stripes)-1)]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	one := c.set(n)
	if one.find(id, key) != nil {
		return // somebody else was faster
	}
	s.evictions += uint64(one.insert(id, key, value))
}
