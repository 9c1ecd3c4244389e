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
		states:  map[string]State{},
		accepts: map[string]Accept{"": 0},
		memo:    map[string]Edge{},
		a:       &Automaton{names: map[string]int32{}, sets: [][]int32{nil}},
	}
	c.number()
	c.state(c.nfa.newSet()) // Dead
	c.a.root = Edge{Next: c.state(c.nfa.startSet()), Accept: c.accept(c.nfa.roots)}
	for i := 0; i < len(c.sets); i++ {
		st, err := c.build(c.sets[i])
		if err != nil {
			return nil, err
		}
		c.a.states = append(c.a.states, st)
	}
	if err := c.finish(); err != nil {
		return nil, err
	}
	return c.a, nil
}

// A compiler holds the sets of positions that became states: sets[s] is that of the state s.
type compiler struct {
	nfa       *nfa
	a         *Automaton
	selectors []selector // all of the paths, numbered
	taking    [][]int32  // by position: the numbers of its segment's selectors
	by        [][]int32  // by number of a selector: the positions of the set in hand that it leads on
	states    map[string]State
	sets      []set
	accepts   map[string]Accept
	memo      map[string]Edge // what a selector's edge was where the others led there too and it led on the same positions
	edges     int
	key       []byte
}

// number gives numbers to the selectors.
func (c *compiler) number() {
	numbers := map[selector]int32{}
	c.taking = make([][]int32, len(c.nfa.steps))
	for p, s := range c.nfa.steps {
		if s.toNames() {
			continue
		}
		for _, sel := range s.selectors {
			n, ok := numbers[sel]
			if !ok {
				n = int32(len(c.selectors))
				numbers[sel] = n
				c.selectors = append(c.selectors, sel)
			}
			c.taking[p] = append(c.taking[p], n)
		}
	}
	c.by = make([][]int32, len(c.selectors))
}

// state gives the number of the state that stands for a set, and keeps a copy of a new one.
func (c *compiler) state(s set) State {
	c.key = s.appendKey(c.key[:0])
	if known, ok := c.states[string(c.key)]; ok {
		return known
	}
	n := State(len(c.sets))
	c.states[string(c.key)] = n
	c.sets = append(c.sets, slices.Clone(s))
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

// build makes the state of a set: where any step leads, and where the steps lead that a selector names.
func (c *compiler) build(from set) (state, error) {
	others := target{to: c.nfa.newSet()}
	var names []int32
	var named []int32 // in the order of the paths, so that the same paths give the same automaton
	for w, word := range from {
		for ; word != 0; word &= word - 1 {
			p := w<<6 + bits.TrailingZeros64(word)
			s := c.nfa.steps[p]
			if s.toNames() {
				names = append(names, s.path)
			}
			if s.descendant {
				others.to.add(p)
			}
			if s.all {
				c.nfa.advance(p, &others)
			}
			for _, n := range c.taking[p] {
				if len(c.by[n]) == 0 {
					named = append(named, n)
				}
				c.by[n] = append(c.by[n], int32(p))
			}
		}
	}
	st := state{other: c.edge(others), keys: c.accept(names)}
	to := target{to: c.nfa.newSet()}
	for _, n := range named {
		e := c.namedEdge(st.other, others, to, c.by[n])
		c.by[n] = c.by[n][:0]
		if sel := c.selectors[n]; sel.kind == byIndex {
			st.indices = append(st.indices, indexedEdge{sel.index, e})
		} else {
			st.names = append(st.names, namedEdge{sel.name, e})
		}
		if len(c.sets) > maxStates {
			return st, errStates
		}
	}
	slices.SortFunc(st.indices, func(x, y indexedEdge) int { return cmp.Compare(x.index, y.index) })
	if c.edges += len(named); c.edges > maxEdges {
		return st, errEdges
	}
	return st, nil
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
