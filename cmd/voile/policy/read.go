package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/scan"
	"voile/pipeline/transform"
)

// MaxFile is the largest file of tests, and the largest event beside one, in bytes.
const MaxFile = 4 << 20

// Settings are the names that a file of tests knows, of the file and of a case, in the order of docs/policy-tests.md.
var (
	fileSettings = []string{"config", "env", "tests"}
	caseSettings = []string{"name", "route", "value", "json", "file", "key", "headers", "expect", "rest", "nowhere", "quarantine"}
)

// Read reads a file of tests from data. name stands for the file in what is wrong; open reads a file that a case names,
// relative to the file of tests. The error is config.Problems.
func Read(name string, data []byte, open func(path string) ([]byte, error)) (*File, error) {
	r := &fileReader{reader: reader{file: name}, open: open}
	f := &File{Name: name}
	if root := r.parse(data); root != nil {
		r.whole(root, f)
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return f, nil
}

type fileReader struct {
	reader
	open func(string) ([]byte, error)
}

func (r *fileReader) whole(root ast.Node, f *File) {
	members, ok := r.mapping(root, nodePlace(root, ""), "settings")
	if !ok {
		return
	}
	for _, m := range members {
		switch m.name {
		case "config":
			f.Config, _ = r.text(m.value, m.at, "the path of a configuration")
		case "env":
			f.Env = r.env(m)
		case "tests":
			f.Cases = r.cases(m)
		default:
			r.unknown(m, fileSettings)
		}
	}
	if !slices.ContainsFunc(members, func(m member) bool { return m.name == "tests" }) {
		r.reportf(nodePlace(root, "tests"), "a list of cases", "missing")
	}
}

func (r *fileReader) unknown(m member, known []string) {
	r.reportf(m.at, "the settings here are "+strings.Join(known, ", "), "there is no such setting")
}

func (r *fileReader) env(m member) map[string]string {
	all, _ := r.mapping(m.value, m.at, "variables with their texts")
	env := make(map[string]string, len(all))
	for _, v := range all {
		env[v.name], _ = r.text(v.value, v.at, "a text")
	}
	return env
}

func (r *fileReader) cases(m member) []Case {
	elements, ok := r.list(m.value, m.at, "a list of cases")
	if ok && len(elements) == 0 {
		r.reportf(m.at, "", "there is no case")
	}
	cases := make([]Case, 0, len(elements))
	names := map[string]int{}
	for i, n := range elements {
		c := Case{at: nodePlace(n, fmt.Sprintf("%s[%d]", m.at.path, i))}
		c.Line = c.at.line
		r.oneCase(n, &c)
		if first, ok := names[c.Name]; ok && c.Name != "" {
			r.reportf(place{c.at.line, c.at.column, c.at.path + ".name"}, "", "the case in line %d has this name already", first)
		}
		names[c.Name] = c.Line
		cases = append(cases, c)
	}
	return cases
}

func (r *fileReader) oneCase(n ast.Node, c *Case) {
	members, ok := r.mapping(n, c.at, "a case")
	if !ok {
		return
	}
	c.Event.Timestamp = -1
	var values, ends []string // which of value, json and file; which of expect and quarantine
	for _, m := range members {
		switch m.name {
		case "name":
			c.Name, _ = r.text(m.value, m.at, "a name")
		case "route":
			c.Route, _ = r.text(m.value, m.at, "the name of a route")
			c.routeAt = m.at
		case "value", "json", "file":
			values = append(values, m.name)
			c.Event.Value = r.value(m)
		case "key":
			c.Event.Key = r.textOrJSON(m.value, m.at)
		case "headers":
			c.Event.Headers = r.headers(m)
		case "expect":
			ends = append(ends, m.name)
			c.Expect = r.expectations(m)
		case "rest":
			c.Rest = r.rest(m)
		case "nowhere":
			c.Nowhere = r.texts(m)
		case "quarantine":
			ends = append(ends, m.name)
			c.Quarantine = r.reason(m)
		default:
			r.unknown(m, caseSettings)
		}
	}
	if c.Name == "" {
		r.reportf(place{c.at.line, c.at.column, c.at.path + ".name"}, "say what the case is about", "missing")
	}
	r.exactlyOne(c.at, values, "value, json, file", "`value: null` is a tombstone")
	if (c.Rest || len(c.Nowhere) > 0) && len(ends) == 0 {
		return // nothing is to change, or nothing is to stay
	}
	r.exactlyOne(c.at, ends, "expect, quarantine", "a case says what is to come of its event")
	if (c.Rest || len(c.Nowhere) > 0) && slices.Contains(ends, "quarantine") {
		r.reportf(c.at, "leave rest and nowhere out", "of what goes to quarantine nothing comes out")
	}
}

func (r *fileReader) exactlyOne(at place, have []string, of, hint string) {
	switch {
	case len(have) == 0:
		r.reportf(at, hint, "none of %s", of)
	case len(have) > 1:
		r.reportf(at, "keep one", "%s and %s exclude each other", have[0], have[1])
	}
}

// value gives the event's value: nil for null.
func (r *fileReader) value(m member) []byte {
	switch m.name {
	case "value":
		if _, null := m.value.(*ast.NullNode); null {
			return nil
		}
		return r.json(nil, m.value, m.at)
	case "json":
		text, _ := r.text(m.value, m.at, "JSON in a text")
		return []byte(text)
	}
	path, ok := r.text(m.value, m.at, "the path of a file")
	if !ok {
		return nil
	}
	data, err := r.open(path)
	if err != nil {
		r.report(m.at, err)
	}
	return []byte(strings.TrimRight(string(data), "\r\n"))
}

// textOrJSON gives a key: a text as it is, all else as JSON; nil for null.
func (r *fileReader) textOrJSON(n ast.Node, at place) []byte {
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.StringNode:
		return []byte(n.Value)
	case *ast.LiteralNode:
		return []byte(n.Value.Value)
	}
	return r.json(nil, n, at)
}

