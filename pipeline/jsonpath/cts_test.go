package jsonpath

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"voile/internal/repo"
)

// TestCompliance runs the compliance suite of RFC 9535. Every case that uses our selectors only selects the paths it should;
// all others are refused.
func TestCompliance(t *testing.T) {
	const wantSelected, wantRefused = 104, 599
	var suite struct {
		Tests []struct {
			Name, Selector string
			Document       any
			Paths          []string   `json:"result_paths"`
			AnyPaths       [][]string `json:"results_paths"`
			Invalid        bool       `json:"invalid_selector"`
		}
	}
	text, err := os.ReadFile(repo.Shared(t, "data/jsonpath-cts/cts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	selected, refused := 0, 0
	for _, test := range suite.Tests {
		p, err := Parse(test.Selector)
		if err != nil {
			refused++
			var wrong *SyntaxError
			if errors.As(err, &wrong); !test.Invalid && !strings.HasSuffix(wrong.Hint, "not supported yet") {
				t.Errorf("%s: %s is refused without need: %v", test.Name, test.Selector, err)
			}
			continue
		}
		selected++
		if test.Invalid {
			t.Errorf("%s: %s is read as %s, want it refused", test.Name, test.Selector, p)
			continue
		}
		want := test.Paths
		if test.AnyPaths != nil {
			want = test.AnyPaths[0] // they differ in order
		}
		want = slices.Clone(want)
		slices.Sort(want)
		want = slices.Compact(want)
		a, err := Compile([]Selection{{Path: p}})
		if err != nil {
			t.Fatal(err)
		}
		got := selectAll(a, a.Root(), "$", test.Document, nil)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s selects %q, want %q", test.Name, test.Selector, got, want)
		}
	}
	if selected != wantSelected || refused != wantRefused {
		t.Errorf("%d cases selected and %d refused, want %d and %d", selected, refused, wantSelected, wantRefused)
	}
	t.Logf("%d cases select what they should, %d are refused", selected, refused)
}

// selectAll gives the normalized paths (RFC 9535 §2.7) of all values that a selects.
func selectAll(a *Automaton, e Edge, path string, v any, got []string) []string {
	if e.Accept != 0 {
		got = append(got, path)
	}
	step := func(s selector, e Edge, v any) {
		var b strings.Builder
		s.write(&b)
		got = selectAll(a, e, path+"["+b.String()+"]", v, got)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, v := range v {
			step(selector{name: name}, a.Member(e.Next, []byte(name)), v)
		}
	case []any:
		for i, v := range v {
			step(selector{kind: byIndex, index: int64(i)}, a.Element(e.Next, i), v)
		}
	}
	return got
}
