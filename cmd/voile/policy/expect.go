package policy

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// wordings are the texts that an expectation may be, as docs/policy-tests.md has them. A text that is to stand somewhere is
// {is: …}, so that no text of an event is taken for one of these.
var wordings = []string{"token of DOMAIN", "equal to PLACE", "equal to PLACE in CASE", "different from PLACE", "different from PLACE in CASE",
	"unchanged", "changed", "absent", "redacted"}

// expectations reads a mapping of places and what is to be there.
func (r *fileReader) expectations(m member) (all []Expectation) {
	members, ok := r.mapping(m.value, m.at, "places with what is to be there")
	if ok && len(members) == 0 {
		r.reportf(m.at, "", "nothing is expected")
	}
	for _, e := range members {
		where, err := parseSelector(e.name)
		if err != nil {
			r.report(e.at, err)
			continue
		}
		wants := []ast.Node{e.value}
		if s, ok := e.value.(*ast.SequenceNode); ok {
			wants = s.Values
		}
		for _, n := range wants {
			x := Expectation{Where: where, Line: e.at.line, at: e.at}
			if at := nodePlace(n, e.at.path); at.line > 0 {
				x.Line, x.at = at.line, at
			}
			if r.want(n, &x) {
				all = append(all, x)
			}
		}
	}
	return all
}

// want reads what is to be at one place; false after it has reported what is wrong.
func (r *fileReader) want(n ast.Node, x *Expectation) bool {
	switch n := n.(type) {
	case *ast.StringNode:
		x.Want = n.Value
		var err error
		if x.test, err = parseWording(n.Value); err != nil {
			r.report(x.at, err)
		}
		return err == nil
	case *ast.MappingNode, *ast.MappingValueNode:
		return r.longWant(n, x)
	case *ast.SequenceNode:
		r.reportf(x.at, "write {is: [...]}", "a list in a list")
		return false
	}
	before := len(r.problems)
	text := r.json(nil, n, x.at)
	x.Want, x.test = string(text), literal{text}
	return len(r.problems) == before
}

// longWant reads {is: value} and {matches: pattern}.
func (r *fileReader) longWant(n ast.Node, x *Expectation) bool {
	members, _ := r.mapping(n, x.at, "is or matches")
	if len(members) != 1 {
		r.reportf(x.at, "for example {is: Paris}", "want one of is, matches")
		return false
	}
	switch m := members[0]; m.name {
	case "is":
		before := len(r.problems)
		text := r.json(nil, m.value, m.at)
		x.Want, x.test = cut(string(text)), literal{text}
		return len(r.problems) == before
	case "matches":
		text, ok := r.text(m.value, m.at, "a regular expression")
		re, err := regexp.Compile(`\A(?:` + text + `)\z`)
		if ok && err != nil {
			r.reportf(m.at, "the syntax is that of RE2", "%q is no regular expression", text)
		}
		x.Want, x.test = "matches "+text, pattern{re}
		return ok && err == nil
	default:
		r.unknown(m, []string{"is", "matches"})
		return false
	}
}

func parseWording(text string) (test, error) {
	switch text {
	case "unchanged":
		return unchanged{}, nil
	case "changed":
		return changed{}, nil
	case "absent":
		return absent{}, nil
	case "redacted":
		return redacted{}, nil
	}
	if domain, ok := strings.CutPrefix(text, "token of "); ok {
		return tokenOf{strings.TrimSpace(domain)}, nil
	}
	for _, c := range []struct {
		words string
		equal bool
	}{{"equal to ", true}, {"different from ", false}} {
		rest, ok := strings.CutPrefix(text, c.words)
		if !ok {
			continue
		}
		where, name, _ := strings.Cut(rest, " in ")
		other, err := parseSelector(strings.TrimSpace(where))
		return compared{other: other, in: strings.TrimSpace(name), equal: c.equal}, err
	}
	return nil, problemf("one of "+strings.Join(wordings, ", ")+"; or {is: "+cut(text)+"} for the text itself", "%q is nothing to expect", cut(text))
}
