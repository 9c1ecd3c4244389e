package transform

import (
	"slices"

	"voile/pipeline/jsonpath"
	"voile/pipeline/scan"
)

// subjects finds whom a record is about: what paths select in its value as it came, whatever rules do to it, and wherever the
// value that asks for it stands, a header or a text inside a text. Only a record in which an action asks pays for it, with a
// scan of its own for each path: with the rules' own paths an object at a subject's path would hide what the rules select in it.
type subjects struct {
	finders []finder
	doc     []byte // the record's value
}

// finder is one subject's path.
type finder struct {
	scanner *scan.Scanner
	known   bool // whether v and ok are of the record in hand
	v       value
	ok      bool
}

// subject gives the number of a subject's path, each being there once.
func (r *Rules) subject(p jsonpath.Path) (int, error) {
	if i := slices.IndexFunc(r.subjects, func(s subjectPath) bool { return s.text == p.String() }); i >= 0 {
		return i, nil
	}
	paths, err := jsonpath.Compile([]jsonpath.Selection{{Path: p}})
	r.subjects = append(r.subjects, subjectPath{p.String(), paths})
	return len(r.subjects) - 1, err
}

// A subjectPath is the path of one or more rules' subject.
type subjectPath struct {
	text  string
	paths *jsonpath.Automaton
}

func newSubjects(paths []subjectPath, maxDepth int) subjects {
	s := subjects{finders: make([]finder, len(paths))}
	for i, p := range paths {
		s.finders[i] = finder{scanner: scan.New(p.paths, maxDepth), v: value{scratch: new(scratch)}}
	}
	return s
}

// reset begins a record.
func (s *subjects) reset(doc []byte) {
	s.doc = doc
	for i := range s.finders {
		s.finders[i].known = false
	}
}

// text gives the text of subject number i. ok is false where it is not there exactly once, or is null, an empty text, no scalar or
// no Unicode text. The result is valid until the next record.
func (s *subjects) text(i int) (text []byte, ok bool) {
	f := &s.finders[i]
	if !f.known {
		f.known, f.ok = true, f.find(s.doc)
	}
	if !f.ok {
		return nil, false
	}
	return f.v.text()
}

func (f *finder) find(doc []byte) bool {
	spans, err := f.scanner.Scan(doc, scan.Selected)
	if err != nil || len(spans) != 1 {
		return false
	}
	f.v.spelling = spelling{kind: spans[0].Kind, raw: doc[spans[0].Start:spans[0].End], json: true, escaped: spans[0].Escaped}
	return f.v.scalar() && !f.v.void()
}
