package detect

import (
	"bytes"
	"maps"
	"testing"

	"voile/internal/leaktest"
	"voile/internal/repo"
)

// The kinds that a planted value of a class may be. Names, streets, birth dates and ids of our own have no detector.
var ofClass = map[string][]Kind{
	"email": {Email}, "phone": {Phone}, "ip": {IPv4, IPv6}, "iban": {IBAN}, "card": {Card}, "nir": {NIR},
	"device_id": {UUID, AdvertisingID}, "anonymous_id": {UUID, AdvertisingID}, "advertising_id": {AdvertisingID, UUID},
}

// Every planted value of the detectors' classes is found, alone and inside sentences.
func TestPlantedValues(t *testing.T) {
	all := mustNew(t, "FR", Kinds()...)
	whole, inside := map[string]int{}, map[string]int{}
	for _, e := range leaktest.Read(t, repo.Shared(t, leaktest.Dev)) {
		for _, p := range e.Truth.Planted {
			for _, contained := range p.Contains {
				if len(ofClass[contained[0]]) > 0 {
					inside[contained[0]]++
					if !covers(all, p.Raw, contained[1]) {
						t.Errorf("%s: a %s is not found in the sentence %q", p.Where, contained[0], p.Raw)
					}
				}
			}
			kinds := ofClass[p.Class]
			if len(kinds) == 0 {
				continue
			}
			whole[p.Class]++
			if got, ok := all.Whole([]byte(p.Raw)); !ok || got != kinds[0] && got != kinds[len(kinds)-1] {
				t.Errorf("%s: the %s %q is %q (%v)", p.Where, p.Class, p.Raw, got, ok)
			}
		}
	}
	want := map[string]int{"email": 5580, "phone": 2755, "ip": 1661, "iban": 174, "card": 111, "nir": 72, "device_id": 936, "anonymous_id": 1236, "advertising_id": 343}
	if !maps.Equal(whole, want) || inside["email"] < 100 || inside["phone"] < 100 {
		t.Errorf("%v values and %v inside sentences were looked for", whole, inside)
	}
	t.Logf("found: %v values, and %v inside sentences", whole, inside)
}

// covers says whether something that is found in text covers value, in whatever case.
func covers(s *Set, text, value string) bool {
	start := bytes.Index(bytes.ToLower([]byte(text)), bytes.ToLower([]byte(value)))
	for _, m := range s.Find(nil, []byte(text)) {
		if start >= 0 && m.Start <= start && m.End >= start+len(value) {
			return true
		}
	}
	return false
}
