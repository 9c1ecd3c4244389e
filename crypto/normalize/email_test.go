package normalize

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// Where the plain way answers, it answers as the way for every text does.
func FuzzPlainEmail(f *testing.F) {
	for _, s := range lawSeeds {
		f.Add([]byte(s))
	}
	e := newEmail()
	f.Fuzz(func(t *testing.T, in []byte) {
		in = ascii(in) // the plain way is for ASCII alone: spend the time there
		got, understood, ok := appendPlainEmail(nil, in)
		if !ok {
			if !bytes.Contains(bytes.ToLower(in), punycodePrefix) {
				t.Fatalf("%q is ASCII without Punycode and was left to the slow way", in)
			}
			return
		}
		want, wantUnderstood := e.appendAny(nil, in)
		if !bytes.Equal(got, want) || understood != wantUnderstood {
			t.Fatalf("%q gives %q (%v), the slow way %q (%v)", in, got, understood, want, wantUnderstood)
		}
	})
}

// The plain way asks no IDNA: what IDNA would say of an ASCII domain in lower case without Punycode is that domain, or no.
func FuzzPlainDomain(f *testing.F) {
	for _, s := range []string{"example.org", "under_score.example", "-.example", "a..b", "[192.0.2.1]", strings.Repeat("a", 70) + ".example", "r3---sn.example"} {
		f.Add([]byte(s))
	}
	e := newEmail()
	f.Fuzz(func(t *testing.T, in []byte) {
		domain := strings.TrimRight(strings.ToLower(string(ascii(in))), ".")
		if strings.Contains(domain, string(punycodePrefix)) {
			return
		}
		if ascii, err := e.domains.ToASCII(domain); err == nil && ascii != domain {
			t.Fatalf("IDNA changes %q to %q", domain, ascii)
		}
	})
}

// ascii gives a copy without the eighth bits.
func ascii(in []byte) []byte {
	out := bytes.Clone(in)
	for i := range out {
		out[i] &= 0x7F
	}
	return out
}

func TestPlainWaysDoNotAllocate(t *testing.T) {
	dst := make([]byte, 0, 256)
	tests := []struct{ name, in string }{
		{"text", "crm-970183715"},
		{"text", "Zoë"},
		{"trimmed", " crm-970183715 "},
		{"trimmed", "\u00a0Zoë\u00a0"}, // already NFC
		{"email", " Ana.PETIT+x@Example.ORG. "},
		{"email", "n/a"},
		{"email", "ana petit@example.org"},
		{"name", " Zoë  LEFÈVRE-O’Neill "},
		{"name", "ريم العلاني"},
		{"date", "1980-01-31T00:00:00Z"},
		{"date", "01/02/1980"},
		{"iban", "fr76 3000 6000 0112 3456 7890 189"},
		{"iban", "n/a"},
		{"card", "4000 0037 0075 2666"},
		{"nir", "2 53 07 2b 073 004"},
		{"siren", "732 829 320"},
		{"siret", "732 829 320 00074"},
		{"vat", "BE 403.019.261"},
		{"uuid", "{F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6}"},
		{"ip", "198.18.1.189"},
		{"ip", "fe80::1:20a%eth0"},
		{"ip", "unknown"},
	}
	for _, tt := range tests {
		n, in := mustNew(t, tt.name, ""), []byte(tt.in)
		if got := testing.AllocsPerRun(100, func() { n.Append(dst, in) }); got != 0 {
			t.Errorf("%s of %q: %v allocations, want none", tt.name, tt.in, got)
		}
	}
	phone := mustNew(t, "phone", "FR")
	for _, text := range []string{"n/a", "0639981234 x12", "", "06 39 98 12 34", "+33639981234", "0033639981234", "33639981234", "+4915112345678", "+1 212 555 0123", "15", "+999"} {
		in := []byte(text)
		if got := testing.AllocsPerRun(100, func() { phone.Append(dst, in) }); got != 0 {
			t.Errorf("phone of %q: %v allocations, want none", in, got)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	type test struct{ name, form, region, in string }
	tests := []test{
		{"text", "usual", "", "crm-970183715"},
		{"trimmed", "ascii", "", " crm-970183715 "},
		{"trimmed", "unicode", "", "\u00a0Zoë Lefèvre\u00a0"},
		{"email", "ascii", "", " Ana.PETIT12@EXAMPLE.ORG "},
		{"email", "unicode", "", "Zoë.Lefèvre@example.org"},
		{"email", "idn", "", "ana.petit12@Bücher.example"},
		{"phone", "e164", "FR", "+33639981234"},
		{"phone", "national", "FR", "06 39 98 12 34"},
		{"phone", "integer", "FR", "33639981234"},
		{"phone", "none", "FR", "n/a"},
		{"phone", "foreign", "FR", "+4915112345678"},
		{"phone", "US", "US", "(212) 555-0123"},
		{"phone", "AR", "AR", "011 15-2345-6789"}, // an expression decides
		{"name", "ascii", "", "Mauricette SANCHEZ"},
		{"name", "latin", "", "Félicité LEFÈVRE-O’Neill"},
		{"name", "arabic", "", "ريم العلاني"},
		{"name", "marks", "", "Zoe\u0308 Lefe\u0300vre"},
		{"date", "usual", "", "1980-01-31"},
		{"iban", "usual", "", "FR76 3000 6000 0112 3456 7890 189"},
		{"card", "usual", "", "4000 0037 0075 2666"},
		{"nir", "usual", "", "253072B07300470"},
		{"siren", "usual", "", "732 829 320"},
		{"siret", "usual", "", "732 829 320 00074"},
		{"vat", "usual", "", "FR40303265045"},
		{"uuid", "usual", "", "C5BFF56D-714D-4474-8712-52F2AEBA67E5"},
		{"ip", "v4", "", "198.18.1.189"},
		{"ip", "v6", "", "2001:db8:0:0:1::1"},
	}
	for _, name := range Names() {
		if !slices.ContainsFunc(tests, func(tt test) bool { return tt.name == name }) {
			b.Errorf("%s is not measured", name)
		}
	}
	for _, tt := range tests {
		b.Run("normalizer="+tt.name+"/form="+tt.form, func(b *testing.B) {
			n, in, dst := mustNew(b, tt.name, tt.region), []byte(tt.in), make([]byte, 0, 256)
			b.ReportAllocs()
			for b.Loop() {
				n.Append(dst, in)
			}
		})
	}
}
