package jsonpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/internal/repo"
)

// TestCompliance runs the compliance suite of RFC 9535. Every case that uses our selectors only selects the paths it should;
// all others are refused.
func TestCompliance(t *testing.T) {
	const wantSelected, wantInvalid, wantUnsupported = 147, 247, 309
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
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber()
	if err := numbers.Decode(&suite); err != nil {
		t.Fatal(err)
	}
	selected, invalid, unsupported := 0, 0, 0
	for _, test := range suite.Tests {
		p, err := Parse(test.Selector)
		if err != nil {
			if test.Invalid {
				invalid++
				continue
			}
			unsupported++
			var wrong *SyntaxError
			if errors.As(err, &wrong); !strings.HasSuffix(wrong.Hint, "not supported yet") {
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
		got := selectAll(t, a, a.Root(), "$", test.Document, nil)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s selects %q, want %q", test.Name, test.Selector, got, want)
		}
	}
	if selected != wantSelected || invalid != wantInvalid || unsupported != wantUnsupported {
		t.Errorf("%d cases selected, %d invalid and %d unsupported ones refused, want %d, %d and %d",
			selected, invalid, unsupported, wantSelected, wantInvalid, wantUnsupported)
	}
	t.Logf("%d of the %d valid cases are supported and select what they should; all %d invalid ones are refused",
		selected, selected+unsupported, invalid)
	told := fmt.Sprintf("%d of the %d valid cases of its compliance suite, each of which selects what it should. The %d invalid ones",
		selected, selected+unsupported, invalid)
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.ReadFile(filepath.Join(root, "docs/design.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(strings.Fields(string(docs)), " "), told) {
		t.Errorf("docs/design.md does not say %q", told)
	}
}

// selectAll gives the normalized paths (RFC 9535 §2.7) of all values that a selects.
func selectAll(t *testing.T, a *Automaton, e Edge, path string, v any, got []string) []string {
	if e.Accept != 0 {
		got = append(got, path)
	}
	step := func(sel selector, v any) {
		s := e.Next
		if look := a.Look(s); look != nil {
			var ok bool
			if s, ok = a.Filtered(s, hits(look, 0, v, nil)); !ok {
				t.Fatal("ambiguous without duplicates")
			}
		}
		e := a.Member(s, []byte(sel.name))
		if sel.kind == byIndex {
			e = a.Element(s, int(sel.index))
		}
		var b strings.Builder
		sel.write(&b)
		got = selectAll(t, a, e, path+"["+b.String()+"]", v, got)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, v := range v {
			step(selector{name: name}, v)
		}
	case []any:
		for i, v := range v {
			step(selector{kind: byIndex, index: int64(i)}, v)
		}
	}
	return got
}

// hits follows a look into a value.
func hits(l *Look, at Node, v any, found []Hit) []Hit {
	if at == Nowhere {
		return found
	}
	switch v := v.(type) {
	case map[string]any:
		for name, v := range v {
			found = hits(l, l.Member(at, []byte(name)), v, found)
		}
	case []any:
		for i, v := range v {
			found = hits(l, l.Element(at, i), v, found)
		}
	case string:
		found = l.Text(found, at, []byte(v))
	default:
		text, _ := json.Marshal(v)
		found = l.Other(found, at, text)
	}
	return found
}
