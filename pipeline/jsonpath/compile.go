package jsonpath

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// The bounds of an Automaton. A path with .. and k wildcards behind it may need 2^k states, so there must be some bound;
// a thousand paths of the kinds `$.a.b`, `$..b` and `$..a.b` stay within these.
const (
	maxStates = 1 << 13
	maxEdges  = 1 << 22
	// linear is up to how many names a state compares one by one, before a table serves.
	linear = 8
)

var (
	errStates = fmt.Errorf("the paths together need more than %d states: use fewer paths that have .. before wildcards or further names", maxStates)
	errEdges  = fmt.Errorf("the paths together need more than %d edges: use fewer paths that have .. before further names", maxEdges)
)

// Compile makes one Automaton of all selections, by the construction of subsets. The numbers in its sets are the indices of
// selections. It fails where their paths together need too much memory.
func Compile(selections []Selection) (*Automaton, error) {
	c := compiler{
		nfa:     newNFA(ways(selections)),
		numbers: map[string]int32{},
		looks:   map[string]*Look{},
		states:  map[string]State{},
		accepts: map[string]Accept{"": 0},
		memo:    map[string]Edge{},
		a:       &Automaton{names: map[string]int32{}, sets: [][]int32{nil}},
	}
	c.number()
	c.state(c.nfa.newSet()) // Dead
	c.a.root = Edge{Next: c.state(c.nfa.startSet()), Accept: c.accept(c.nfa.roots)}
	for i := 0; i < len(c.places); i++ {
		st, err := c.build(State(i))
		if err != nil {
			return nil, err
		}
		st.special = st.keys != 0 || st.look != nil
		c.a.states = append(c.a.states, st)
	}
	if err := c.finish(); err != nil {
		return nil, err
	}
	return c.a, nil
}

// A place is what became a state: a set of positions and, where the state is a variant of another one, the filters that are
// true of the child to come.
type place struct {
	set   set
	holds []int32
}

// A compiler holds the places that became states: places[s] is that of the state s.
type compiler struct {
	nfa       *nfa
	a         *Automaton
	selectors []selector // all of the paths, numbered
	taking    [][]int32  // by position: the numbers of its segment's selectors
	by        [][]int32  // by number of a selector: the positions of the set in hand that it leads on
	filters   []filter   // all of the paths, each once
	numbers   map[string]int32
	asking    [][]int32 // by position: the numbers of its segment's filters
	looks     map[string]*Look
	states    map[string]State
	places    []place
	accepts   map[string]Accept
	memo      map[string]Edge // what a selector's edge was where the others led there too and it led on the same positions
	edges     int
	key       []byte
}

// number gives numbers to the selectors and to the filters.
func (c *compiler) number() {
	numbers := map[selector]int32{}
	c.taking, c.asking = make([][]int32, len(c.nfa.steps)), make([][]int32, len(c.nfa.steps))
	for p, s := range c.nfa.steps {
		for _, sel := range s.selectors {
			if sel.kind != byName && sel.kind != byIndex {
				continue
			}
			n, ok := numbers[sel]
			if !ok {
				n = int32(len(c.selectors))
				numbers[sel] = n
				c.selectors = append(c.selectors, sel)
			}
			c.taking[p] = append(c.taking[p], n)
		}
		for _, f := range s.filters {
			n, ok := c.numbers[f.text]
			if !ok {
				n = int32(len(c.filters))
				c.numbers[f.text] = n
				c.filters = append(c.filters, f)
			}
			c.asking[p] = append(c.asking[p], n)
		}
	}
	c.by = make([][]int32, len(c.selectors))
}

// state gives the number of the state that stands for a set.
func (c *compiler) state(s set) State { return c.variant(s, nil) }

// variant gives the number of the state for a set where some filters are true, and keeps a copy of the set of a new one.
func (c *compiler) variant(s set, holds []int32) State {
	c.key = appendNumbers(s.appendKey(c.key[:0]), holds...)
	if known, ok := c.states[string(c.key)]; ok {
		return known
	}
	n := State(len(c.places))
	c.states[string(c.key)] = n
	c.places = append(c.places, place{slices.Clone(s), holds})
	return n
}

// accept gives the number of a set of paths.
func (c *compiler) accept(paths []int32) Accept {
	c.key = appendNumbers(c.key[:0], paths...)
	if known, ok := c.accepts[string(c.key)]; ok {
		return known
	}
	n := Accept(len(c.a.sets))
	c.accepts[string(c.key)] = n
	c.a.sets = append(c.a.sets, slices.Clone(paths))
	return n
}

// A target is where a step leads: the positions after it and the paths that are through, in any order.
type target struct {
	to   set
	done []int32
}

// steps are what may be done from a set of positions.
type steps struct {
	others target
	names  []int32 // the paths that take the names
	named  []int32 // selectors, in the order of the paths, so that the same paths give the same automaton
	asked  []int32 // filters, likewise
}

