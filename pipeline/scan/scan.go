// Package scan validates JSON texts and finds the values that paths select, in one pass over the bytes.
//
// Scan takes a text that may be anything and accepts exactly the texts of RFC 8259, with two decisions where the RFC leaves
// one: a byte order mark is refused, and invalid UTF-8 inside strings passes as it is, because a value that nobody selected
// is none of our business (Unescape refuses it in one that somebody did). It reads every byte once, however many paths
// there are, and does not recurse: arrays and objects open at once are bounded by the depth that New is given.
//
// After a Scan without error the spans name the selected values, outermost only: inside a selected value nothing is
// selected, but everything is validated. All duplicates of a member are selected. Member names are compared decoded, so
// that `"e\u006dail"` is `$.email`; a name with a lone surrogate or invalid UTF-8 equals no name of a path. After an error
// there are no spans: a text is not accepted by half.
//
// A Rewriter puts other values in place of spans, or takes members and elements away, and leaves every other byte as it is.
package scan

import (
	"voile/pipeline/jsonpath"
)

// A Kind is the type of a JSON value.
type Kind byte

// The kinds of RFC 8259 §3, booleans by their value.
const (
	Null Kind = iota
	True
	False
	Number
	String
	Object
	Array
)

// A Span is one selected value of a document.
type Span struct {
	Rules      []int32 // the paths that select it, ascending and never empty; memory of the Automaton, MUST NOT be changed
	Start, End int     // of the value: doc[Start:End], with the quotes of a string
	// Member is where the member begins that the value belongs to: the opening quote of its name. It is Start where
	// the value is an element of an array or the document itself.
	Member  int
	Kind    Kind
	Escaped bool // a string with a backslash in it, so that its text needs Unescape
}

// A Scanner scans one document after the other. It belongs to one goroutine and allocates nothing per document once it
// has seen its deepest and the one with the most spans.
type Scanner struct {
	paths    *jsonpath.Automaton
	maxDepth int
	frames   []frame // the open arrays and objects in which something may be selected
	skipped  []byte  // the closing brackets of the open arrays and objects in which nothing can be
	spans    []Span
	name     []byte // a decoded member name
}

// A frame is one open array or object.
type frame struct {
	state   jsonpath.State
	array   bool
	element int // the index of the element in hand
}

// New makes a Scanner for the paths of an Automaton; nil stands for no paths. A document may have maxDepth arrays and
// objects open at once.
func New(paths *jsonpath.Automaton, maxDepth int) *Scanner {
	return &Scanner{paths: paths, maxDepth: maxDepth}
}

// Scan validates doc and gives the selected values in document order. The spans are valid until the next Scan. The error is
// ErrTooDeep or a *SyntaxError; of a text that is too deep and wrong too, either.
func (s *Scanner) Scan(doc []byte) ([]Span, error) {
	s.spans, s.frames, s.skipped = s.spans[:0], s.frames[:0], s.skipped[:0]
	i := skipSpace(doc, 0)
	var wrong what
	if s.paths == nil {
		i, wrong = s.skipValue(doc, i)
	} else {
		i, wrong = s.walk(doc, i)
	}
	if wrong == none {
		if i = skipSpace(doc, i); i == len(doc) {
			return s.spans, nil
		}
		wrong = afterText
	}
	s.spans = s.spans[:0]
	return nil, wrong.at(doc, i)
}

// walk reads the value of the document, which begins at i. It gives the end of the value, or where the mistake is.
func (s *Scanner) walk(doc []byte, i int) (int, what) {
	edge, member := s.paths.Root(), i
	for {
		// A value begins at i: either it is read whole, or it is opened.
		if edge.Accept != 0 || edge.Next == jsonpath.Dead || i >= len(doc) || doc[i] != '{' && doc[i] != '[' {
			start, escapes := i, false
			var wrong what
			if i < len(doc) && doc[i] == '"' {
				i, escapes, wrong = skipString(doc, i+1)
			} else {
				i, wrong = s.skipValue(doc, i)
			}
			if wrong != none {
				return i, wrong
			}
			if edge.Accept != 0 {
				s.spans = append(s.spans, Span{Rules: s.paths.Rules(edge.Accept), Start: start, End: i, Member: member,
					Kind: kindOf[doc[start]], Escaped: escapes})
			}
		} else {
			if len(s.frames) >= s.maxDepth {
				return i, tooDeep
			}
			f := frame{state: edge.Next, array: doc[i] == '['}
			s.frames = append(s.frames, f)
			if i = skipSpace(doc, i+1); i >= len(doc) {
				return i, unfinished
			}
			if doc[i] != f.close() {
				goto inside
			}
			i++
			s.frames = s.frames[:len(s.frames)-1]
		}
		// A value ended before i: close what ends with it, up to a comma.
		for {
			if len(s.frames) == 0 {
				return i, none
			}
			if i = skipSpace(doc, i); i >= len(doc) {
				return i, unfinished
			}
			f := &s.frames[len(s.frames)-1]
			if doc[i] == ',' {
				f.element++
				i = skipSpace(doc, i+1)
				break
			}
			if doc[i] != f.close() {
				return i, f.expected()
			}
			i++
			s.frames = s.frames[:len(s.frames)-1]
		}
	inside:
		// An element or a member begins at i.
		f := &s.frames[len(s.frames)-1]
		member = i
		if f.array {
			edge = s.paths.Element(f.state, f.element)
			continue
		}
		if i >= len(doc) {
			return i, unfinished
		}
		if doc[i] != '"' {
			return i, noName
		}
		end, escapes, wrong := skipString(doc, i+1)
		if wrong != none {
			return end, wrong
		}
		edge = s.member(f.state, doc[i+1:end-1], escapes)
		if i, wrong = skipColon(doc, end); wrong != none {
			return i, wrong
		}
	}
}

// member gives the edge to the member whose name has this body.
func (s *Scanner) member(state jsonpath.State, body []byte, escapes bool) jsonpath.Edge {
	if !escapes {
		return s.paths.Member(state, body)
	}
	var err error
	if s.name, err = Unescape(s.name[:0], body); err != nil {
		return s.paths.Other(state)
	}
	return s.paths.Member(state, s.name)
}

func (f *frame) close() byte {
	if f.array {
		return ']'
	}
	return '}'
}

func (f *frame) expected() what {
	if f.array {
		return noArrayEnd
	}
	return noObjectEnd
}

// kindOf is the kind of a valid value by its first byte.
var kindOf = [256]Kind{'n': Null, 't': True, 'f': False, '"': String, '{': Object, '[': Array, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number, '5': Number, '6': Number, '7': Number, '8': Number, '9': Number}
