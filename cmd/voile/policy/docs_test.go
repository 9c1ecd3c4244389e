package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"voile/internal/markdown"
	"voile/internal/repo"
)

// docs/policy-tests.md has each setting and each wording, and none that is not there.
func TestDocumentation(t *testing.T) {
	doc := markdown.Read(t, "docs/policy-tests.md")
	for _, section := range []struct {
		heading string
		want    []string
	}{
		{"The file", fileSettings},
		{"A case", caseSettings},
		{"What can be expected", wordings},
	} {
		var have []string
		for _, row := range doc.Section(t, section.heading).Table(t) {
			code, _ := markdown.Code(row[0])
			have = append(have, code)
		}
		if !slices.Equal(have, section.want) {
			t.Errorf("%s: have %q, want %q", section.heading, have, section.want)
		}
	}
	for _, row := range doc.Section(t, "Places").Table(t) {
		code, _ := markdown.Code(row[0])
		if _, err := parseSelector(code); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
	steps := doc.Section(t, "Places").Text()
	for _, name := range decoders {
		if !strings.Contains(steps, "`"+name+"`") {
			t.Errorf("the step %s is not described", name)
		}
	}
	for _, block := range doc.Blocks("yaml") {
		if _, err := Read("policy-tests.md", []byte(block), nil); err != nil {
			t.Error(err)
		}
	}
}

// Every wording is one that is read, with something in place of its capital words.
func TestWordings(t *testing.T) {
	for _, w := range wordings {
		if _, err := parseWording(strings.NewReplacer("DOMAIN", "d", "PLACE", "$.a", "CASE", "c").Replace(w)); err != nil {
			t.Errorf("%s: %v", w, err)
		}
	}
}

// Each file of tests in docs/examples/tests is about a configuration that is there.
func TestExamplesNameConfigurations(t *testing.T) {
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(root, "docs/examples/tests/*.yaml"))
	if err != nil || len(names) < 2 {
		t.Fatalf("%d files (%v)", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(name, data, os.ReadFile)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), f.Config)); err != nil {
			t.Error(err)
		}
	}
}
