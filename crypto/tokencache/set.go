package tokencache

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A set is 2 KiB of the cache, in which entries of different lengths lie side by side without a pointer. It is in two pieces: the
// indexes of all sets lie behind each other, and so do the rooms. So a look for what is not there touches a sixteenth of the memory,
// which the processor has near, and a look for what is there the entry besides.
type set struct {
	*index
	*room
}

// An index says what is in its room. The entries are in the order in which they came.
//
//	0   how many entries there are; where the hand is; where the ring goes on; a byte each, and one that is not used
//	4   which entries were asked for since the hand went by, a bit each
//	8   a byte of each entry's hash
//	40  where in the room each entry begins, in units of 8 bytes
//	72  tags of the keys that were asked for last and are not kept, 2 bytes each, in a ring
//
// The entry that has to go is found as SIEVE does (Zhang et al., NSDI 2024): a hand goes from the oldest entry to the newest
// and begins again; it passes those that were asked for since it was there, and takes the first that was not.
type index [indexLen]byte

// A room holds the entries, the oldest at its end, without gaps; what is free before them is zeros. An entry is its identity (8 bytes),
// key and value. What it leaves is overwritten in the same step.
type room [roomLen]byte

const (
	setLen   = 2048
	indexLen = 128
	roomLen  = setLen - indexLen

	block   = 16 // keys and values are multiples of it
	unit    = 8
	idLen   = 8
	entries = 32 // at most in a set
	recents = 28 // tags in the ring

	atCount, atHand, atNext                 = 0, 1, 2
	atAsked, atHash, atBegin, atRing        = 4, 8, 40, 72
	lanes8, lanes16                  uint64 = 0x0101_0101_0101_0101, 0x0001_0001_0001_0001
)

// identify gives the identity of an entry: everything that must be equal but for the key itself. Equal identities of different keys
// are told apart by the keys.
func identify(keyset uint16, hash uint64, keyLen int) uint64 {
	return hash&0xff_ffff_ffff<<24 | uint64(keyset)<<8 | uint64(keyLen/block)
}

// short is the byte of the hash that stands in the index.
func short(id uint64) byte { return byte(id >> 24) }

// entryLen is what an entry takes of a room.
func entryLen(id uint64) int { return idLen + 2*int(id&0xff)*block + ValueExtra }

func (s set) count() int { return int(s.index[atCount]) }

func (s set) begin(i int) int { return int(s.index[atBegin+i]) * unit }

func (s set) id(i int) uint64 { return binary.LittleEndian.Uint64(s.room[s.begin(i):]) }

func (s set) asked() uint32 { return binary.LittleEndian.Uint32(s.index[atAsked:]) }

func (s set) setAsked(bits uint32) { binary.LittleEndian.PutUint32(s.index[atAsked:], bits) }

// bottom is the lowest byte that an entry has.
func (s set) bottom() int {
	if n := s.count(); n > 0 {
		return s.begin(n - 1)
	}
	return roomLen
}

// find gives the value of a key and marks the entry as asked for; nil where there is none.
func (s set) find(id uint64, key []byte) []byte {
	for half := range entries / 8 {
		// A lane that is zero is a byte that was equal; above one, a lane may seem to be, and the identity says that it is not.
		x := binary.LittleEndian.Uint64(s.index[atHash+half*8:]) ^ uint64(short(id))*lanes8
		for equal := (x - lanes8) &^ x & (lanes8 << 7); equal != 0; equal &= equal - 1 {
			i := half*8 + bits.TrailingZeros64(equal)/8
			if i >= s.count() {
				return nil
			}
			at := s.begin(i) + idLen
			if s.id(i) != id || !bytes.Equal(s.room[at:at+len(key)], key) {
				continue
			}
			if asked := s.asked(); asked&(1<<i) == 0 {
				s.setAsked(asked | 1<<i)
			}
			return s.room[at+len(key) : at+2*len(key)+ValueExtra]
		}
	}
	return nil
}

// wanted says whether a tag is in the ring, and puts it there where it is not.
func (s set) wanted(tag uint16) bool {
	for at := atRing; at < indexLen; at += 8 {
		x := binary.LittleEndian.Uint64(s.index[at:]) ^ uint64(tag)*lanes16
		if (x-lanes16)&^x&(lanes16<<15) != 0 {
			return true
		}
	}
	next := int(s.index[atNext]) % recents
	binary.LittleEndian.PutUint16(s.index[atRing+2*next:], tag)
	s.index[atNext] = byte(next + 1)
	return false
}

// insert keeps a value, which is ValueExtra longer than its key, and says how many entries had to go for it. The key MUST NOT be
// in the set.
func (s set) insert(id uint64, key, value []byte) (evicted int) {
	for s.count() == entries || s.bottom() < entryLen(id) {
		s.evict()
		evicted++
	}
	at, n := s.bottom()-entryLen(id), s.count()
	binary.LittleEndian.PutUint64(s.room[at:], id)
	copy(s.room[at+idLen:], key)
	copy(s.room[at+idLen+len(key):], value)
	s.index[atHash+n], s.index[atBegin+n] = short(id), byte(at/unit)
	s.index[atCount]++
	return evicted
}

// evict removes the entry that the hand comes to.
func (s set) evict() {
	for {
		i := int(s.index[atHand])
		if i >= s.count() {
			i = 0
		}
		asked := s.asked()
		if asked&(1<<i) == 0 {
			s.index[atHand] = byte(i)
			s.remove(i)
			return
		}
		s.setAsked(asked &^ (1 << i))
		s.index[atHand] = byte(i + 1)
	}
}

// remove closes the gap that an entry leaves: newer entries move up in the room, and down in the index.
func (s set) remove(i int) {
	at, bottom, last := s.begin(i), s.bottom(), s.count()-1
	n := entryLen(s.id(i))
	copy(s.room[bottom+n:at+n], s.room[bottom:at])
	clear(s.room[bottom : bottom+n])
	for j := i; j < last; j++ {
		s.index[atHash+j] = s.index[atHash+j+1]
		s.index[atBegin+j] = s.index[atBegin+j+1] + byte(n/unit)
	}
	s.index[atHash+last], s.index[atBegin+last] = 0, 0
	asked, older := s.asked(), uint32(1)<<i-1
	s.setAsked(asked&older | asked>>1&^older)
	s.index[atCount]--
}

// place spreads hashes evenly over n sets.
func place(hash uint64, n int) int {
	hi, _ := bits.Mul64(hash, uint64(n))
	return int(hi)
}
