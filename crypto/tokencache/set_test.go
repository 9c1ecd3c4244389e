package tokencache

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// pair is the key of a number, of a length that the number gives, and the value that goes with it.
func pair(n uint64) (key, value []byte) {
	r := rand.New(rand.NewPCG(n, 7))
	key = make([]byte, block*(1+r.IntN(MaxKey/block)))
	for i := range key {
		key[i] = byte(r.Uint32())
	}
	binary.BigEndian.PutUint64(key, n)
	value = make([]byte, len(key)+ValueExtra)
	for i := range value {
		value[i] = key[i%len(key)] ^ byte(i) ^ 0x5a
	}
	return key, value
}

// check demands that a set is in order: entries lie without gaps, the index says so, and nothing but zeros is where no entry is.
func check(t *testing.T, s set) {
	t.Helper()
	at := roomLen
	for i := range s.count() {
		if s.begin(i) >= at {
			t.Fatalf("entry %d begins at %d, above the older ones, which end at %d", i, s.begin(i), at)
		}
		at -= entryLen(s.id(i))
		if s.begin(i) != at {
			t.Fatalf("entry %d begins at %d, want %d", i, s.begin(i), at)
		}
		if s.index[atHash+i] != short(s.id(i)) {
			t.Fatalf("entry %d has another hash in the index", i)
		}
	}
	if n := len(bytes.Trim(s.room[:at], "\x00")); n > 0 {
		t.Fatalf("%d of %d free bytes of the room are not zero", n, at)
	}
	for _, free := range [][]byte{s.index[atHash+s.count() : atBegin], s.index[atBegin+s.count() : atRing]} {
		if len(bytes.Trim(free, "\x00")) > 0 {
			t.Fatal("the index has more than there is in the room")
		}
	}
	if s.asked()>>s.count() != 0 {
		t.Fatalf("%b: entries were asked for that are not there", s.asked())
	}
}

func newSet() set { return set{new(index), new(room)} }

func TestSetStaysInOrder(t *testing.T) {
	s := newSet()
	r := rand.New(rand.NewPCG(1, 2))
	in, out := 0, 0
	for range 20_000 {
		n := r.Uint64N(60)
		key, value := pair(n)
		id := identify(uint16(n%3), n%2, len(key)) // few identities, so that many keys have the same
		if got := s.find(id, key); got != nil {
			if !bytes.Equal(got, value) {
				t.Fatal("the value of another key")
			}
			continue
		}
		out += s.insert(id, key, value)
		in++
		if s.count() != in-out {
			t.Fatalf("%d entries after %d insertions and %d evictions", s.count(), in, out)
		}
		check(t, s)
		if got := s.find(id, key); !bytes.Equal(got, value) {
			t.Fatal("what was just inserted is not found")
		}
	}
	if out < 1000 {
		t.Errorf("%d evictions: too few to show anything", out)
	}
}

// What is evicted is not in the set any more, in no byte.
func TestEvictedIsOverwritten(t *testing.T) {
	s := newSet()
	var keys [][]byte
	for n := range uint64(500) {
		key, value := pair(n)
		s.insert(identify(1, n, len(key)), key, value)
		keys = append(keys, key)
	}
	gone := 0
	for n, key := range keys {
		if s.find(identify(1, uint64(n), len(key)), key) != nil {
			continue
		}
		gone++
		if bytes.Contains(s.room[:], key) {
			t.Errorf("key %d was evicted and is still there", n)
		}
	}
	if gone < 400 {
		t.Errorf("%d of 500 were evicted: too few to show anything", gone)
	}
}

// What is asked for again and again stays, whatever else goes by.
func TestAskedForStays(t *testing.T) {
	s := newSet()
	key, value := pair(1)
	id := identify(1, 1, len(key))
	s.insert(id, key, value)
	for n := range uint64(1000) {
		if s.find(id, key) == nil {
			t.Fatalf("gone after %d others", n)
		}
		k, v := pair(n + 2)
		s.insert(identify(1, n+2, len(k)), k, v)
	}
}

func TestWanted(t *testing.T) {
	s := newSet()
	for tag := range uint16(recents) {
		if s.wanted(tag + 1) {
			t.Errorf("tag %d is wanted the first time", tag+1)
		}
	}
	for tag := range uint16(recents) {
		if !s.wanted(tag + 1) {
			t.Errorf("tag %d is not wanted the second time", tag+1)
		}
	}
	s.wanted(1000)
	if s.wanted(1) { // and is the newest now
		t.Error("the oldest of the tags did not make room")
	}
	if s.wanted(2) || !s.wanted(4) {
		t.Error("the ring lets go of others than the oldest")
	}
	if n := len(bytes.Trim(s.index[4:atRing], "\x00")); n > 0 {
		t.Errorf("%d bytes of the index are written that are not the ring's", n)
	}
}
