package detect

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"voile/internal/repo"
)

// A rate is how often a detector is wrong.
type rate struct {
	kind   Kind
	what   string  // as the documentation says it
	most   float64 // the highest share of untouched texts that is accepted
	layout layout  // of random numbers, which have no zero in front: 9 a digit, A a capital, X either; "" where the form is no number
}

// The order is the catalog's.
var rates = []rate{
	{JWT, "JSON Web Token: header with `alg`, claims, signature", 0, ""},
	{Email, "e-mail address, also in Unicode, in quotes, percent-encoded", 0, ""},
	{AdvertisingID, "advertising id in Apple's form: UUID of version 4 in capitals", 0, ""},
	{UUID, "UUID of versions 1 to 8", 0.02, ""},
	{IBAN, "bank account: country, its structure, mod 97", 0, "FR999999999999XXXXXXXXXXX99"},
	{VAT, "VAT number of the EU and Britain: prefix, structure, check digits", 0, "FR99999999999"},
	{ITFiscalCode, "Italian codice fiscale: structure, day, check letter", 0, "AAAAAA99A99A999A"},
	{NIR, "French social security number: structure, mod 97", 0, "999999999999999"},
	{MAC, "address of a network interface", 0, ""},
	{IPv6, "IPv6 address", 0, ""},
	{IPv4, "IPv4 address", 0, ""},
	{Geo, "latitude and longitude in one text, four decimals or more", 0, ""},
	{Card, "payment card: issuer's range and length, Luhn", 0, "9999999999999999"},
	{Phone, "phone number: international, or the region's written form", 0, "99999999999"},
	{SIRET, "French establishment: Luhn twice, no date and time", 0, "99999999999999"},
	{BENational, "Belgian national or bis number: day, mod 97", 0, "99999999999"},
	{DETaxID, "German tax id: mod 11,10, repeated digits", 0, "99999999999"},
	{PLPESEL, "Polish PESEL: day, check digit", 0, "99999999999"},
	{ESDNI, "Spanish DNI, NIE: mod 23", 0, "99999999A"},
	{UKNINO, "British National Insurance number: structure", 0, "AA999999A"},
	{USSSN, "social security number of the US: structure, separators", 0, "999-99-9999"},
	{IMEI, "mobile equipment: reporting body, Luhn", 0, "999999999999999"},
	{SIREN, "French company: Luhn", 0, "999999999"},
	{NLBSN, "Dutch BSN: eleven test", 0, "999999999"},
	{UKNHS, "British NHS number: mod 11", 0, "9999999999"},
}

// weakFrom is the share of random numbers of its form from which on a kind of digits is weak; a card is not (see there). A
// kind with letters is weak where it has no check character.
const weakFrom = 1.0 / 75

// How often each detector, asked alone, is wrong on texts of real events that hold none, and on random numbers of the same
// form; docs/detectors.md has just these figures.
func TestFalsePositives(t *testing.T) {
	texts := untouched(t)
	if len(texts) < 40_000 {
		t.Fatalf("%d untouched texts, want 40,000 at least", len(texts))
	}
	if len(rates) != len(Kinds()) {
		t.Fatalf("%d rates for %d kinds", len(rates), len(Kinds()))
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| kind | what is looked at | alone | false in %d,%03d texts | of random numbers of its form |\n|---|---|---|---|---|\n", len(texts)/1000, len(texts)%1000)
	for i, r := range rates {
		if Kinds()[i] != r.kind {
			t.Fatalf("rate %d is that of %s, want %s", i, r.kind, Kinds()[i])
		}
		s, found := mustNew(t, "FR", r.kind), 0
		for _, text := range texts {
			if len(s.Find(nil, []byte(text))) > 0 {
				found++
			}
		}
		share := float64(found) / float64(len(texts))
		if share > r.most {
			t.Errorf("%s is found in %d untouched texts (%.4f), want %.4f at most", r.kind, found, share, r.most)
		}
		chance, random := r.random(s)
		if r.layout != "" && !strings.Contains(string(r.layout), "A") && r.kind != Card && r.kind.Weak() != (chance > weakFrom) {
			t.Errorf("%s: %.4f of random numbers pass, weak %v", r.kind, chance, r.kind.Weak())
		}
		alone := "a finding"
		if r.kind.Weak() {
			alone = "weak"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", r.kind, r.what, alone, percent(found, share), random)
	}
	t.Logf("\n%s", &table)
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "detectors.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), table.String()) {
		t.Errorf("docs/detectors.md has another table; this is the measured one:\n%s", &table)
	}
}

// random gives the share of random numbers of the layout that are taken, and how the documentation says it.
func (r rate) random(s *Set) (share float64, text string) {
	if r.layout == "" {
		return 0, "–"
	}
	const n = 100_000
	source, found := rand.New(rand.NewPCG(7, 11)), 0
	number := make([]byte, len(r.layout))
	for range n {
		for i := range r.layout {
			number[i] = r.layout[i]
			switch c := r.layout[i]; {
			case c == '9' && i == 0:
				number[i] = '1' + byte(source.IntN(9))
			case c == '9', c == 'X' && source.IntN(36) < 10:
				number[i] = '0' + byte(source.IntN(10))
			case c == 'A', c == 'X':
				number[i] = 'A' + byte(source.IntN(26))
			}
		}
		if _, whole := s.Whole(number); whole {
			found++
		}
	}
	share = float64(found) / n
	if share > 0.1 {
		return share, fmt.Sprintf("%.0f %% (`%s`)", 100*share, r.layout)
	}
	if found == 0 {
		return 0, fmt.Sprintf("0 of %d (`%s`)", n, r.layout)
	}
	return share, fmt.Sprintf("1 in %.0f (`%s`)", 1/share, r.layout)
}

func percent(found int, share float64) string {
	if found == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%.2f %%)", found, share*100)
}
