package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
	"voile/pipeline/scan"
)

// rest finds the first thing in value, key and headers that no expectation of c speaks of and that is not as it was.
func rest(c *Case, out *record.Record) []Failure {
	var inTheValue, inTheKey []jsonpath.Selection
	key, headers := false, map[string]bool{}
	for _, e := range c.Expect {
		switch w := e.Where; {
		case w.in == inHeader:
			headers[w.header] = true
		case w.in == inKey && w.path == nil:
			key = true
		case w.in == inKey:
			inTheKey = append(inTheKey, w.path.selection())
		default:
			inTheValue = append(inTheValue, w.path.selection())
		}
	}
	failures := compareTexts("", c.Event.Value, out.Value, inTheValue)
	if !key {
		failures = append(failures, compareTexts("key ", c.Event.Key, out.Key, inTheKey)...)
	}
	failures = append(failures, compareHeaders(c.Event.Headers, out.Headers, headers)...)
	for i := range failures {
		failures[i].Line = c.Line
	}
	return failures
}

// compareTexts compares two texts, byte by byte where they are the same, else as JSON without what paths select.
func compareTexts(in string, before, after []byte, paths []jsonpath.Selection) []Failure {
	if bytes.Equal(before, after) && (before == nil) == (after == nil) {
		return nil
	}
	a, okA := without(before, paths)
	b, okB := without(after, paths)
	if !okA || !okB {
		return []Failure{{Where: in + "$", Want: "unchanged", Got: cut(string(after))}}
	}
	if where, want, got, same := difference("$", a, b); !same {
		return []Failure{{Where: in + where, Want: want + ", unchanged", Got: got}}
	}
	return nil
}

// gone stands for what is left out of a comparison. No text of JSON that is decoded is of this type.
type gone struct{}

// without is a JSON text decoded, without what paths select.
func without(text []byte, paths []jsonpath.Selection) (any, bool) {
	var v any
	if len(paths) == 0 {
		return v, text != nil && unmarshal(text, &v)
	}
	automaton, err := jsonpath.Compile(paths)
	if err != nil {
		return nil, false
	}
	spans, err := scan.New(automaton, maxDepth).Scan(text, scan.Selected)
	if err != nil {
		return nil, false
	}
	// Each selected value becomes a text that stands nowhere else in the document.
	marker := "gone"
	for bytes.Contains(text, []byte(marker)) {
		marker += "-"
	}
	var marked []byte
	at := 0
	for _, s := range spans {
		marked = strconv.AppendQuote(append(marked, text[at:s.Start]...), marker)
		at = s.End
	}
	marked = append(marked, text[at:]...)
	if !unmarshal(marked, &v) {
		return nil, false
	}
	return prune(v, marker), true
}

// prune takes the members and elements away that are the marker.
func prune(v any, marker string) any {
	switch v := v.(type) {
	case string:
		if v == marker {
			return gone{}
		}
	case []any:
		kept := v[:0]
		for _, e := range v {
			if e = prune(e, marker); e != (gone{}) {
				kept = append(kept, e)
			}
		}
		return kept
	case map[string]any:
		for name, e := range v {
			if e = prune(e, marker); e == (gone{}) {
				delete(v, name)
			} else {
				v[name] = e
			}
		}
	}
	return v
}

// difference is the first place at which two decoded texts are not the same. Numbers are the same only if they are
// spelled the same.
func difference(at string, a, b any) (where, want, got string, same bool) {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(x)) {
			w, have := y[name]
			here := at + memberStep(name)
			if !have {
				return here, show(x[name]), nothing, false
			}
			if where, want, got, same := difference(here, x[name], w); !same {
				return where, want, got, false
			}
		}
		for _, name := range slices.Sorted(maps.Keys(y)) {
			if _, have := x[name]; !have {
				return at + memberStep(name), nothing, show(y[name]), false
			}
		}
		return "", "", "", true
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			break
		}
		for i := range x {
			if where, want, got, same := difference(fmt.Sprintf("%s[%d]", at, i), x[i], y[i]); !same {
				return where, want, got, false
			}
		}
		return "", "", "", true
	default:
		if a == b {
			return "", "", "", true
		}
	}
	return at, show(a), show(b), false
}

// memberStep is the step of a path to a member.
func memberStep(name string) string {
	p, err := jsonpath.Parse("$[" + string(appendText(nil, name)) + "]")
	if err != nil {
		return "[" + string(appendText(nil, name)) + "]"
	}
	return p.String()[1:]
}

func show(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "what is no JSON"
	}
	return cut(string(text))
}

// compareHeaders compares the headers that no expectation names, in their order.
func compareHeaders(before, after []record.Header, named map[string]bool) []Failure {
	kept := func(all []record.Header) []record.Header {
		return slices.DeleteFunc(slices.Clone(all), func(h record.Header) bool { return named[string(h.Name)] })
	}
	a, b := kept(before), kept(after)
	for i := range max(len(a), len(b)) {
		want, got, name := nothing, nothing, ""
		if i < len(a) {
			want, name = headerText(a[i]), string(a[i].Name)
		}
		if i < len(b) {
			got, name = headerText(b[i]), string(b[i].Name)
		}
		if want != got {
			return []Failure{{Where: "header " + name, Want: want + ", unchanged", Got: got}}
		}
	}
	return nil
}

func headerText(h record.Header) string {
	if h.Value == nil {
		return string(h.Name) + ": null"
	}
	return string(h.Name) + ": " + found{raw: h.Value}.show()
}
