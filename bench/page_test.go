package bench

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/bench/report"
)

// publish writes the tables of a benchmark into its section of docs/performance.md, and the plots beside the page.
func publish(root string, results *report.Results) error {
	section := results.Section()
	path := filepath.Join(root, "docs", "performance.md")
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := report.Replace(string(page), section, results.Fragment("performance/"+section+"-"))
	if err != nil {
		return fmt.Errorf("docs/performance.md: %w", err)
	}
	folder := filepath.Join(root, "docs", "performance")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, p := range results.Plots() {
		if err := os.WriteFile(filepath.Join(folder, section+"-"+p.Name+".svg"), []byte(p.SVG), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// publishKept publishes the results that earlier benchmarks left in dist/bench, whatever they are worth: somebody asked for it.
func publishKept(t *testing.T, root string) {
	t.Helper()
	found := false
	for _, section := range report.Sections {
		path := filepath.Join(root, "dist", "bench", section, "results.json")
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		results := earlier(t, path)
		if got := results.Section(); got != section {
			t.Fatalf("%s is of the section %q", path, got)
		}
		if err := publish(root, results); err != nil {
			t.Fatal(err)
		}
		found = true
		fmt.Printf("docs/performance.md has %s's results of %s, commit %s.\n", section, results.Began.Format("2006-01-02 15:04"), results.Commit)
	}
	if !found {
		t.Fatalf("no results in dist/bench/{%s}: make bench-full, and the like", strings.Join(report.Sections, ","))
	}
}

// What a form has where nobody says how much; with less its results are not for the page.
var usual = map[string]int{"short": 200_000, "full": 1_000_000, "latency": 200_000, "scale": 600_000, "zipf": 1_000_000}

const usualRounds = 3

// unfit says why results are not for the page: "" where they are. set are the flags that were given.
func unfit(results *report.Results, set []string) string {
	set = slices.DeleteFunc(slices.Clone(set), func(name string) bool {
		return strings.HasPrefix(name, "test.") || slices.Contains([]string{"form", "out", "against", "write-docs", "records", "rounds"}, name)
	})
	switch {
	case results.Section() == "":
		return "this form has no section there"
	case len(set) > 0:
		return "-" + strings.Join(set, ", -") + " was given"
	case results.Load.Records < usual[results.Form] || results.Load.Rounds < usualRounds:
		return "fewer records or rounds than usual"
	case results.Busy():
		return "the machine was busy"
	}
	return ""
}

// given are the names of the flags that were given.
func given() (names []string) {
	flag.Visit(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// TestUnfit: only a whole benchmark on a quiet machine gets onto the page.
func TestUnfit(t *testing.T) {
	for _, test := range []struct {
		form            string
		records, rounds int
		load            float64
		set             []string
		want            string
	}{
		{"full", 1_000_000, 3, 0.4, []string{"form", "test.v", "rounds"}, ""},
		{"latency", 300_000, 5, 0.4, []string{"records", "write-docs"}, ""},
		{"short", 200_000, 3, 0.4, nil, "this form has no section there"},
		{"full", 1_000_000, 3, 0.4, []string{"only", "rounds", "profile"}, "-only, -profile was given"},
		{"full", 999_999, 3, 0.4, nil, "fewer records or rounds than usual"},
		{"full", 1_000_000, 2, 0.4, nil, "fewer records or rounds than usual"},
		{"scale", 600_000, 3, 1.6, nil, "the machine was busy"},
	} {
		results := &report.Results{Form: test.form, LoadBegin: test.load, Machine: report.Machine{Cores: 2},
			Load: report.Load{Records: test.records, Rounds: test.rounds}}
		if got := unfit(results, test.set); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

// TestPage: the page has the sections, and publishing changes nothing else of it.
func TestPage(t *testing.T) {
	page := read(t, filepath.Join("..", "docs", "performance.md"))
	root := t.TempDir()
	path := filepath.Join(root, "docs", "performance.md")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, section := range report.Sections {
		r := &report.Results{Form: section, Load: report.Load{Zipf: section == report.FormZipf}, Commit: "of " + section,
			Contenders: []report.Contender{{Name: report.Six}}, Runs: []report.Run{{Contender: report.Six, CPUMicros: 1}},
			Latencies: []report.Latency{{Contender: report.Six, P99BySecond: []float64{1}}}}
		if len(r.Plots()) == 0 {
			t.Fatalf("%s has no plot", section)
		}
		if err := publish(root, r); err != nil {
			t.Fatal(err)
		}
		want, err := report.Replace(page, section, r.Fragment("performance/"+section+"-"))
		if err != nil {
			t.Fatal(err)
		}
		if page = read(t, path); page != want {
			t.Fatalf("%s: the page is\n%s", section, page)
		}
		for _, p := range r.Plots() {
			if svg := read(t, filepath.Join(root, "docs", "performance", section+"-"+p.Name+".svg")); svg != p.SVG {
				t.Errorf("%s: the plot is\n%s", section, svg)
			}
		}
	}
}
