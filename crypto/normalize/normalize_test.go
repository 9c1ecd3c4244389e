package normalize

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// all gives every normalizer; phone in the regions whose parsing differs most (trunk zero, none, kept zero, carrier codes).
func all(t testing.TB) []Normalizer {
	t.Helper()
	var list []Normalizer
	for _, name := range Names() {
		regions := []string{""}
		if NeedsRegion(name) {
			regions = []string{"FR", "US", "IT", "AR", "BR", "MX", "GB", "DE"}
		}
		for _, region := range regions {
			list = append(list, mustNew(t, name, region))
		}
	}
	return list
}

func mustNew(t testing.TB, name, region string) Normalizer {
	t.Helper()
	n, err := New(name, region)
	if err != nil {
		t.Fatalf("New(%q, %q): %v", name, region, err)
	}
	return n
}

func TestNew(t *testing.T) {
	const known = "text, trimmed, email, phone, name, date, iban, card, nir, siren, siret, vat, uuid, ip"
	tests := []struct{ name, region, wantErr string }{
		{"text", "", ""},
		{"trimmed", "", ""},
		{"email", "", ""},
		{"phone", "FR", ""},
		{"phone", "RE", ""},
		{"emial", "", "unknown normalizer: did you mean email? (known: " + known + ")"},
		{"Email", "", "unknown normalizer: did you mean email? (known: " + known + ")"},
		{"trim", "", "unknown normalizer: did you mean trimmed? (known: " + known + ")"},
		{"tel", "", "unknown normalizer (known: " + known + ")"},
		{"fone", "FR", "unknown normalizer: did you mean phone? (known: " + known + ")"},
		{"hunter2", "", "unknown normalizer (known: " + known + ")"},
		{"", "", "unknown normalizer (known: " + known + ")"},
		{"phone", "", "normalizer phone needs a region: the country whose numbers are written without a country code, as FR"},
		{"phone", "fr", "unknown region: did you mean FR? (ISO 3166-1 alpha-2, in capitals)"},
		{"phone", "ZZ", "unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR"},
		{"phone", "001", "unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR"},
		{"phone", "FRA", "unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR"},
		{"ibn", "", "unknown normalizer: did you mean iban? (known: " + known + ")"},
		{"iban", "", ""},
		{"card", "", ""},
		{"iban", "FR", "normalizer iban takes no region: remove it"},
		{"email", "FR", "normalizer email takes no region: remove it"},
	}
	for _, tt := range tests {
		n, err := New(tt.name, tt.region)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.wantErr {
			t.Errorf("New(%q, %q): error %q, want %q", tt.name, tt.region, got, tt.wantErr)
		}
		if err == nil && (n.Name() != tt.name || n.Version() < 1) {
			t.Errorf("New(%q, %q) gives %s version %d", tt.name, tt.region, n.Name(), n.Version())
		}
	}
}

// checkLaws asserts what the package comment promises of one text.
func checkLaws(t *testing.T, n Normalizer, in []byte) {
	t.Helper()
	before := bytes.Clone(in)
	out, understood := n.Append(nil, in)
	if !bytes.Equal(in, before) {
		t.Fatalf("%s changed its input %q", n.Name(), before)
	}
	if !understood && !bytes.Equal(out, Trimmed(nil, in)) {
		t.Fatalf("%s did not understand %q and gave %q, want the trimmed form %q", n.Name(), in, out, Trimmed(nil, in))
	}
	again, still := n.Append(nil, out)
	if !bytes.Equal(again, out) || still != understood {
		t.Fatalf("%s is not idempotent: %q gives %q (%v), that gives %q (%v)", n.Name(), in, out, understood, again, still)
	}
	// What stands in dst stays, also where it ends with a letter that would compose with the first of the form.
	const head = "e"
	after, same := n.Append([]byte(head), in)
	if string(after) != head+string(out) || same != understood {
		t.Fatalf("%s appended to %q gives %q (%v), want %q (%v)", n.Name(), head, after, same, head+string(out), understood)
	}
}

