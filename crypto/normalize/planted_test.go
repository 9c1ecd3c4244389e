package normalize

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

type planted struct{ Class, Raw, Canonical string }

// All spellings of one person's e-mail or phone in the shared events come to one form, and that is the canonical one.
func TestPlantedValues(t *testing.T) {
	normalizers := map[string]Normalizer{"email": mustNew(t, "email", ""), "phone": mustNew(t, "phone", "FR")}
	spellings, people := map[string]int{}, map[string]map[string]bool{"email": {}, "phone": {}}
	for _, p := range loadPlanted(t) {
		n, ok := normalizers[p.Class]
		if !ok {
			continue
		}
		out, understood := n.Append(nil, []byte(p.Raw))
		if !understood || string(out) != p.Canonical {
			t.Errorf("%s: %q gives %q (understood %v), want %q", p.Class, p.Raw, out, understood, p.Canonical)
		}
		spellings[p.Class]++
		people[p.Class][p.Canonical] = true
	}
	if spellings["email"] != 5580 || spellings["phone"] != 2755 {
		t.Errorf("the set plants %d e-mails and %d phones, want 5580 and 2755", spellings["email"], spellings["phone"])
	}
	t.Logf("%d e-mails of %d people, %d phones of %d people", spellings["email"], len(people["email"]), spellings["phone"], len(people["phone"]))
}

func loadPlanted(t *testing.T) []planted {
	t.Helper()
	file := filepath.Join(sharedDir(t), "data", "events-dev.jsonl.gz")
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("SKIPPED: no shared data at %s (VOILE_SHARED names its folder)", file)
	}
	if err != nil {
		t.Fatalf("shared data: %v", err)
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []planted
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event struct{ Truth struct{ Planted []planted } }
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			t.Fatal(err)
		}
		all = append(all, event.Truth.Planted...)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// sharedDir is $VOILE_SHARED, or the folder `shared` beside the repository.
func sharedDir(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("VOILE_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared")
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("no go.mod above the test")
	}
}
