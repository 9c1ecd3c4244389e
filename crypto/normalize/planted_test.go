package normalize

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"

	"voile/internal/repo"
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
	f, err := os.Open(repo.Shared(t, "data/events-dev.jsonl.gz"))
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
