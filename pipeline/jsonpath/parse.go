package jsonpath

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxIndex is the largest index that RFC 9535 §2.1 allows: the integers that I-JSON keeps exact.
const maxIndex = 1<<53 - 1

// A SyntaxError says why a text is not a path that voile takes. It holds nothing of the text.
type SyntaxError struct {
	Column int    // in characters, from 1
	What   string // what is wrong there
	Hint   string // what would be right; may be empty
}

func (e *SyntaxError) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("%s at column %d", e.What, e.Column)
	}
	return fmt.Sprintf("%s at column %d (%s)", e.What, e.Column, e.Hint)
}

// Parse reads a path. The error is a *SyntaxError.
func Parse(text string) (Path, error) {
	p := parser{text: text}
	path, what := p.path()
	if what != nil {
		what.Column = 1 + utf8.RuneCountInString(text[:p.pos])
		return Path{}, what
	}
	return path, nil
}

// A parser reads text from pos on. A method that fails leaves pos where the mistake is.
type parser struct {
	text string
	pos  int
}

const (
	end     = -1 // peek at the end of the text
	garbled = -2 // peek at bytes that are not UTF-8
)

// peek gives the next character and its length in bytes.
func (p *parser) peek() (rune, int) {
	if p.pos == len(p.text) {
		return end, 0
	}
	r, n := utf8.DecodeRuneInString(p.text[p.pos:])
	if r == utf8.RuneError && n == 1 {
		return garbled, 0
	}
	return r, n
}

// take reads s, if it stands next.
func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.pos:], s) {
		return false
	}
	p.pos += len(s)
	return true
}

// space reads the blank space that may stand between the parts of a path, but never around a whole one.
func (p *parser) space() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

func wrong(what, hint string) *SyntaxError { return &SyntaxError{What: what, Hint: hint} }

func (p *parser) path() (Path, *SyntaxError) {
	var path Path
	if !p.take("$") {
		return path, wrong("expected $", "a path starts at the root, like $.user.email")
	}
	for p.pos < len(p.text) {
		before := p.pos
		p.space()
		if p.pos == len(p.text) {
			p.pos = before
			return path, wrong("white space after the path", "take it away")
		}
		s, err := p.segment()
		if err != nil {
			return path, err
		}
		path.segments = append(path.segments, s)
	}
	return path, nil
}

func (p *parser) segment() (s segment, err *SyntaxError) {
	switch {
	case p.take(".."):
		s.descendant = true
		if p.take("[") {
			err = p.union(&s)
		} else {
			err = p.shorthand(&s, "expected a name, * or [", "for instance $..email")
		}
	case p.take("."):
		err = p.shorthand(&s, "expected a name or *", "other names need brackets and quotes: ['first-name']")
	case p.take("["):
		err = p.union(&s)
	default:
		err = wrong("expected . or [", "other names need brackets and quotes: ['first-name']")
	}
	return s, err
}

// shorthand reads what stands after dots: a name without quotes, or the wildcard.
func (p *parser) shorthand(s *segment, what, hint string) *SyntaxError {
	if p.take("*") {
		s.all = true
		return nil
	}
	start := p.pos
	for {
		r, n := p.peek()
		if !nameFirst(r) && (p.pos == start || !digit(r)) {
			break
		}
		p.pos += n
	}
	if p.pos == start {
		return wrong(what, hint)
	}
	s.selectors = []selector{{name: p.text[start:p.pos]}}
	return nil
}

// union reads the selectors between brackets, and the closing one.
func (p *parser) union(s *segment) *SyntaxError {
	for {
		p.space()
		switch {
		case p.take("*"):
			s.all = true
		case p.take("?"):
			f, err := p.filter()
			if err != nil {
				return err
			}
			if sel := (selector{kind: byFilter, name: f.text}); !slices.Contains(s.selectors, sel) {
				s.selectors, s.filters = append(s.selectors, sel), append(s.filters, f)
			}
		default:
			sel, err := p.selector()
			if err != nil {
				return err
			}
			if !slices.Contains(s.selectors, sel) {
				s.selectors = append(s.selectors, sel)
			}
		}
		p.space()
		if p.take("]") {
			break
		}
		if !p.take(",") {
			return wrong("expected , or ]", "")
		}
	}
	if s.all {
		s.selectors, s.filters = nil, nil
	}
	return nil
}

