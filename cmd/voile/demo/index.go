package demo

import (
	"encoding/binary"
	"math"
)

// gramSize is the number of bytes by which a needle is recognized before it is compared.
const gramSize = 4

// An index finds needles in a text in one pass: it knows one gram of each needle, the one that the fewest needles have,
// looks the gram up that ends at each byte, and compares only where one is known.
type index struct {
	known []uint64 // one bit by hash of the gram: nearly every byte of a text is done with it
	heads []int32  // by fewer bits of the hash: the first entry, -1 none
	list  []entry
}

type entry struct {
	gram   uint32
	at     int32 // offset of the gram in its needle
	needle int32
	next   int32 // entry of the same hash, -1 none
}

const (
	knownBits = 20 // 128 KiB, so that it stays in the cache
	headBits  = 16
)

func hash(gram uint32) uint32 { return gram * 0x9E3779B1 >> (32 - knownBits) }

// newIndex indexes needles of gramSize bytes or more.
func newIndex(needles []needle) index {
	common := map[uint32]int{}
	for _, n := range needles {
		for i := 0; i+gramSize <= len(n.text); i++ {
			common[gramAt(n.text, i)]++
		}
	}
	x := index{known: make([]uint64, 1<<knownBits/64), heads: make([]int32, 1<<headBits), list: make([]entry, 0, len(needles))}
	for i := range x.heads {
		x.heads[i] = -1
	}
	for i, n := range needles {
		best, fewest := 0, math.MaxInt
		for at := 0; at+gramSize <= len(n.text); at++ {
			if c := common[gramAt(n.text, at)]; c < fewest {
				best, fewest = at, c
			}
		}
		gram := gramAt(n.text, best)
		h := hash(gram)
		x.known[h/64] |= 1 << (h % 64)
		head := &x.heads[h>>(knownBits-headBits)]
		x.list = append(x.list, entry{gram: gram, at: int32(best), needle: int32(i), next: *head})
		*head = int32(len(x.list) - 1)
	}
	return x
}

func gramAt(s string, i int) uint32 { return binary.BigEndian.Uint32([]byte(s[i : i+gramSize])) }

// scan calls found for every place where a needle stands in text, which is in small letters.
func (x *index) scan(text []byte, needles []needle, found func(*needle)) {
	gram := uint32(0)
	for i, c := range text {
		gram = gram<<8 | uint32(c)
		h := hash(gram)
		if x.known[h/64]>>(h%64)&1 == 0 || i < gramSize-1 {
			continue
		}
		for e := x.heads[h>>(knownBits-headBits)]; e >= 0; e = x.list[e].next {
			if x.list[e].gram != gram {
				continue
			}
			n := &needles[x.list[e].needle]
			if start := i - (gramSize - 1) - int(x.list[e].at); n.standsAt(text, start) {
				found(n)
			}
		}
	}
}

// standsAt says whether the needle stands at start, apart from what must not stand beside it.
func (n *needle) standsAt(text []byte, start int) bool {
	end := start + len(n.text)
	if start < 0 || end > len(text) || string(text[start:end]) != n.text {
		return false
	}
	return (start == 0 || n.apart.allows(text[start-1])) && (end == len(text) || n.apart.allows(text[end]))
}

func (a apart) allows(beside byte) bool {
	digit := '0' <= beside && beside <= '9'
	switch a {
	case fromDigits:
		return !digit
	case fromWords:
		return !digit && beside != '-' && beside != '_' && (beside < 'a' || beside > 'z')
	}
	return true
}
