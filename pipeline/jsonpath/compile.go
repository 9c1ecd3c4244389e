package jsonpath

import (
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
	errStates = fmt.Errorf("the paths together need more than %d states: use fewer paths that have wildcards or further names behind ..", maxStates)
	errEdges  = fmt.Errorf("the paths together need more than %d edges: use fewer paths that have further names behind ..", maxEdges)
)

// Compile makes one Automaton of all paths, by the construction of subsets. The numbers in its sets are the indices of
// paths. It fails where the paths together need too much memory.
func Compile(paths []Path) (*Automaton, error) {
	c := compiler{
		nfa:     newNFA(paths),
		states:  map[string]State{},
		accepts: map[string]Accept{"": 0},
		a:       &Automaton{names: map[string]int32{}, sets: [][]int32{nil}},
	}
	dead := c.nfa.newSet()
	c.state(dead)
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
	nfa     *nfa
	a       *Automaton
	states  map[string]State
	sets    []set
	accepts map[string]Accept
	edges   int
	key     []byte
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
	c.key = c.key[:0]
	for _, p := range paths {
		c.key = append(c.key, byte(p), byte(p>>8), byte(p>>16), byte(p>>24))
	}
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
	var named []selector // in the order of the paths, so that the same paths give the same automaton
	by := map[selector][]int{}
	for w, word := range from {
		for ; word != 0; word &= word - 1 {
			p := w<<6 + bits.TrailingZeros64(word)
			s := c.nfa.steps[p]
			if s.descendant {
				others.to.add(p)
			}
			if s.all {
				c.nfa.advance(p, &others)
			}
			for _, sel := range s.selectors {
				if by[sel] == nil {
					named = append(named, sel)
				}
				by[sel] = append(by[sel], p)
			}
		}
	}
	st := state{other: c.edge(others)}
	to := target{to: c.nfa.newSet()}
	for _, sel := range named {
		copy(to.to, others.to)
		to.done = append(to.done[:0], others.done...)
		for _, p := range by[sel] {
			c.nfa.advance(p, &to)
		}
		e := c.edge(to)
		if len(c.sets) > maxStates {
			return st, errStates
		}
		if sel.isIndex {
			st.indices = append(st.indices, indexedEdge{sel.index, e})
		} else {
			st.names = append(st.names, namedEdge{sel.name, e})
		}
	}
	slices.SortFunc(st.indices, func(x, y indexedEdge) int { return int(min(max(x.index-y.index, -1), 1)) })
	c.edges += len(named)
	if c.edges > maxEdges {
		return st, errEdges
	}
	return st, nil
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
