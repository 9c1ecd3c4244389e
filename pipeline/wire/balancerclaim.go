package wire

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// A claim is what a member says about itself when it joins: which partitions it had.
type claim struct {
	// since is the generation from which on it has had exactly these, with no generation left out. Of two members that
	// claim a partition the one with the later since had it last, as their times cannot overlap.
	//
	// It is not the last generation: then a follower would send other bytes each time it joins again, after no more than
	// a cut connection, and the coordinator would take that for news and make the whole group rebalance.
	since      int32
	partitions map[string][]int32 // by topic, ascending
}

// Claims travel as the user data of JoinGroup: a version, since, the number of topics, then of each topic its name, the
// number of its partitions, the first of them, and the distance of each other to the one before. All but version and
// since are unsigned varints.
const (
	claimVersion = 1
	// maxClaim bounds a claim's bytes. A partition takes one or two of them, so it is some tens of thousands of partitions;
	// and the group's coordinator has to store the claims of all members in one record.
	maxClaim = 64 << 10
)

// encode gives the bytes of a claim. One that would be too large is none: it is for the good of the group, not of the
// member.
func (c claim) encode() []byte {
	b := putInt32([]byte{claimVersion}, c.since)
	b = binary.AppendUvarint(b, uint64(len(c.partitions)))
	for _, topic := range slices.Sorted(maps.Keys(c.partitions)) {
		b = binary.AppendUvarint(b, uint64(len(topic)))
		b = append(b, topic...)
		b = binary.AppendUvarint(b, uint64(len(c.partitions[topic])))
		before := int32(0)
		for _, p := range c.partitions[topic] {
			b = binary.AppendUvarint(b, uint64(p-before))
			before = p
		}
	}
	if len(b) > maxClaim {
		return nil
	}
	return b
}

// decodeClaim reads what another member sent, which may be anything. What is not a claim of this version counts as none;
// its member is a newcomer then.
func decodeClaim(b []byte) (c claim, ok bool) {
	if len(b) > maxClaim {
		return claim{}, false
	}
	in := reader{b: b}
	if in.int8() != claimVersion {
		return claim{}, false
	}
	c = claim{since: in.int32(), partitions: map[string][]int32{}}
	topics := in.uvarint()
	for range topics {
		topic := string(in.next(int(min(in.uvarint(), maxClaim))))
		if _, again := c.partitions[topic]; again || in.fail {
			return claim{}, false
		}
		if c.partitions[topic], ok = readAscending(&in); !ok {
			return claim{}, false
		}
	}
	if in.fail || len(in.b) > 0 || c.since < 0 {
		return claim{}, false
	}
	return c, true
}

// readAscending reads the partitions of one topic. Each takes a byte at least, so that not more are read than the bytes
// can hold.
func readAscending(in *reader) (out []int32, ok bool) {
	last := uint64(0)
	for i := range in.uvarint() {
		step := in.uvarint()
		if in.fail || i > 0 && step == 0 || step > math.MaxInt32-last {
			return nil, false
		}
		last += step
		out = append(out, int32(last))
	}
	return out, !in.fail
}
