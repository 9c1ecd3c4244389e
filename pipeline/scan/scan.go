// Package scan validates JSON texts and finds the values that paths select, in one pass over the bytes.
//
// Scan takes a text that may be anything and accepts exactly the texts of RFC 8259, with two decisions where the RFC leaves
// one: a byte order mark is refused, and invalid UTF-8 inside strings passes as it is, because a value that nobody selected
// is none of our business (Unescape refuses it in one that somebody did). It reads every byte once, however many paths
// there are, and does not recurse: arrays and objects open at once are bounded by the depth that New is given.
//
// After a Scan without error the spans name the selected values, outermost only: inside a selected value nothing is
// selected, no value and no name, but everything is validated. All duplicates of a member are selected. Member names are
// compared decoded, so that `"e\u006dail"` is `$.email`; a name with a lone surrogate or invalid UTF-8 equals no name of a
// path. After an error there are no spans: a text is not accepted by half.
//
// Where a path selects the names of an object's members, each name is a span of its own, and what is in the object is walked
// as if nobody had asked for the names. A member's name comes before what is selected of its value.
//
// Where a path has a filter, the Scanner looks ahead into the children that it has to choose from, see lookahead.
//
// A Rest asks for spans of what no path selects, too. So whoever has to look at everything, or at everything else, needs no
// second pass.
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

// A Span is one value of a document, or the name of one member.
type Span struct {
	Rules      []int32 // the selections that select it, ascending; memory of the Automaton, MUST NOT be changed
	Start, End int     // of the value or the name: doc[Start:End], with the quotes of a string
	// Member is where the member begins that the value or the name belongs to: the opening quote of its name. It is Start
	// where the value is an element of an array or the document itself, and of a name.
	Member  int
	Accept  jsonpath.Accept // Rules as a number; 0, and Rules empty, where only the Rest of a Scan asks for the span
	Kind    Kind            // String for a name
	Name    bool            // the span is a member's name
	Escaped bool            // a string with a backslash in it, so that its text needs Unescape
}

// A Rest says what a Scan gives beside what paths select. Nothing inside a selected value belongs to any Rest.
type Rest uint8

const (
	// Selected asks for nothing else.
	Selected Rest = iota
	// Outermost asks for each scalar that no path selects, and each array and object that no path selects and in which
	// none can select anything. These spans and the selected values have no byte in common, and every scalar of the
	// document lies in one of them. An array or object in which a path could select something is never a span of it, so an
	// empty one of these is in none.
	Outermost
	// Scalars asks for each scalar and each member name that no path selects, however deep.
	Scalars
)

// A Scanner scans one document after the other. It belongs to one goroutine and allocates nothing per document once it
// has seen its deepest and the one with the most spans, but for what Done lets go of.
type Scanner struct {
	paths    *jsonpath.Automaton
	maxDepth int
	frames   []frame // the open arrays and objects in which something may be selected
	skipped  []byte  // the closing brackets of the open arrays and objects in which nothing can be
	spans    []Span
	name     []byte // a decoded member name
	ahead    lookahead
}

// A frame is one open array or object.
type frame struct {
	state   jsonpath.State
	closing byte // the bracket to come
	special bool // the names in it are spans, or its children have to be looked at before a step to them
	element int  // the index of the element in hand
}

// New makes a Scanner for the paths of an Automaton; nil stands for no paths. A document may have maxDepth arrays and
// objects open at once.
func New(paths *jsonpath.Automaton, maxDepth int) *Scanner {
	if paths == nil {
		paths, _ = jsonpath.Compile(nil) // fails of too many paths only
	}
	return &Scanner{paths: paths, maxDepth: maxDepth}
}

// maxIdle is how many spans the memory of a Scanner may have room for between two documents: half a megabyte. A Scanner lives as
// long as its partition, and a document of one megabyte of which every scalar is looked at has spans of eight.
const maxIdle = 1 << 13

// Done says that the spans of the last Scan are not needed any more: the memory of very many is let go of.
func (s *Scanner) Done() {
	if cap(s.spans) > maxIdle {
		s.spans = nil
	}
}

