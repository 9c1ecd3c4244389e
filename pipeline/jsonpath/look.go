package jsonpath

import (
	"fmt"
	"slices"
)

// maxAnswers bounds how many answers a Look can have.
const maxAnswers = 1 << 12

var errAnswers = fmt.Errorf("filters at one place compare too many members with too many values, more than %d combinations: "+
	"use fewer filters that compare different members of the same object", maxAnswers)

// A Look is what a state has to know of a child before it can step to it: which of its filters are true. Their queries are one
// tree, which the scanner follows into the child from node 0 on: it adds a Hit for each comparison that it finds true, and at
// the end asks Automaton.Filtered. A Look does not change.
type Look struct {
	nodes   []node
	atoms   []int32 // by atom, the number of its query, from 0
	tests   []test  // of the filters
	strides []int   // by query: what its n-th value adds to an index of answers, n times
	ranks   []int   // by atom: its n, from 1
	answers []int32 // which of the state's variants it is, by what each query was found to equal; 0 is that no filter is true
	truths  [][]int32
}

// A Node is a place that a query of a Look passes or ends at. 0 is the child itself.
type Node int32

// Nowhere is where no query leads.
const Nowhere Node = -1

// A Hit is a comparison of a Look that is true.
type Hit int32

// A node has what is compared there, and where the queries go on.
type node struct {
	members   []memberNode
	elements  []elementNode
	texts     map[string]Hit
	numbers   []numberHit
	constants [aNumber]Hit // plus 1; 0 is none
}

type memberNode struct {
	name string
	to   Node
}

type elementNode struct {
	index int64
	to    Node
}

type numberHit struct {
	number number
	hit    Hit
}

// A test is a filter's expression over the numbers of comparisons.
type test struct {
	op   operator
	args []test
	atom Hit
}

// Member gives the node of the member of a name, decoded.
func (l *Look) Member(at Node, name []byte) Node {
	for i := range l.nodes[at].members {
		if m := &l.nodes[at].members[i]; m.name == string(name) {
			return m.to
		}
	}
	return Nowhere
}

// Element gives the node of the element of an index.
func (l *Look) Element(at Node, index int) Node {
	for i := range l.nodes[at].elements {
		if e := &l.nodes[at].elements[i]; e.index == int64(index) {
			return e.to
		}
	}
	return Nowhere
}

// GoesOn says whether queries lead from the node into the members of an object, or the elements of an array.
func (l *Look) GoesOn(at Node, array bool) bool {
	if array {
		return len(l.nodes[at].elements) > 0
	}
	return len(l.nodes[at].members) > 0
}

// Text adds to hits the comparison of the node that is true of a string with this text.
func (l *Look) Text(hits []Hit, at Node, text []byte) []Hit {
	if h, ok := l.nodes[at].texts[string(text)]; ok {
		hits = append(hits, h)
	}
	return hits
}

// Texts says whether the node is compared with any string.
func (l *Look) Texts(at Node) bool { return len(l.nodes[at].texts) > 0 }

// Other adds to hits the comparison of the node that is true of a valid number, of true, false or null.
func (l *Look) Other(hits []Hit, at Node, value []byte) []Hit {
	n := &l.nodes[at]
	kind := aNumber
	switch value[0] {
	case 'n':
		kind = aNull
	case 't':
		kind = aTrue
	case 'f':
		kind = aFalse
	}
	if kind != aNumber {
		if h := n.constants[kind]; h > 0 {
			hits = append(hits, h-1)
		}
		return hits
	}
	for i := range n.numbers {
		if n.numbers[i].number.is(value) {
			return append(hits, n.numbers[i].hit)
		}
	}
	return hits
}

// answer gives which variant the hits choose. It is false where duplicates make filters true that no document without
// duplicates does together.
func (l *Look) answer(hits []Hit) (int32, bool) {
	index, plain := 0, true
	for i, h := range hits {
		if slices.Contains(hits[:i], h) {
			continue
		}
		for _, before := range hits[:i] {
			plain = plain && l.atoms[before] != l.atoms[h]
		}
		index += l.ranks[h] * l.strides[l.atoms[h]]
	}
	if plain {
		return l.answers[index], true
	}
	for variant, truth := range l.truths {
		if l.gives(hits, truth) {
			return int32(variant), true
		}
	}
	return 0, false
}

// gives says whether the filters that the hits make true are those of truth, ascending.
func (l *Look) gives(hits []Hit, truth []int32) bool {
	for i := range l.tests {
		holds := l.tests[i].holds(hits)
		if holds != (len(truth) > 0 && truth[0] == int32(i)) {
			return false
		}
		if holds {
			truth = truth[1:]
		}
	}
	return true
}

func (t *test) holds(hits []Hit) bool {
	switch t.op {
	case and:
		for i := range t.args {
			if !t.args[i].holds(hits) {
				return false
			}
		}
		return true
	case or:
		for i := range t.args {
			if t.args[i].holds(hits) {
				return true
			}
		}
		return false
	}
	return slices.Contains(hits, t.atom)
}
