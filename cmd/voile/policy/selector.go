package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
	"voile/pipeline/scan"
)

// A Selector is a place in a record, as a test names it: `key`, `header NAME`, `$.a.b` in the value or `key $.a` in the
// key, `keys of $.a` for the names of an object's members; and, behind `|`, what to
// look into there. Messages of voile name rules in the same way (config.Rule.Selector).
type Selector struct {
	text   string
	in     part
	header string
	path   *finder // nil: the whole key or header
	inside []step
}

type part uint8

const (
	inValue part = iota
	inKey
	inHeader
)

// String is the selector as the test writes it.
func (s Selector) String() string { return s.text }

// A found is one value at a place: its JSON where json says so, else the text itself.
type found struct {
	raw  []byte
	json bool
	kind scan.Kind
}

// text is what a person means by the value: a string without quotes and escapes, all else as it is spelled.
func (f found) text() string {
	if !f.json || f.kind != scan.String {
		return string(f.raw)
	}
	text, err := scan.Unescape(nil, f.raw[1:len(f.raw)-1])
	if err != nil {
		return string(f.raw)
	}
	return string(text)
}

// show is the value for a person, cut where it is long.
func (f found) show() string {
	text := string(f.raw)
	if !f.json {
		text = string(scan.AppendString(nil, f.raw))
	}
	return cut(text)
}

// longest is how many characters of a value are shown.
const longest = 100

func cut(text string) string {
	if r := []rune(text); len(r) > longest {
		return string(r[:longest-1]) + "…"
	}
	return text
}

// inSeparator stands between the steps of a place inside a string.
const inSeparator = " | "

// parseSelector reads a selector. The error says what is wrong, without the file's name.
func parseSelector(text string) (Selector, error) {
	s := Selector{text: text}
	head, rest, _ := strings.Cut(text, inSeparator)
	path := head
	switch {
	case head == "key":
		s.in, path = inKey, ""
	case strings.HasPrefix(head, "key "):
		s.in, path = inKey, strings.TrimPrefix(head, "key ")
	case strings.HasPrefix(head, "header "):
		s.in, s.header, path = inHeader, strings.TrimPrefix(head, "header "), ""
	}
	if path != "" {
		f, err := newFinder(path)
		if err != nil {
			return s, err
		}
		s.path = f
	}
	if rest == "" {
		return s, nil
	}
	var err error
	s.inside, err = parseSteps(strings.Split(rest, inSeparator))
	return s, err
}

// find gives the values at the place, in the order of the record. A value that cannot be looked into gives none.
func (s *Selector) find(r *record.Record) (all []found) {
	switch s.in {
	case inKey:
		if r.Key != nil {
			all = s.within(r.Key)
		}
	case inHeader:
		for _, h := range r.Headers {
			if string(h.Name) == s.header && h.Value != nil {
				all = append(all, found{raw: h.Value})
			}
		}
	default:
		if r.Value != nil {
			all = s.within(r.Value)
		}
	}
	for _, step := range s.inside {
		var next []found
		for _, f := range all {
			next = append(next, step.open(f)...)
		}
		all = next
	}
	return all
}

func (s *Selector) within(text []byte) []found {
	if s.path == nil {
		return []found{{raw: text}}
	}
	return s.path.find(text)
}

// A finder finds the values of one path in JSON texts, or the names of the members of the objects there.
type finder struct {
	path  jsonpath.Path
	paths *jsonpath.Automaton
	names bool
}

// keysOf is what stands before a path whose objects' member names are meant.
const keysOf = "keys of "

// maxDepth is how deep the JSON of a test may be nested.
const maxDepth = 10_000

func newFinder(text string) (*finder, error) {
	var f finder
	path, names := strings.CutPrefix(text, keysOf)
	f.names = names
	var err error
	if f.path, err = jsonpath.Parse(path); err != nil {
		if wrong := (*jsonpath.SyntaxError)(nil); errors.As(err, &wrong) {
			return nil, problemf(wrong.Hint, "%q is no place in a record: %s at column %d", path, wrong.What, wrong.Column)
		}
		return nil, problemf("", "%q is no place in a record", path)
	}
	f.paths, err = jsonpath.Compile([]jsonpath.Selection{f.selection()})
	return &f, err
}

func (f *finder) selection() jsonpath.Selection { return jsonpath.Selection{Path: f.path} }

func (f *finder) find(text []byte) (all []found) {
	spans, err := scan.New(f.paths, maxDepth).Scan(text, scan.Selected)
	if err != nil {
		return nil
	}
	for _, s := range spans {
		value := found{raw: text[s.Start:s.End], json: true, kind: s.Kind}
		if f.names {
			all = append(all, members(value.raw)...)
			continue
		}
		all = append(all, value)
	}
	return all
}

// members gives the names of an object's members.
func members(object []byte) (names []found) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil
		}
		names = append(names, found{raw: []byte(name)})
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil
		}
	}
	return names
}
