package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"voile/internal/markdown"
	"voile/internal/repo"
)

var (
	inCode   = regexp.MustCompile("`([^`]+)`")
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// The table of what can break, in docs/reliability.md, names texts that the program has, and tests that there are.
func TestFaultsAreDocumented(t *testing.T) {
	program, tests := sources(t)
	for _, row := range markdown.Read(t, "docs/reliability.md").Section(t, "What can break").Table(t) {
		if len(row) != 5 || row[1] == "" || row[2] == "" || row[3] == "" {
			t.Errorf("a row is to be fault, what voile does, what it says, what to do, tests: %q", row)
			continue
		}
		for _, text := range inCode.FindAllStringSubmatch(row[2], -1) {
			for part := range strings.SplitSeq(text[1], "…") {
				if !strings.Contains(program, strings.Trim(part, "/ ")) {
					t.Errorf("%s: the program nowhere says %q", row[0], text[1])
				}
			}
		}
		named := inCode.FindAllStringSubmatch(row[4], -1)
		if len(named) == 0 {
			t.Errorf("%s: no test is named", row[0])
		}
		for _, name := range named {
			if strings.HasPrefix(name[1], "Test") && !tests[name[1]] {
				t.Errorf("%s: there is no test %s", row[0], name[1])
			}
		}
	}
}

// sources gives the text of the program, and the names of all tests.
func sources(t *testing.T) (program string, tests map[string]bool) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	tests = map[string]bool{}
	for _, dir := range []string{"cmd/voile", "pipeline"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" {
				return err
			}
			data, err := os.ReadFile(path)
			if !strings.HasSuffix(path, "_test.go") {
				text.Write(data)
				return err
			}
			for _, name := range testFunc.FindAllSubmatch(data, -1) {
				tests[string(name[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return text.String(), tests
}