// Scan validates doc and gives the selected values and names, and what rest asks for, in document order. The spans are valid
// until the next Scan. The error is ErrTooDeep, ErrAmbiguous or a *SyntaxError; of a text to which several apply, one of them.
func (s *Scanner) Scan(doc []byte, rest Rest) ([]Span, error) {
	s.spans, s.frames, s.skipped = s.spans[:0], s.frames[:0], s.skipped[:0]
	s.ahead.reset(doc)
	i, wrong := s.walk(doc, skipSpace(doc, 0), rest)
	if wrong == none {
		if i = skipSpace(doc, i); i == len(doc) && !s.ahead.failed {
			return s.spans, nil
		}
		wrong = afterText
	}
	s.spans = s.spans[:0]
	return nil, wrong.at(doc, i)
}

// walk reads the value of the document, which begins at i. It gives the end of the value, or where the mistake is.
func (s *Scanner) walk(doc []byte, i int, rest Rest) (int, what) {
	whole, least := jsonpath.Dead, jsonpath.Accept(1) // the state whose arrays and objects are read whole; the least Accept of a span
	switch rest {
	case Outermost:
		least = 0
	case Scalars:
		whole, least = -1, 0
	}
	edge, member := s.paths.Root(), i
	for {
		// A value begins at i: either it is read whole, or it is opened.
		if edge.Accept != 0 || edge.Next == whole || i >= len(doc) || doc[i] != '{' && doc[i] != '[' {
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
			if edge.Accept >= least {
				s.spans = append(s.spans, Span{Rules: s.paths.Rules(edge.Accept), Start: start, End: i, Member: member,
					Accept: edge.Accept, Kind: kindOf[doc[start]], Escaped: escapes})
			}
		} else {
			if len(s.frames) >= s.maxDepth {
				return i, tooDeep
			}
			closing := doc[i] + 2 // so it is in ASCII
			s.frames = append(s.frames, frame{state: edge.Next, closing: closing, special: s.paths.Special(edge.Next) || rest == Scalars})
			if i = skipSpace(doc, i+1); i >= len(doc) {
				return i, unfinished
			}
			if doc[i] != closing {
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
			if doc[i] != f.closing {
				return i, f.expected()
			}
			i++
			s.frames = s.frames[:len(s.frames)-1]
		}
	inside:
		// An element or a member begins at i.
		f := &s.frames[len(s.frames)-1]
		member = i
		if f.closing == ']' {
			state := f.state
			if f.special {
				var wrong what
				if state, wrong = s.filtered(state, i); wrong != none {
					return i, wrong
				}
			}
			edge = s.paths.Element(state, f.element)
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
		if i, wrong = skipColon(doc, end); wrong != none {
			return i, wrong
		}
		state := f.state
		if f.special {
			s.named(state, rest, member, end, escapes)
			if state, wrong = s.filtered(state, i); wrong != none {
				return i, wrong
			}
		}
		edge = s.member(state, doc[member+1:end-1], escapes)
	}
}

// named gives the name from start to end of a member in the state, if anybody wants it.
func (s *Scanner) named(state jsonpath.State, rest Rest, start, end int, escapes bool) {
	keys := s.paths.Keys(state)
	if keys == 0 && rest != Scalars {
		return
	}
	s.spans = append(s.spans, Span{Rules: s.paths.Rules(keys), Start: start, End: end, Member: start,
		Accept: keys, Kind: String, Name: true, Escaped: escapes})
}

// filtered gives the state to step from to the child whose value begins at i.
func (s *Scanner) filtered(state jsonpath.State, i int) (jsonpath.State, what) {
	look := s.paths.Look(state)
	if look == nil {
		return state, none
	}
	state, ok := s.paths.Filtered(state, s.ahead.child(look, i, s.maxDepth-len(s.frames)))
	if !ok {
		return state, ambiguous
	}
	return state, none
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

func (f *frame) expected() what {
	if f.closing == ']' {
		return noArrayEnd
	}
	return noObjectEnd
}

// kindOf is the kind of a valid value by its first byte.
var kindOf = [256]Kind{'n': Null, 't': True, 'f': False, '"': String, '{': Object, '[': Array, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number, '5': Number, '6': Number, '7': Number, '8': Number, '9': Number}