// headers reads a mapping of names and texts, or a list of such, in which a name may stand twice.
func (r *fileReader) headers(m member) (all []record.Header) {
	elements := []ast.Node{m.value}
	if s, ok := m.value.(*ast.SequenceNode); ok {
		elements = s.Values
	}
	for _, n := range elements {
		members, _ := r.mapping(n, nodePlace(n, m.at.path), "headers by name, or a list of such")
		for _, h := range members {
			all = append(all, record.Header{Name: []byte(h.name), Value: r.textOrJSON(h.value, h.at)})
		}
	}
	return all
}

func (r *fileReader) rest(m member) bool {
	text, ok := r.text(m.value, m.at, "unchanged")
	if ok && text != "unchanged" {
		r.reportf(m.at, "or leave it out", "only unchanged can stand here")
	}
	return true
}

// texts reads a list of texts.
func (r *fileReader) texts(m member) (all []string) {
	elements, ok := r.list(m.value, m.at, "a list of texts")
	if ok && len(elements) == 0 {
		r.reportf(m.at, "", "there is no text")
	}
	for _, n := range elements {
		text, ok := r.text(n, nodePlace(n, m.at.path), "a text")
		if ok && text == "" {
			r.reportf(nodePlace(n, m.at.path), "leave it out", "an empty text is everywhere")
		}
		all = append(all, text)
	}
	return all
}

func (r *fileReader) reason(m member) transform.Reason {
	text, ok := r.text(m.value, m.at, "a reason")
	reason := transform.Reason(text)
	if ok && !slices.Contains(transform.Reasons(), reason) {
		var known []string
		for _, k := range transform.Reasons() {
			known = append(known, string(k))
		}
		r.reportf(m.at, "the reasons are "+strings.Join(known, ", "), "%q is no reason", text)
	}
	return reason
}

func appendText(dst []byte, text string) []byte { return scan.AppendString(dst, []byte(text)) }

// sortProblems is what is wrong, in the order of the file.
func sortProblems(ps config.Problems) config.Problems {
	slices.SortStableFunc(ps, func(a, b config.Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return ps
}