var lawSeeds = []string{
	"", " ", "ana@example.org", " Ana.PETIT+x@Example.ORG. ", "n/a", "15", "@", "a@", "@b", "a@b@c", `"a@b"@c`, `"a b"@c`, `"@c`,
	"\u00a0ana@bücher.example\ufeff", "ANA＠EXAMPLE．ORG", "K@K", "İstanbul@İ.example", "straße@straße.example", "ẞ@ẞ.example",
	"a@xn--bcher-kva.example", "a@XN--BCHER-KVA.example", "a@xn--a", "a@xn--\u00fc", "a@exam\u00adple.org", "a@\u00ad", "a@\u3002", "a@b\u3002", "a@b｡",
	"H\u0331@h\u0331.example", " \u0308a@b", "\u0308@\u0308", "a\u200bb@c", "a@א1", "a@under_score.é", "a@b..", "a@-é-.example",
	"a" + strings.Repeat("\u0301", 40) + "@b", strings.Repeat("\u0301", 40), "\xff@\xfe", "a@\xff", "\xed\xa0\x80", "①@②",
	"06 39 98 12 34", "0033639981234", "33639981234", "639981234", "+33 (0)6.39.98.12.34", "06\u00a039\u00a098\u00a012\u00a034",
	"０６３９９８１２３４", "+٣٣٦٣٩٩٨١٢٣٤", "+0639981234", "++33639981234", "-639981234", ".639981234", "+", "()", "1-800-FLOWERS", "0639981234x12",
	"tel:+33639981234", "0639981234,12", "3.3639981234E10", "011 33 639981234", "+5491123456789", "0111523456789", "+39 06 698 12345", "0 0 0 0 0 0",
	"+3300639981234", "+54 9 9 11 2345 6789", "+52 1 55 1234 5678", "+55 0 41 11 2345 6789", strings.Repeat("1", 33), "0639981234/0639981235",
	"FR76 3000 6000 0112 3456 7890 189", "iban: fr7630006000011234567890189", "IBANIBAN", "GB82-WEST-1234-5698-7654-32", "4000 0037 0075 2666",
	"4000-0037-0075-2666", "2 53 07 2B 073 004", "253072b07300470", "732 829 320 00074", "356 000 000 49837", "FR 40 303 265 045", "GR123456789",
	"BE 403.019.261", "be0403019261", "{F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6}", "urn:uuid:f81d4fae7dec11d0a76500a0c91e6bf6", "192.0.2.1", "192.0.2.010",
	"[2001:DB8::1]", "::ffff:192.0.2.1", "fe80::1%eth0", "::", "1::2::3", "Zoë  LEFÈVRE-O’Neill", "Straße", "ΟΔΥΣΣΕΎΣ", "İSMAİL Işıl", "İ", "´", "i ̇",
	"a\u00ad́b", "ǅ", "ﬃ", "ŉ", "Ᾱͅ", "`´", "1980-01-31", "19800131", "31/01/1980", "01/02/1980", "05.05.1980", "1980-1-31T23:59:60.5+01:00", "1980-02-30",
}

func FuzzLaws(f *testing.F) {
	for _, s := range lawSeeds {
		f.Add([]byte(s))
	}
	list := all(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, n := range list {
			checkLaws(t, n, in)
		}
	})
}

// The runes that something happens to (another form under NFKC or lower case, a mark, a digit, a blank, a control) are all
// tested, the many that nothing happens to (ideographs, unassigned ones) as a sample.
func TestLawsOfEveryRune(t *testing.T) {
	list := []Normalizer{trimmed{}, newEmail(), mustNew(t, "phone", "FR"), newName(), date{}, card{}, iban{}, vat{}, uuid{}, ip{}}
	tested := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		plain := unicode.IsLetter(r) || !unicode.IsPrint(r) && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Z)
		if plain && unicode.ToLower(r) == r && norm.NFKC.IsNormalString(s) && r%64 != 0 {
			continue
		}
		tested++
		for _, in := range []string{s, "a" + s + "@" + s + "b" + s, "06399812" + s + "34"} {
			for _, n := range list {
				checkLaws(t, n, []byte(in))
			}
		}
	}
	if tested < 30_000 {
		t.Errorf("tested %d runes, want more than 30,000", tested)
	}
	t.Logf("tested %d runes", tested)
}
