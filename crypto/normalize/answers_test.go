package normalize

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An answer is one line of testdata/<normalizer>.v<version>.jsonl.
type answer struct {
	Region     string `json:"region"`
	In         string `json:"in"`
	Out        string `json:"out"`
	Understood bool   `json:"understood"`
}

const changed = `%s.v%d answers %q (region %q) with %q, understood %v; frozen: %q, %v.
Tokens would silently change. Undo it, or give %s a new version with its own file of answers, and say in the changelog what operators have to do.`

// The answers are a promise to everybody who has stored a token: lines are added, never changed.
func TestKnownAnswers(t *testing.T) {
	want := map[string]bool{}
	for _, n := range all(t) {
		file := fmt.Sprintf("testdata/%s.v%d.jsonl", n.Name(), n.Version())
		if want[file] {
			continue
		}
		want[file] = true
		answers := loadAnswers(t, file)
		seen := map[bool]int{}
		for _, a := range answers {
			out, understood := mustNew(t, n.Name(), a.Region).Append(nil, []byte(a.In))
			if string(out) != a.Out || understood != a.Understood {
				t.Errorf(changed, n.Name(), n.Version(), a.In, a.Region, out, understood, a.Out, a.Understood, n.Name())
			}
			seen[understood]++
		}
		t.Logf("%s: %d answers, %d understood", file, len(answers), seen[true])
	}
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) != len(want) {
		t.Errorf("testdata holds %d files of answers for %d normalizers (%v): %s", len(files), len(want), err, files)
	}
}

func loadAnswers(t *testing.T, file string) []answer {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("no frozen answers: %v", err)
	}
	var answers []answer
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var a answer
		line := json.NewDecoder(strings.NewReader(lines.Text()))
		line.DisallowUnknownFields()
		if err := line.Decode(&a); err != nil {
			t.Fatalf("%s:%d: %v", file, len(answers)+1, err)
		}
		answers = append(answers, a)
	}
	if len(answers) < 5 {
		t.Fatalf("%s holds %d answers, want at least 5", file, len(answers))
	}
	return answers
}
