package scan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// A node is a value as the oracle, jsontext, sees it. The oracle is slow, recursive and knows no automaton.
type node struct {
	start, end, member int
	kind               Kind
	escaped            bool
	name               int // the length of the member's name with its quotes; 0 for elements and the root
	nameEscaped        bool
	step               any // the decoded name, the index, or nil for a name that is no Unicode text and for the root
	children           []*node
	raw                []byte
}

// readTree reads one JSON text, or says that it is none.
func readTree(doc []byte) (*node, bool) {
	d := jsontext.NewDecoder(bytes.NewReader(doc), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	root, err := readNode(d, doc)
	if err != nil {
		return nil, false
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	return root, true
}

func readNode(d *jsontext.Decoder, doc []byte) (*node, error) {
	n := &node{}
	switch k := d.PeekKind(); k {
	case '{', '[':
		if _, err := d.ReadToken(); err != nil {
			return nil, err
		}
		n.start, n.kind = int(d.InputOffset())-1, map[jsontext.Kind]Kind{'{': Object, '[': Array}[k]
		for d.PeekKind() != k+2 {
			c, err := readChild(d, doc, k == '{', len(n.children))
			if err != nil {
				return nil, err
			}
			n.children = append(n.children, c)
		}
		if _, err := d.ReadToken(); err != nil {
			return nil, err
		}
		n.end = int(d.InputOffset())
	default:
		v, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		n.end = int(d.InputOffset())
		n.start = n.end - len(v)
		n.kind = map[jsontext.Kind]Kind{'n': Null, 't': True, 'f': False, '"': String, '0': Number}[v.Kind()]
		n.escaped = n.kind == String && bytes.IndexByte(v, '\\') >= 0
	}
	n.member, n.raw = n.start, doc[n.start:n.end]
	return n, nil
}

func readChild(d *jsontext.Decoder, doc []byte, isMember bool, index int) (*node, error) {
	if !isMember {
		c, err := readNode(d, doc)
		if err == nil {
			c.step = index
		}
		return c, err
	}
	name, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	member, length, escaped := int(d.InputOffset())-len(name), len(name), bytes.IndexByte(name, '\\') >= 0
	var step any
	if text, err := jsontext.AppendUnquote(nil, name); err == nil {
		step = string(text)
	}
	c, err := readNode(d, doc)
	if err == nil {
		c.step, c.member = step, member
		c.name, c.nameEscaped = length, escaped
	}
	return c, err
}

// pathTo gives the normalized path of the value that begins at start.
func (n *node) pathTo(start int) string {
	path := "$"
	for n.start != start {
		i := slices.IndexFunc(n.children, func(c *node) bool { return c.start <= start && start < c.end })
		if i < 0 {
			return "none"
		}
		n = n.children[i]
		if index, ok := n.step.(int); ok {
			path += "[" + strconv.Itoa(index) + "]"
		} else {
			path += "[" + bracketed(n.step.(string)) + "]"
		}
	}
	return path
}

// bracketed quotes a name as normalized paths do (RFC 9535 §2.7).
func bracketed(name string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(name) + "'"
}

// A query is a selection as the oracle takes it.
type query struct {
	keys     bool
	segments segments
}

// segments have one selector each, where nil is the wildcard and a condition a filter.
type segments []struct {
	descendant bool
	sel        any
}

// fuzzQueries makes up to four queries of up to three segments. A text begins with "keys of " where it is for names.
func fuzzQueries(code []byte) (queries []query, texts []string) {
	names := []any{nil, "a", "b", "é", "", 0, 1, "a\nb"}
	for len(code) > 0 && len(queries) < 4 {
		length := int(code[0]) % 4
		q, text := query{keys: code[0]&0x40 != 0}, "$"
		if q.keys {
			text = "keys of $"
		}
		code = code[1:]
		for ; length > 0 && len(code) > 0; length-- {
			s := struct {
				descendant bool
				sel        any
			}{code[0]&8 != 0, names[code[0]&7]}
			filter := code[0]&16 != 0
			if code = code[1:]; filter {
				s.sel, code = fuzzCondition(code, 2)
			}
			q.segments = append(q.segments, s)
			if s.descendant {
				text += ".."
			}
			switch sel := s.sel.(type) {
			case nil:
				text += "[*]"
			case condition:
				text += "[? " + sel.text() + "]"
			case int:
				text += fmt.Sprintf("[%d]", sel)
			case string:
				text += "[" + bracketed(sel) + "]"
			}
		}
		queries, texts = append(queries, q), append(texts, text)
	}
	return queries, texts
}

// takes says whether the first segment selects a child.
func (s segments) takes(child *node) bool {
	if c, ok := s[0].sel.(condition); ok {
		return c.holds(child)
	}
	return s[0].sel == nil || s[0].sel == child.step
}

func (s segments) selects(way []*node) bool {
	if len(s) == 0 || len(way) == 0 {
		return len(s) == 0 && len(way) == 0
	}
	return s.takes(way[0]) && s[1:].selects(way[1:]) || s[0].descendant && s.selects(way[1:])
}

// goesOn says whether the segments select anything inside some value at the end of the way.
func (s segments) goesOn(way []*node) bool {
	if len(s) == 0 || len(way) == 0 {
		return len(s) > 0
	}
	return s.takes(way[0]) && s[1:].goesOn(way[1:]) || s[0].descendant
}

// spans gives the spans that a Scan should give.
func (n *node) spans(queries []query, rest Rest, way []*node, spans []Span) []Span {
	s := Span{Start: n.start, End: n.end, Member: n.member, Kind: n.kind, Escaped: n.escaped}
	var keys []int32
	more := rest == Scalars
	for i, q := range queries {
		switch selected := q.segments.selects(way); {
		case selected && q.keys:
			keys = append(keys, int32(i))
		case selected:
			s.Rules = append(s.Rules, int32(i))
		}
		more = more || keys != nil || q.segments.goesOn(way)
	}
	scalar := n.kind != Object && n.kind != Array
	if s.Rules != nil || rest != Selected && (scalar || !more) {
		return append(spans, s)
	}
	for _, c := range n.children {
		if n.kind == Object && (keys != nil || rest == Scalars) {
			spans = append(spans, Span{Rules: keys, Start: c.member, End: c.member + c.name, Member: c.member, Kind: String,
				Name: true, Escaped: c.nameEscaped})
		}
		spans = c.spans(queries, rest, append(way[:len(way):len(way)], c), spans)
	}
	return spans
}

func sameSpan(x, y Span) bool {
	same := slices.Equal(x.Rules, y.Rules) && (x.Accept == 0) == (len(x.Rules) == 0)
	x.Rules, y.Rules, x.Accept, y.Accept = nil, nil, 0, 0
	return same && fmt.Sprint(x) == fmt.Sprint(y)
}

var seeds = []string{
	event, "", "null", " 1 ", `"a"`, "[]", "{}", `{"a":{"b":[1,{"a":null}]},"é":"\u00e9","":[true,false]}`,
	`{"\u0061":1,"a":2,"a":{"a":3}}`, `{"\ud800":1,"\ud83d\ude00":2,"a\nb":3}`, "{\"\xff\":\"\xff\"}", `[[[[[[0]]]]]]`,
	`[-0,1.5e+3,1E-2,12345678901234567890]`, `[1,]`, `{"a":1,}`, `[01]`, `["\x"]`, "\xef\xbb\xbf[]", `{"a" : [ 1 , 2 ] , "b" : { } }`,
	"[\"a\x01\"]", `["12345678\"1234567\\"]`, `tru`, `[1.]`, `{"a"}`, `{1:2}`, `[1 2]`, `"`, `"\`, `"\u12`, `{"a":`,
}

// FuzzScan holds the scanner against jsontext: the same texts accepted, the same spans selected.
func FuzzScan(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), []byte{1, 9, 2, 1, 0, 3, 8, 1, byte(i), 1, byte(i >> 1)})
		f.Add([]byte(s), []byte{0x40, 1, byte(i), 0x41, byte(i >> 1), 1, 9})
	}
	for i, s := range filtered {
		for _, filter := range []byte{0, 1, 2, 3, 8, 16, 24, 0x80, 0x40, 0xc0} {
			f.Add([]byte(s), []byte{1, 0x10, filter, 1, 0x18, byte(i), filter, 2, 0x18, filter, 1, 2, 3, 0x10, 0x42, 0, 9, 10, 8})
			f.Add([]byte(s), []byte{1, 0x18, filter, 1, 0x18, filter + 8, 2, 0x18, filter, 9, 0x41, 0x18, byte(i), 1, 2})
		}
	}
	f.Fuzz(func(t *testing.T, doc, code []byte) {
		queries, texts := fuzzQueries(code)
		paths, err := compile(t, texts...)
		if err != nil {
			return // too much
		}
		s := New(paths, 10000)
		spans, err := s.Scan(doc, Selected)
		tree, ok := readTree(doc)
		if errors.Is(err, ErrAmbiguous) {
			if ok && !tree.twice() {
				t.Fatalf("%q with %q: %v, while no name is there twice", doc, texts, err)
			}
			return
		}
		if (err == nil) != ok {
			t.Fatalf("%q: error %v, while the oracle accepts it: %v", doc, err, ok)
		}
		if _, again := New(nil, 10000).Scan(doc, Selected); fmt.Sprint(again) != fmt.Sprint(err) {
			t.Fatalf("%q: error %v with paths, %v without", doc, err, again)
		}
		if !ok {
			if spans != nil {
				t.Fatalf("%q: spans beside an error", doc)
			}
			return
		}
		for _, rest := range []Rest{Selected, Outermost, Scalars} {
			spans, err := s.Scan(doc, rest)
			want := tree.spans(queries, rest, nil, nil)
			if err != nil || !slices.EqualFunc(spans, want, sameSpan) {
				t.Fatalf("%q with %q and rest %d: spans %+v, %v, want %+v", doc, texts, rest, spans, err, want)
			}
			if got := Apply(nil, doc, spans, make([]Edit, len(spans))); !bytes.Equal(got, doc) {
				t.Fatalf("%q became %q with nothing to do", doc, got)
			}
		}
	})
}
