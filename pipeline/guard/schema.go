package guard

import (
	"bytes"
	"sync"
)

// The bounds of a Schema.
const (
	maxNodes  = 4096 // members that are told apart, over all objects
	maxNames  = 64   // different names of one object; more are data
	maxDepth  = 16   // of the pattern of a path
	maxName   = 40   // bytes of a name; a longer one is data
	digitRun  = 4    // so many digits in a row are data: a year, an id
	minSeen   = 3    // in so many records a name has to be met before it is shown
	maxReport = 200  // new members that are reported
)

// WarmUp is after how many records of the sample a member that was never met is new.
const WarmUp = 1000

// A Schema learns which members the records of a route have. It is bounded in memory and safe for concurrent use.
type Schema struct {
	mu       sync.Mutex
	data     func(name []byte) bool
	root     *node
	nodes    int
	records  uint64 // learned
	sampled  uint64 // of these, those of the sample
	reported int
}

// NewSchema makes one that knows nothing. data says whether a name holds an identifier; it is asked once for each new name.
func NewSchema(data func(name []byte) bool) *Schema {
	return &Schema{data: data, root: &node{}}
}

// A node is one place of a pattern.
type node struct {
	parent   *node
	name     string
	element  bool
	depth    int
	children map[string]*node
	star     *node // members whose names do not show
	elements *node
	many     bool   // too many different names: all are star's
	first    uint64 // how many of the sample were learned when it was met first
	last     uint64 // the record that had it last
	seen     int    // how many had it, up to minSeen
}

// A Walker is memory for walks. It belongs to one goroutine.
type Walker struct {
	stack []frame
	doc   []byte // that Begin was given
	next  int    // where in doc the walk goes on
	at    int    // the last place that was asked for
	here  *node  // the answer; nil before the first
}

// Begin begins a text for Path.
func (w *Walker) Begin(doc []byte) {
	*w = Walker{stack: w.stack[:0], doc: doc}
}

type frame struct {
	node  *node
	array bool
}

