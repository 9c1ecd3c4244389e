package jsonpath

import "encoding/binary"

// An nfa is a list of paths as one automaton that is not yet deterministic. A position stands before one segment of one
// path; the positions of a path follow each other. A path is through on the step that its last segment takes, and has no
// position after it: acceptance lies on the edges. So a path like `$..name` is always in its one position.
type nfa struct {
	steps []step
	start []int   // the first position of each path that has one
	roots []int32 // the paths that are `$`, which have none
}

// A step is the segment after a position.
type step struct {
	*segment
	path int32
	last bool // whether the path is through after it
}

func newNFA(paths []Path) *nfa {
	n := &nfa{}
	for i, p := range paths {
		if p.IsRoot() {
			n.roots = append(n.roots, int32(i))
			continue
		}
		n.start = append(n.start, len(n.steps))
		for k := range p.segments {
			n.steps = append(n.steps, step{&p.segments[k], int32(i), k == len(p.segments)-1})
		}
	}
	return n
}

// A set is a set of positions, one bit each.
type set []uint64

func (n *nfa) newSet() set { return make(set, (len(n.steps)+63)/64) }

func (s set) add(position int) { s[position>>6] |= 1 << (position & 63) }

func (s set) empty() bool {
	for _, word := range s {
		if word != 0 {
			return false
		}
	}
	return true
}

// startSet is where all paths are before the first step.
func (n *nfa) startSet() set {
	s := n.newSet()
	for _, p := range n.start {
		s.add(p)
	}
	return s
}

// appendKey appends the set as bytes that can key a map.
func (s set) appendKey(dst []byte) []byte {
	for _, word := range s {
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	return dst
}
