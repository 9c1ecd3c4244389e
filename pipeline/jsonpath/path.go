// Package jsonpath is voile's path language: of RFC 9535 the name, wildcard, index and descendant selectors, filters that ask
// whether something equals a value, and unions of all these, in dot and in bracket notation.
//
// A Path is what Parse made of its text. It does not change. Apart from filters it selects values by the way to them from
// the root, never by what they hold: that is why a list of paths compiles into one deterministic Automaton, which a scanner
// steps once per member or element, however many paths there are, and why Covers and Encloses can tell from the paths alone
// whether one makes another one useless. A filter has the scanner look ahead into a child before it steps; only the states
// in which a filter is to be asked know of it.
//
// Names are compared by their decoded text, code point by code point, without normalization (RFC 9535 §2.3.1.2). A member
// name that is no Unicode text equals no name of a path. Slices and negative indices are refused.
//
// # Filters
//
// A filter is one or more comparisons, with && and || and parentheses: [?@.type=='email' && (@.primary==true || @.rank==1)].
// Each compares what one query from the child on selects (@, @.name, @['a'][0]) with a text, a number, true, false or null.
// What is not there equals nothing. Numbers are compared by their exact value: 1, 1.0 and 1e0 are one. Texts are compared as
// names are. Everything else that RFC 9535 has in filters is refused: other operators, negation, existence alone, functions,
// queries from the root, one query compared with another.
//
// RFC 9535 leaves open which of a member's duplicates a query selects (§2.1, by RFC 8259 §4). Here a comparison is true where
// any of them makes it true, so that a value does not slip through because somebody wrote a name twice. Where duplicates make
// filters true at once that no document without duplicates could, Automaton.Filtered says no, and there is no answer.
package jsonpath

import (
	"strconv"
	"strings"
)

// A Path is one query. The zero Path is `$`, the whole document.
type Path struct{ segments []segment }

// A segment leads from a value to its children, or with descendant from a value to the children of it and of all that
// is inside it.
type segment struct {
	descendant bool
	all        bool       // the wildcard; then there are no selectors, it takes what they would
	selectors  []selector // in the order written, each once
	filters    []filter   // of the selectors byFilter, in their order
}

// A selector takes the member of one name, or the element of one index, or the children of which a filter is true, or stands
// for the names of an object's members.
type selector struct {
	kind  selectorKind
	name  string // of a filter: its text
	index int64
}

type selectorKind uint8

const (
	byName selectorKind = iota
	byIndex
	byFilter
	theNames // no selector of a Path, but what a Selection with Keys has after its path
)

// has says whether one of the segment's selectors is sel.
func (s *segment) has(sel selector) bool {
	if s.all {
		return sel.kind != theNames
	}
	for _, own := range s.selectors {
		if own == sel {
			return true
		}
	}
	return false
}

// Singular says whether the path selects at most one place: RFC 9535 §2.3.5.1, singular query.
func (p Path) Singular() bool {
	for i := range p.segments {
		if s := &p.segments[i]; s.descendant || s.all || len(s.selectors) != 1 || s.selectors[0].kind == byFilter {
			return false
		}
	}
	return true
}

// IsRoot says whether the path is `$`, which selects the document itself.
func (p Path) IsRoot() bool { return len(p.segments) == 0 }

// String gives the canonical text, which Parse reads back: dots for the names that may stand after a dot, brackets for
// others, a selector that is written twice only once, and of a union with a wildcard the wildcard alone.
func (p Path) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for i := range p.segments {
		p.segments[i].write(&b)
	}
	return b.String()
}

func (s *segment) write(b *strings.Builder) {
	if s.descendant {
		b.WriteString("..")
	}
	switch {
	case s.all && s.descendant:
		b.WriteByte('*')
	case s.all:
		b.WriteString("[*]")
	case len(s.selectors) == 1 && s.selectors[0].shorthand():
		if !s.descendant {
			b.WriteByte('.')
		}
		b.WriteString(s.selectors[0].name)
	default:
		b.WriteByte('[')
		for i, sel := range s.selectors {
			if i > 0 {
				b.WriteByte(',')
			}
			sel.write(b)
		}
		b.WriteByte(']')
	}
}

// shorthand says whether the selector is a name that may stand after a dot.
func (s selector) shorthand() bool {
	if s.kind != byName || s.name == "" {
		return false
	}
	for i, r := range s.name {
		if !nameFirst(r) && (i == 0 || !digit(r)) {
			return false
		}
	}
	return true
}

// write writes the selector as it stands in brackets.
func (s selector) write(b *strings.Builder) {
	switch s.kind {
	case byIndex:
		b.WriteString(strconv.FormatInt(s.index, 10))
	case byFilter:
		b.WriteString("?" + s.name)
	default:
		writeQuoted(b, s.name)
	}
}

// writeQuoted writes a text in single quotes, with the escapes of normalized paths (RFC 9535 §2.7).
func writeQuoted(b *strings.Builder, text string) {
	const hex = "0123456789abcdef"
	b.WriteByte('\'')
	for _, r := range text {
		short := strings.IndexRune("\b\f\n\r\t'\\", r)
		switch {
		case short >= 0:
			b.WriteByte('\\')
			b.WriteByte(`bfnrt'\`[short])
		case r < ' ':
			b.WriteString(`\u00`)
			b.WriteByte(hex[r>>4])
			b.WriteByte(hex[r&15])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
}

// nameFirst is name-first of RFC 9535 §2.5.1.1, the first character of a name without quotes.
func nameFirst(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80
}

func digit(r rune) bool { return '0' <= r && r <= '9' }