// steps finds out what may be done from a place, and for each of the named selectors the positions in c.by.
func (c *compiler) steps(from place) steps {
	st := steps{others: target{to: c.nfa.newSet()}}
	for w, word := range from.set {
		for ; word != 0; word &= word - 1 {
			p := w<<6 + bits.TrailingZeros64(word)
			s := c.nfa.steps[p]
			if s.toNames() {
				st.names = append(st.names, s.path)
			}
			if s.descendant {
				st.others.to.add(p)
			}
			if s.all || slices.ContainsFunc(c.asking[p], func(f int32) bool { return slices.Contains(from.holds, f) }) {
				c.nfa.advance(p, &st.others)
			}
			for _, n := range c.taking[p] {
				if len(c.by[n]) == 0 {
					st.named = append(st.named, n)
				}
				c.by[n] = append(c.by[n], int32(p))
			}
			st.asked = append(st.asked, c.asking[p]...)
		}
	}
	return st
}

// build makes a state: where any step leads, where the steps lead that a selector names, and which variants it has.
func (c *compiler) build(n State) (state, error) {
	from := c.places[n]
	steps := c.steps(from)
	st := state{other: c.edge(steps.others), keys: c.accept(steps.names)}
	to := target{to: c.nfa.newSet()}
	for _, n := range steps.named {
		e := c.namedEdge(st.other, steps.others, to, c.by[n])
		c.by[n] = c.by[n][:0]
		if sel := c.selectors[n]; sel.kind == byIndex {
			st.indices = append(st.indices, indexedEdge{sel.index, e})
		} else {
			st.names = append(st.names, namedEdge{sel.name, e})
		}
		if len(c.places) > maxStates {
			return st, errStates
		}
	}
	slices.SortFunc(st.indices, func(x, y indexedEdge) int { return cmp.Compare(x.index, y.index) })
	if c.edges += len(steps.named); c.edges > maxEdges {
		return st, errEdges
	}
	if len(steps.asked) > 0 && from.holds == nil {
		return st, c.ask(&st, from.set, steps.asked)
	}
	return st, nil
}

// ask gives a state what it needs for its filters.
func (c *compiler) ask(st *state, from set, asked []int32) (err error) {
	slices.Sort(asked)
	asked = slices.Compact(asked)
	key := string(appendNumbers(nil, asked...))
	if st.look = c.looks[key]; st.look == nil {
		filters := make([]filter, len(asked))
		for i, f := range asked {
			filters[i] = c.filters[f]
		}
		if st.look, err = newLook(filters); err != nil {
			return err
		}
		c.looks[key] = st.look
		c.edges += len(st.look.answers)
	}
	if c.edges += len(st.look.truths); c.edges > maxEdges {
		return errEdges
	}
	for _, truth := range st.look.truths {
		var holds []int32
		for _, i := range truth {
			holds = append(holds, asked[i])
		}
		st.variants = append(st.variants, c.variant(from, holds))
	}
	if len(c.places) > maxStates {
		return errStates
	}
	return nil
}

// namedEdge gives the edge that leads where the others lead, and further from the positions too. It uses to as memory.
func (c *compiler) namedEdge(other Edge, others, to target, positions []int32) Edge {
	c.key = appendNumbers(c.key[:0], int32(other.Next), int32(other.Accept))
	key := appendNumbers(c.key, positions...)
	if e, ok := c.memo[string(key)]; ok {
		return e
	}
	memo := string(key)
	copy(to.to, others.to)
	to.done = append(to.done[:0], others.done...)
	for _, p := range positions {
		c.nfa.advance(int(p), &to)
	}
	e := c.edge(to)
	c.memo[memo] = e
	return e
}

func appendNumbers(dst []byte, numbers ...int32) []byte {
	for _, n := range numbers {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	return dst
}

// advance adds where the position p leads when its segment takes the step.
func (n *nfa) advance(p int, to *target) {
	if n.steps[p].last {
		to.done = append(to.done, n.steps[p].path)
	} else {
		to.to.add(p + 1)
	}
}

func (c *compiler) edge(to target) Edge {
	slices.Sort(to.done)
	to.done = slices.Compact(to.done)
	return Edge{Next: c.state(to.to), Accept: c.accept(to.done)}
}

// finish gives numbers to names and makes tables for the states that know many.
func (c *compiler) finish() error {
	tables := 0
	for i := range c.a.states {
		if names := c.a.states[i].names; len(names) > linear {
			tables++
			for _, n := range names {
				if _, ok := c.a.names[n.name]; !ok {
					c.a.names[n.name] = int32(len(c.a.names))
				}
			}
		}
	}
	if tables*len(c.a.names) > maxEdges {
		return errEdges
	}
	for i := range c.a.states {
		st := &c.a.states[i]
		for _, n := range st.names {
			st.lengths |= 1 << (len(n.name) & 63)
		}
		if len(st.names) > linear {
			st.table = slices.Repeat([]Edge{st.other}, len(c.a.names))
			for _, n := range st.names {
				st.table[c.a.names[n.name]] = n.edge
			}
			st.names = nil
		}
	}
	return nil
}
