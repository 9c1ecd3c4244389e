package scan

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/internal/repo"
	"voile/pipeline/jsonpath"
)

// TestSuite scans JSONTestSuite, once in the tight loop and once member by member.
func TestSuite(t *testing.T) {
	dir := repo.Shared(t, "data/json-test-suite/test_parsing")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	scanners := map[string]*Scanner{
		"no path":     New(nil, 1000),
		"$..*":        New(automaton(t, "$..*"), 1000),
		"$..['n/a']":  New(automaton(t, "$..['n/a']"), 1000),
		"$[0].a..b.c": New(automaton(t, "$[0].a..b.c"), 1000),
	}
	count := map[string]int{}
	for _, file := range files {
		doc, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		kind := file.Name()[:2]
		count[kind]++
		for paths, s := range scanners {
			switch _, err := s.Scan(doc, Selected); {
			case kind == "y_" && err != nil:
				t.Errorf("%s with %s: %v, want it accepted", file.Name(), paths, err)
			case kind == "n_" && err == nil:
				t.Errorf("%s with %s is accepted, want it refused", file.Name(), paths)
			}
		}
	}
	if count["y_"] != 95 || count["n_"] != 188 || count["i_"] != 35 {
		t.Errorf("the suite has %v files, want 95 y_, 188 n_, 35 i_", count)
	}
}

// TestCompliance scans the documents of RFC 9535's compliance suite. The spans are the outermost of the paths that the case
// selects; package jsonpath tests all of them.
func TestCompliance(t *testing.T) {
	const wantCases = 147
	var suite struct {
		Tests []struct {
			Name, Selector string
			Document       json.RawMessage
			Paths          []string   `json:"result_paths"`
			AnyPaths       [][]string `json:"results_paths"`
		}
	}
	text, err := os.ReadFile(repo.Shared(t, "data/jsonpath-cts/cts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, test := range suite.Tests {
		if _, err := jsonpath.Parse(test.Selector); err != nil {
			continue
		}
		cases++
		want := test.Paths
		if test.AnyPaths != nil {
			want = test.AnyPaths[0]
		}
		want = outermost(want)
		spans, err := New(automaton(t, test.Selector), 100).Scan(test.Document, Selected)
		if err != nil {
			t.Errorf("%s: %v", test.Name, err)
			continue
		}
		tree, ok := readTree(test.Document)
		if !ok {
			t.Fatalf("%s: no document", test.Name)
		}
		var got []string
		for _, s := range spans {
			got = append(got, tree.pathTo(s.Start))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s selects %q, want %q", test.Name, test.Selector, got, want)
		}
	}
	if cases != wantCases {
		t.Errorf("%d cases, want %d", cases, wantCases)
	}
}

// outermost gives the normalized paths that do not lie below another one, each once and in order.
func outermost(paths []string) (outer []string) {
	for _, p := range paths {
		if !slices.ContainsFunc(paths, func(o string) bool { return len(o) < len(p) && strings.HasPrefix(p, o+"[") }) {
			outer = append(outer, p)
		}
	}
	slices.Sort(outer)
	return slices.Compact(outer)
}
