package discover

import "strings"

// A node is one place of the records of a topic, whatever they hold there: a member that all records share is one node, and so are
// all elements of an array.
type node struct {
	step   step
	parent *node // nil: the value, the key or a header
	evidence

	members map[string]*node // of objects, by names that are the schema's
	any     *node            // of the members whose names are data
	element *node            // of arrays
	pairs   map[string]*node // of arrays, the elements that are a pair of this name
	inside  map[string]*node // what texts hold, by how they are decoded; of a URL and a form, by the name of the part
	names   *evidence        // of the names of members that are data
	others  int              // values here that are no texts and no numbers, nor null
	opened  int              // how many texts were decoded here
	surely  int              // of them, those that can be decoded in no other way

	gathered bool // found is what gather gave
	found    []found
}

// A step is the way from a node to one of its children.
type step struct {
	kind stepKind
	name string // of the member, of the pair, of the decoders joined by a comma, of the part
	by   string // with pair: the member that holds the name
}

type stepKind uint8

const (
	root stepKind = iota
	member
	anyMember
	element
	pair
	decoded
	part
	descend // to any depth; in what is proposed only
)

// The bounds of one topic's tree. What lies beyond is counted, and said.
const (
	maxNodes   = 4096
	maxMembers = 200 // in one object; more are data
	maxPairs   = 50  // in one list; more are data
	maxDepth   = 64  // of JSON values in each other
	maxInside  = 4   // of formats in each other
)

// child gives the child in a map of children, which it makes where there is none yet and where there is room. It is nil where there is none.
func (s *Survey) child(n *node, in *map[string]*node, st step) *node {
	if c := (*in)[st.name]; c != nil {
		return c
	}
	c := s.newNode(n, st)
	if c == nil {
		return nil
	}
	if *in == nil {
		*in = map[string]*node{}
	}
	(*in)[st.name] = c
	return c
}

// only gives the child of which there is but one.
func (s *Survey) only(n *node, at **node, st step) *node {
	if *at == nil {
		*at = s.newNode(n, st)
	}
	return *at
}

func (s *Survey) newNode(parent *node, st step) *node {
	if s.nodes >= maxNodes {
		s.report.Beyond++
		return nil
	}
	s.nodes++
	n := &node{step: st, parent: parent}
	n.named = s.dictionary.look(n.words())
	return n
}

// words are the names that say what stands at a node, the nearest first: its own, and that of what it belongs to.
func (n *node) words() (own, of string) {
	var names []string
	for at := n; at != nil && len(names) < 2; at = at.parent {
		switch at.step.kind {
		case member, pair:
			// In a pair, `value` and its like say nothing, the name of the pair says all.
			if at.step.kind == member && inPair(at) {
				continue
			}
			names = append(names, at.step.name)
		case part:
			name, isQuery := strings.CutPrefix(at.step.name, "query.")
			if isQuery || !strings.HasPrefix(name, "path.") && name != "fragment" {
				names = append(names, name)
			} else {
				names = append(names, "")
			}
		case root:
			if at.step.name != "" {
				names = append(names, at.step.name)
			}
		}
	}
	names = append(names, "", "")
	return names[0], names[1]
}

// inPair says whether n lies in the value of a pair.
func inPair(n *node) bool {
	for at := n; at != nil && (at.step.kind == member); at = at.parent {
		if at.parent != nil && at.parent.step.kind == pair {
			return isValueOfPair(n.step.name)
		}
	}
	return false
}

// absorb adds what was seen at o to n, which stands for both from now on.
func (n *node) absorb(o *node) {
	n.gathered = false
	n.evidence.add(&o.evidence)
	n.others += o.others
	n.opened += o.opened
	n.surely += o.surely
	n.members = absorbAll(n, n.members, o.members)
	n.pairs = absorbAll(n, n.pairs, o.pairs)
	n.inside = absorbAll(n, n.inside, o.inside)
	n.any = absorbOne(n, n.any, o.any)
	n.element = absorbOne(n, n.element, o.element)
	if o.names != nil {
		if n.names == nil {
			n.names = o.names
		} else {
			n.names.add(o.names)
		}
	}
}

func absorbAll(n *node, into, from map[string]*node) map[string]*node {
	if into == nil && len(from) > 0 {
		into = map[string]*node{}
	}
	for k, c := range from {
		into[k] = absorbOne(n, into[k], c)
	}
	return into
}

func absorbOne(parent, into, from *node) *node {
	switch {
	case from == nil:
		return into
	case into == nil:
		from.parent = parent
		return from
	}
	into.absorb(from)
	return into
}