func (p *parser) selector() (selector, *SyntaxError) {
	switch r, _ := p.peek(); {
	case r == '\'' || r == '"':
		p.pos++
		name, err := p.quoted(r, "name")
		return selector{name: name}, err
	case digit(r):
		i, err := p.index()
		return selector{kind: byIndex, index: i}, err
	case r == '-':
		return selector{}, wrong("a negative index", "negative indices are not supported yet")
	case r == ':':
		return selector{}, wrong("a slice", "slices are not supported yet")
	case nameFirst(r):
		return selector{}, wrong("expected a name in quotes, an index or *", "a name in brackets needs quotes: ['name']")
	}
	return selector{}, wrong("expected a name in quotes, an index or *", "")
}

func (p *parser) index() (int64, *SyntaxError) {
	start := p.pos
	var i int64
	for p.pos < len(p.text) && digit(rune(p.text[p.pos])) {
		i = i*10 + int64(p.text[p.pos]-'0')
		if i > maxIndex {
			p.pos = start
			return 0, wrong("an index too large", "2^53-1 is the largest (RFC 9535)")
		}
		p.pos++
	}
	if p.text[start] == '0' && p.pos > start+1 {
		p.pos = start
		return 0, wrong("an index with a leading zero", "")
	}
	after := p.pos
	p.space()
	if strings.HasPrefix(p.text[p.pos:], ":") {
		return 0, wrong("a slice", "slices are not supported yet")
	}
	p.pos = after
	return i, nil
}

// quoted reads the rest of a string literal and its closing quote, and gives its text. what names it in messages.
func (p *parser) quoted(quote rune, what string) (string, *SyntaxError) {
	var text strings.Builder
	for {
		r, n := p.peek()
		switch {
		case r == end:
			return "", wrong("the "+what+" has no closing quote", "")
		case r == garbled:
			return "", wrong("not UTF-8", "")
		case r < ' ':
			return "", wrong("a control character in a "+what, `write it as an escape: \n, \u0000`)
		case r == quote:
			p.pos += n
			return text.String(), nil
		case r == '\\':
			r, err := p.escape(quote)
			if err != nil {
				return "", err
			}
			text.WriteRune(r)
		default:
			p.pos += n
			text.WriteRune(r)
		}
	}
}

// escape reads one escape, a pair of \u escapes where they are surrogates.
func (p *parser) escape(quote rune) (rune, *SyntaxError) {
	start := p.pos
	p.pos++
	c, n := p.peek()
	p.pos += n
	if c == quote {
		return quote, nil
	}
	if i := strings.IndexRune(`bfnrt/\`, c); i >= 0 {
		return rune("\b\f\n\r\t/\\"[i]), nil
	}
	if c == 'u' {
		r, ok := p.hex4()
		if ok && utf16.IsSurrogate(r) {
			low := rune(0)
			if p.take(`\u`) {
				low, ok = p.hex4()
			}
			r = utf16.DecodeRune(r, low)
			ok = ok && r != utf8.RuneError
		}
		if ok {
			return r, nil
		}
	}
	p.pos = start
	return 0, wrong("not an escape", `the escapes are \b \f \n \r \t \/ \\ \uXXXX and the quote; surrogates in pairs`)
}

// hex4 reads four hexadecimal digits.
func (p *parser) hex4() (rune, bool) {
	if len(p.text)-p.pos < 4 {
		return 0, false
	}
	var r rune
	for range 4 {
		c := rune(p.text[p.pos])
		switch {
		case digit(c):
			r = r<<4 | (c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | (c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
		p.pos++
	}
	return r, true
}
