package guard_test

import (
	"encoding/json"
	"math/rand"
	"reflect"
	"strings"
	"testing"

	"voile/pipeline/guard"
	"voile/pipeline/jsonpath"
	"voile/pipeline/scan"
)

func scanner(t testing.TB, paths ...string) *scan.Scanner {
	t.Helper()
	var at []jsonpath.Selection
	for _, text := range paths {
		p, err := jsonpath.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, jsonpath.Selection{Path: p})
	}
	a, err := jsonpath.Compile(at)
	if err != nil {
		t.Fatal(err)
	}
	return scan.New(a, 100)
}

// without gives doc without what neither list selects.
func without(t testing.TB, doc string, rules, pass *scan.Scanner) (string, bool) {
	t.Helper()
	first, err := rules.Scan([]byte(doc), scan.Scalars)
	if err != nil {
		t.Fatal(err)
	}
	second, err := pass.Scan([]byte(doc), scan.Selected)
	if err != nil {
		t.Fatal(err)
	}
	var l guard.Lister
	spans, ok := l.Unlisted([]byte(doc), first, second)
	if !ok {
		return "", false
	}
	var w scan.Rewriter
	w.Reset([]byte(doc))
	var dst []byte
	for i := range spans {
		dst = w.Removed(w.Seek(dst, &spans[i]), &spans[i])
	}
	return string(w.Finish(dst)), true
}

func TestUnlisted(t *testing.T) {
	for _, tc := range []struct {
		name, doc   string
		rules, pass string // paths with spaces between
		want        string // "" where the document itself is not listed
	}{
		{"all listed", `{"a":1, "b":{"c":2}}`, "$.a", "$.b", `{"a":1, "b":{"c":2}}`},
		{"none listed", `{"a":1,"b":{"c":2},"d":[3]}`, "", "", `{}`},
		{"a rule's value", `{"a":1,"b":2,"c":3}`, "$.b", "", `{"b":2}`},
		{"a passed object is passed whole", `{"a":{"x":{"y":1},"z":[2]},"b":2}`, "", "$.a", `{"a":{"x":{"y":1},"z":[2]}}`},
		{"a rule in a passed object", `{"a":{"email":1,"z":2},"b":{"email":3,"z":4}}`, "$..email", "$.a", `{"a":{"email":1,"z":2},"b":{"email":3}}`},
		{"inside what is not listed", `{"a":{"x":1,"b":{"c":2,"d":3}},"e":{"f":{}}}`, "", "$.a.b.c", `{"a":{"b":{"c":2}}}`},
		{"elements", `[{"a":1,"b":2},{"b":3},4,{"a":5}]`, "", "$[*].a", `[{"a":1},{"a":5}]`},
		{"names that are data go with their members", `{"ana@example.org":{},"u":{"ana":{"email":1},"ben":{}}}`, "$..email", "", `{"u":{"ana":{"email":1}}}`},
		{"an empty object is not listed", `{"a":{},"b":[]}`, "", "$.a", `{"a":{}}`},
		{"the whole document", ` [1,{"a":2}] `, "", "$", ` [1,{"a":2}] `},
		{"duplicates", `{"a":1,"a":2,"b":3,"b":4}`, "", "$.a", `{"a":1,"a":2}`},
		{"brackets in strings", `{"a":"}]\"{","b":"\\","c":"[\\\\\"","d":1}`, "", "$.d $.b", `{"b":"\\","d":1}`},
		{"a scalar", `"ana"`, "", "$.a", ""},
		{"a listed scalar", `"ana"`, "$", "", `"ana"`},
		{"an empty object", `{}`, "", "", `{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			have, ok := without(t, tc.doc, scanner(t, strings.Fields(tc.rules)...), scanner(t, strings.Fields(tc.pass)...))
			if have != tc.want || ok != (tc.want != "") {
				t.Errorf("have %s, %v, want %s", have, ok, tc.want)
			}
		})
	}
}

// What stays is what is listed: held against decoded values, which know nothing of bytes.
func TestUnlistedAgainstDecodedValues(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	rules, pass := scanner(t, "$..a", "$.b.c"), scanner(t, "$.b", "$[1]", "$..d.e")
	for range 3000 {
		doc, err := json.Marshal(random(r, 4))
		if err != nil {
			t.Fatal(err)
		}
		have, ok := without(t, string(doc), rules, pass)
		if !ok {
			continue
		}
		var was, is any
		if json.Unmarshal(doc, &was) != nil || json.Unmarshal([]byte(have), &is) != nil {
			t.Fatalf("%s became %s", doc, have)
		}
		if want, kept := listed(was, nil); kept && !reflect.DeepEqual(is, want) {
			t.Fatalf("%s became %s, want %v", doc, have, want)
		}
	}
}

func random(r *rand.Rand, depth int) any {
	switch n := r.Intn(6); {
	case n < 2 && depth > 0:
		out := map[string]any{}
		for range r.Intn(4) {
			out[string("abcde"[r.Intn(5)])] = random(r, depth-1)
		}
		return out
	case n == 2 && depth > 0:
		out := []any{}
		for range r.Intn(3) {
			out = append(out, random(r, depth-1))
		}
		return out
	}
	return "x"
}

// listed is what is left of v at path; kept is false where nothing of it is.
func listed(v any, path []any) (out any, kept bool) {
	n := len(path)
	if n > 0 && (path[n-1] == "a" || n == 1 && (path[0] == "b" || path[0] == 1) || n > 1 && path[n-1] == "e" && path[n-2] == "d") {
		return v, true
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, m := range v {
			if left, ok := listed(m, append(path[:n:n], name)); ok {
				out[name] = left
			}
		}
		return out, len(out) > 0 || n == 0
	case []any:
		out := []any{}
		for i, m := range v {
			if left, ok := listed(m, append(path[:n:n], i)); ok {
				out = append(out, left)
			}
		}
		return out, len(out) > 0 || n == 0
	}
	return nil, false
}