// Learn learns the members of doc. sampled says that it is one of the sample, and not only learned so that its names are known
// early. fresh appends the patterns of those members that are new: met in minSeen records, for the first time behind the first
// WarmUp of the sample, in an object that is not new itself.
func (s *Schema) Learn(w *Walker, doc []byte, sampled bool, fresh []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records++
	if sampled {
		s.sampled++
	}
	w.stack = w.stack[:0]
	i := skipSpace(doc, 0)
	if i >= len(doc) {
		return fresh
	}
	if doc[i] == '{' || doc[i] == '[' {
		w.stack, i = append(w.stack, frame{s.root, doc[i] == '['}), i+1
	}
	for len(w.stack) > 0 && i < len(doc) {
		f := w.stack[len(w.stack)-1]
		it, at, ok := next(doc, i, f.array)
		if i = at; !ok {
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		child := s.child(f, it.name, true)
		if s.met(child) {
			fresh = append(fresh, child.pattern())
		}
		if doc[i] == '{' || doc[i] == '[' {
			w.stack, i = append(w.stack, frame{child, doc[i] == '['}), i+1
		} else {
			i = valueEnd(doc, i)
		}
	}
	return fresh
}

// met counts a node for the record in hand; true where it has become a new member that is to be reported.
func (s *Schema) met(n *node) bool {
	if n.last == s.records {
		return false
	}
	if n.last = s.records; n.seen == minSeen {
		return false
	}
	n.seen++
	if n.seen < minSeen || n.element || n.name == "" || n.first <= WarmUp || s.reported >= maxReport {
		return false
	}
	for p := n.parent; p != nil; p = p.parent {
		if p.first > WarmUp {
			return false // the object is new, and says it
		}
	}
	s.reported++
	return true
}

// Path appends the pattern of the place in the text of w at which the byte at lies: of a value, or of a member whose name
// holds it. Of one text it is asked from left to right, and reads it once, however often it is asked.
func (s *Schema) Path(w *Walker, dst []byte, at int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at < w.at {
		w.Begin(w.doc)
	}
	if at > w.at || w.here == nil {
		w.here = s.find(w, at)
	}
	w.at = at
	return w.here.append(dst)
}

// find goes on to the place at which the byte at lies, and stays before it.
func (s *Schema) find(w *Walker, at int) *node {
	doc := w.doc
	if w.here == nil {
		if w.next = skipSpace(doc, 0); w.next < len(doc) && (doc[w.next] == '{' || doc[w.next] == '[') {
			w.push(s.root)
		}
	}
	for len(w.stack) > 0 && w.next < len(doc) {
		f := w.stack[len(w.stack)-1]
		it, start, ok := next(doc, w.next, f.array)
		if !ok {
			w.stack, w.next = w.stack[:len(w.stack)-1], start
			continue
		}
		here, opens := s.child(f, it.name, false), doc[start] == '{' || doc[start] == '['
		if at < start || opens && at == start {
			return here
		}
		if opens {
			w.next = start
			w.push(here)
			continue
		}
		end := valueEnd(doc, start)
		if at < end {
			return here
		}
		w.next = end
	}
	return s.root
}

// push opens the array or object that begins where the walk is.
func (w *Walker) push(n *node) {
	w.stack, w.next = append(w.stack, frame{n, w.doc[w.next] == '['}), w.next+1
}

// child gives the node of an item. Without learn, one that is not known is a star of its own.
func (s *Schema) child(f frame, name []byte, learn bool) *node {
	n := f.node
	if n.depth >= maxDepth {
		return n
	}
	if f.array {
		if n.elements == nil {
			n.elements = s.newNode(n, "")
			n.elements.element = true
		}
		return n.elements
	}
	if !n.many {
		if c := n.children[string(name)]; c != nil {
			return c
		}
		if learn && !s.isData(name) {
			if c := s.add(n, name); c != nil {
				return c
			}
		}
	}
	if n.star == nil {
		n.star = s.newNode(n, "")
	}
	return n.star
}

// add gives n a child of a new name; nil where there is no room for it.
func (s *Schema) add(n *node, name []byte) *node {
	if len(n.children) >= maxNames {
		for _, c := range n.children {
			s.nodes -= c.size()
		}
		n.many, n.children = true, nil
		return nil
	}
	if s.nodes >= maxNodes {
		return nil
	}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	c := s.newNode(n, string(name))
	n.children[c.name] = c
	return c
}

func (s *Schema) newNode(parent *node, name string) *node {
	s.nodes++
	return &node{parent: parent, name: name, depth: parent.depth + 1, first: s.sampled}
}

// size counts the nodes from n on.
func (n *node) size() int {
	if n == nil {
		return 0
	}
	sum := 1 + n.star.size() + n.elements.size()
	for _, c := range n.children {
		sum += c.size()
	}
	return sum
}

// Shows says whether a name of something else, such as a header, may be shown: it does not look like data.
func (s *Schema) Shows(name []byte) bool { return !s.isData(name) }

// isData says whether a name looks like data. A UUID, a telephone number, an IBAN have runs of digits or are found by data; what
// has another character than names of schemas have is no name.
func (s *Schema) isData(name []byte) bool {
	if len(name) == 0 || len(name) > maxName {
		return true
	}
	run, hex := 0, 0
	for _, c := range name {
		switch {
		case '0' <= c && c <= '9':
			run++
			hex++
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			run = 0
			hex++
		case 'g' <= c|0x20 && c|0x20 <= 'z', c == '_', c == '$':
			run, hex = 0, 0
		case bytes.IndexByte([]byte("-.:/"), c) >= 0:
			run = 0
		default:
			return true
		}
		if run >= digitRun || hex >= 16 {
			return true
		}
	}
	return s.data(name)
}

// pattern gives the pattern of the path to n.
func (n *node) pattern() string { return string(n.append(nil)) }

func (n *node) append(dst []byte) []byte {
	if n.parent == nil {
		return append(dst, '$')
	}
	dst = n.parent.append(dst)
	switch {
	case n.element:
		return append(dst, "[*]"...)
	case n.name == "" || n.seen < minSeen:
		return append(dst, ".*"...)
	case !plain(n.name):
		dst = append(dst, "['"...)
		dst = append(dst, n.name...)
		return append(dst, "']"...)
	}
	dst = append(dst, '.')
	return append(dst, n.name...)
}

// plain says whether a name may stand behind a dot (RFC 9535 §2.5.1.1).
func plain(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}
