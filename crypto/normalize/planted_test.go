package normalize

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"voile/internal/repo"
)

type planted struct{ Class, Raw, Canonical string }

// The normalizer of each class of planted values. The sets also have classes that only text serves.
var ofClass = map[string]string{
	"email": "email", "phone": "phone", "full_name": "name", "first_name": "name", "last_name": "name", "ip": "ip", "birth_date": "date", "iban": "iban",
	"card": "card", "nir": "nir", "device_id": "uuid", "anonymous_id": "uuid", "advertising_id": "uuid",
}

// All spellings of one person's value in the shared events come to one form, and two values never do. Most forms are
// the canonical ones; those that are another spelling of it (a UUID in small letters) must be one for one.
func TestPlantedValues(t *testing.T) {
	normalizers := map[string]Normalizer{}
	for class, name := range ofClass {
		region := ""
		if NeedsRegion(name) {
			region = "FR"
		}
		normalizers[class] = mustNew(t, name, region)
	}
	spellings, forms, values := map[string]int{}, map[string]map[string]string{}, map[string]map[string]string{}
	for _, p := range loadPlanted(t) {
		n, ok := normalizers[p.Class]
		if !ok {
			continue
		}
		if forms[p.Class] == nil {
			forms[p.Class], values[p.Class] = map[string]string{}, map[string]string{}
		}
		out, understood := n.Append(nil, []byte(p.Raw))
		if !understood || string(out) != p.Canonical && !strings.EqualFold(string(out), p.Canonical) {
			t.Errorf("%s: %q gives %q (understood %v), want %q", p.Class, p.Raw, out, understood, p.Canonical)
		}
		if form, ok := forms[p.Class][p.Canonical]; ok && form != string(out) {
			t.Errorf("%s: %q has the forms %q and %q", p.Class, p.Canonical, form, out)
		}
		if value, ok := values[p.Class][string(out)]; ok && value != p.Canonical {
			t.Errorf("%s: %q and %q have one form, %q", p.Class, value, p.Canonical, out)
		}
		forms[p.Class][p.Canonical], values[p.Class][string(out)] = string(out), p.Canonical
		spellings[p.Class]++
	}
	want := map[string]int{"email": 5580, "phone": 2755, "full_name": 1395, "first_name": 658, "last_name": 862, "ip": 1661, "birth_date": 395, "iban": 174,
		"card": 111, "nir": 72, "device_id": 936, "anonymous_id": 1236, "advertising_id": 343}
	if !maps.Equal(spellings, want) {
		t.Errorf("the set plants %v, want %v", spellings, want)
	}
	for class, n := range spellings {
		t.Logf("%s: %d values, %d different", class, n, len(forms[class]))
	}
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
