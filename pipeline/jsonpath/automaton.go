package jsonpath

// An Automaton runs all paths of a list at once over the way from the root of a document to a value. It is deterministic,
// does not change and is safe for concurrent use. Its methods allocate nothing.
//
// One starts with Root and follows Member and Element. Each Edge carries the selections that select the value it leads to, and
// the state for what is inside that value; Keys tells which of them take the names of the members in there. Where a state has
// a Look, its Member and Element answer as if no filter were true; Filtered gives the state to ask instead.
type Automaton struct {
	root   Edge
	states []state
	names  map[string]int32 // the names' numbers, for states that know many
	sets   [][]int32        // by Accept
}

// A State is where an Automaton is. It has a meaning for its own Automaton only.
type State int32

// Dead is the state in which no path can select anything any more, however deep.
const Dead State = 0

// An Accept stands for the set of selections that select a value or a name, see Rules. 0 is the empty set.
type Accept int32

// An Edge is a step to a value.
type Edge struct {
	Next   State  // for what is inside the value
	Accept Accept // the selections that select the value itself
}

// A state's names and indices are those that do not lead where the others lead.
type state struct {
	other   Edge
	keys    Accept
	special bool   // it has keys, or a look
	lengths uint64 // a bit for each length of a name, modulo 64: most names that nobody asks for are of other lengths
	names   []namedEdge
	table   []Edge // by number of the name, in place of names where these are many
	indices []indexedEdge

	look     *Look   // what to know of a child first; nil: nothing
	variants []State // by answer of the look: the state that leads on
}

type namedEdge struct {
	name string
	edge Edge
}

type indexedEdge struct {
	index int64
	edge  Edge
}

// Root gives the edge to the document itself.
func (a *Automaton) Root() Edge { return a.root }

// Other gives the edge to a member whose name equals no name of a path, or to an element whose index equals no index.
func (a *Automaton) Other(s State) Edge { return a.states[s].other }

// Member gives the edge to a member. name is its decoded name.
func (a *Automaton) Member(s State, name []byte) Edge {
	st := &a.states[s]
	if st.lengths>>(len(name)&63)&1 == 0 {
		return st.other
	}
	if st.table != nil {
		if i, ok := a.names[string(name)]; ok {
			return st.table[i]
		}
		return st.other
	}
	for i := range st.names {
		if st.names[i].name == string(name) {
			return st.names[i].edge
		}
	}
	return st.other
}

// Element gives the edge to the element of an index, which counts from 0.
func (a *Automaton) Element(s State, index int) Edge {
	st := &a.states[s]
	// The indices are in ascending order.
	lo, hi := 0, len(st.indices)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch e := &st.indices[mid]; {
		case e.index == int64(index):
			return e.edge
		case e.index < int64(index):
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return st.other
}

// Keys gives the selections that select the names of all members of an object whose inside is in the state s.
func (a *Automaton) Keys(s State) Accept { return a.states[s].keys }

// Special says whether s has any Keys or a Look. Of most states neither has to be asked for.
func (a *Automaton) Special(s State) bool { return a.states[s].special }

// Look gives what has to be known of a child before a step from the state s, and nil where that is nothing.
func (a *Automaton) Look(s State) *Look { return a.states[s].look }

// Filtered gives the state to ask for the step from s to a child that has the hits of s's Look. Behind that step it has no
// meaning. ok is false where duplicate members make filters true at once that no object without duplicates does.
func (a *Automaton) Filtered(s State, hits []Hit) (variant State, ok bool) {
	if len(hits) == 0 {
		return s, true
	}
	st := &a.states[s]
	answer, ok := st.look.answer(hits)
	if !ok {
		return s, false
	}
	return st.variants[answer], true
}

// Sets gives how many sets there are: every Accept of this Automaton is below it.
func (a *Automaton) Sets() int { return len(a.sets) }

// Rules gives the numbers of the selections in a set, in the order given to Compile, ascending. It is memory of the Automaton
// and MUST NOT be changed.
func (a *Automaton) Rules(set Accept) []int32 { return a.sets[set] }
