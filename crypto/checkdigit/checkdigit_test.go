package checkdigit

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

var checks = []struct {
	name  string
	check func([]byte) bool
	good  string // separated by spaces
	bad   string
}{
	// ISO/IEC 7812-1 annex B; GSMA TS.06 example of an IMEI.
	{"Luhn", Luhn, "79927398713 490154203237518 4111111111111111 18 00", "79927398710 490154203237517 0 8 7992739871A 79927398731"},
	// The registry's examples (ISO 13616).
	{"IBAN", IBAN, "GB82WEST12345698765432 FR1420041010050500013M02606 NO9386011117947 MT84MALT011000012345MTLCAST001S gb82west12345698765432",
		"GB83WEST12345698765432 FR1420041010050500013M02607 GB8 G182WEST12345698765432 GBX2WEST12345698765432 GB82WEST1234569876543é"},
	{"LEI", LEI, "506700GE1G29325QX363 5493001KJTIIGC8Y1R12", "506700GE1G29325QX364 506700GE1G29325QX36 506700GE1G29325QX3A3"},
	{"Mod1110", Mod1110, "07945 86095742719", "0794 07946 86095742718 0 0794A A7945"},
	// ORCID's own examples.
	{"Mod112", Mod112, "0000000218250097 000000021694233X 000000021694233x", "0000000218250098 0000000216942330 X 00000002X8250097"},
	{"NIR", NIR, "295109912611193 253072B07300470 253072b07300470", "295109912611199 2951099126111 253072C07300470 25307AB07300470 253072B073004A0"},
	{"SIREN", SIREN, "732829320 356000000", "732829321 73282932 7328293200 73282932A"},
	{"SIRET", SIRET, "73282932000074 35600000000048 35600000049837 35600000009075", "73282932000075 35600000049838 73282933000073 7328293200007 A3282932000074"},
	{"FrenchVAT", FrenchVAT, "40303265045 83404833048 53000004605 K7399859412 4Z123456782", "84323140391 40303265046 K7399859413 4I123456782 O4123456782 4030326504"},
	{"GermanTaxID", GermanTaxID, "86095742719 36574261809", "36574261808 36554266806 06574261809 3657426180 11145678906"},
	{"DNI", DNI, "12345678Z 54362315K 12345678z", "12345678A 1234567Z 1234567XZ 123456781"},
	{"NIE", NIE, "X2482300W Y0000000Z z8945005b", "X2482300A A2482300W X248230WW 82482300W"},
	{"CIF", CIF, "A13585625 B64717838 J99216582 U99216632 P2807900B A1358562E", "A13585626 A1358562F P2807900A K2807900B I13585625 113585625 A135856"},
	{"CodiceFiscale", CodiceFiscale, "RCCMNL83S18D969H MRTMTT91D08F205J mrtmtt91d08f205j", "RCCMNL83S18D969 RCCMNL83S18D969I RCCMNL83S18D9691 RCCMNL83S18D96-H"},
	{"PESEL", PESEL, "44051401359 02070803628", "44051401358 4405140135 4405140135A"},
	{"BSN", BSN, "111222333 123456782", "111222334 000000000 11122233 11122233A"},
	{"BelgianNationalNumber", BelgianNationalNumber, "85073003328 17073003384", "85073003329 8507300332 8507300332A"},
	{"NHSNumber", NHSNumber, "9434765919 4505577104", "9434765918 943476591 943476591A"},
}

func TestExamples(t *testing.T) {
	for _, tt := range checks {
		for _, good := range strings.Fields(tt.good) {
			if !tt.check([]byte(good)) {
				t.Errorf("%s refuses %s", tt.name, good)
			}
		}
		for _, bad := range append(strings.Fields(tt.bad), "", " ") {
			if tt.check([]byte(bad)) {
				t.Errorf("%s takes %s", tt.name, bad)
			}
		}
	}
}

// Each of these finds every single mistyped digit: what a check digit is for. Systems that fold letters and digits into one
// class (a codice fiscale's A counts as 0) or that leave room for two centuries do not, and are not here.
func TestSingleErrors(t *testing.T) {
	exact := map[string]bool{"Luhn": true, "IBAN": true, "LEI": true, "Mod1110": true, "Mod112": true, "NIR": true, "SIREN": true,
		"GermanTaxID": true, "DNI": true, "NIE": true, "CIF": true, "PESEL": true, "BSN": true, "NHSNumber": true}
	tested := 0
	for _, tt := range checks {
		if !exact[tt.name] {
			continue
		}
		for _, good := range strings.Fields(tt.good) {
			for i := range len(good) {
				for d := byte('0'); d <= '9'; d++ {
					wrong := []byte(good)
					if !isDigit(wrong[i]) || wrong[i] == d {
						continue
					}
					wrong[i] = d
					tested++
					if tt.check(wrong) {
						t.Errorf("%s takes %s and %s", tt.name, good, wrong)
					}
				}
			}
		}
	}
	if tested < 3000 {
		t.Errorf("tested %d errors, want more than 3,000", tested)
	}
}

// As many random numbers pass as the modulus says: a check that takes or refuses too many is another check.
func TestShareThatPasses(t *testing.T) {
	tests := []struct {
		name   string
		check  func([]byte) bool
		length int
		oneIn  float64
	}{
		{"Luhn", Luhn, 16, 10}, {"Mod1110", Mod1110, 12, 10}, {"Mod112", Mod112, 16, 11}, {"LEI", LEI, 20, 97}, {"NIR", NIR, 15, 100},
		{"SIREN", SIREN, 9, 10}, {"SIRET", SIRET, 14, 100}, {"FrenchVAT", FrenchVAT, 11, 1000}, {"PESEL", PESEL, 11, 10}, {"BSN", BSN, 9, 11},
		{"BelgianNationalNumber", BelgianNationalNumber, 11, 50}, {"NHSNumber", NHSNumber, 10, 11},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range tests {
		const rounds = 200_000
		passed, s := 0, make([]byte, tt.length)
		for range rounds {
			for i := range s {
				s[i] = '0' + byte(random.IntN(10))
			}
			if tt.check(s) {
				passed++
			}
		}
		if want := rounds / tt.oneIn; float64(passed) < 0.75*want || float64(passed) > 1.25*want {
			t.Errorf("%s passes %d of %d, want one in %v", tt.name, passed, rounds, tt.oneIn)
		}
	}
}

func TestMod97(t *testing.T) {
	tests := []struct {
		parts []string
		want  int
	}{
		{[]string{"97"}, 0}, {[]string{"9", "8"}, 1}, {[]string{"A"}, 10}, {[]string{"z"}, 35}, {[]string{"WEST12345698765432", "GB82"}, 1},
		{nil, 0}, {[]string{"1 2"}, -1}, {[]string{"1", "@"}, -1}, {[]string{"["}, -1}, {[]string{"\x10"}, -1},
	}
	for _, tt := range tests {
		var parts [][]byte
		for _, p := range tt.parts {
			parts = append(parts, []byte(p))
		}
		if got := Mod97(parts...); got != tt.want {
			t.Errorf("Mod97(%q) = %d, want %d", tt.parts, got, tt.want)
		}
	}
}

func TestIBANLength(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"AD", 24}, {"FR7630006000011234567890189", 27}, {"fr", 27}, {"NO", 15}, {"RU", 33}, {"MT", 31}, {"YE", 30}, {"XK", 20},
		{"ZZ", 0}, {"AA", 0}, {"ES", 24}, {"F", 0}, {"", 0}, {"24", 0}, {"D2", 0},
	}
	for _, tt := range tests {
		if got := IBANLength([]byte(tt.in)); got != tt.want {
			t.Errorf("IBANLength(%q) = %d, want %d", tt.in, got, tt.want)
		}
	}
	found := 0
	for a := byte('A'); a <= 'Z'; a++ {
		for b := byte('A'); b <= 'Z'; b++ {
			if n := IBANLength([]byte{a, b}); n != 0 {
				found++
				if n < 15 || n > 34 {
					t.Errorf("%c%c has %d characters", a, b, n)
				}
			}
		}
	}
	if found != 89 || len(ibanLengths) != 89*4 {
		t.Errorf("found %d countries in %d entries, want 89", found, len(ibanLengths)/4)
	}
}

func TestNIRKey(t *testing.T) {
	tests := []struct {
		body string
		key  int
		ok   bool
	}{
		{"2951099126111", 93, true}, {"253072B073004", 70, true}, {"253072A073004", 43, true}, {"0000000000000", 97, true}, {"29510991261119", 0, false},
		{"253072C073004", 0, false}, {"253071A073004", 0, false}, {"2530A2B073004", 0, false}, {"", 0, false},
	}
	for _, tt := range tests {
		if key, ok := NIRKey([]byte(tt.body)); key != tt.key || ok != tt.ok {
			t.Errorf("NIRKey(%q) = %d, %v, want %d, %v", tt.body, key, ok, tt.key, tt.ok)
		}
	}
}

// Letters count alike in both cases, nothing panics, nothing is written to.
func FuzzChecks(f *testing.F) {
	for _, tt := range checks {
		for _, s := range strings.Fields(tt.good + " " + tt.bad) {
			f.Add([]byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, s []byte) {
		before := bytes.Clone(s)
		for _, tt := range checks {
			got := tt.check(s)
			if up, low := tt.check(asciiCase(s, 'a', 'z')), tt.check(asciiCase(s, 'A', 'Z')); up != got || low != got {
				t.Fatalf("%s of %q: %v, in capitals %v, in small letters %v", tt.name, s, got, up, low)
			}
			if got && (len(s) < 2 || tt.check(s[:len(s)-1]) && tt.name != "Luhn" && tt.name != "Mod1110" && tt.name != "Mod112" && tt.name != "IBAN") {
				t.Fatalf("%s takes %q, and one character less", tt.name, s)
			}
		}
		if !bytes.Equal(s, before) {
			t.Fatalf("%q became %q", before, s)
		}
	})
}

// asciiCase swaps the case of the letters from lo to hi.
func asciiCase(s []byte, lo, hi byte) []byte {
	out := bytes.Clone(s)
	for i, c := range out {
		if lo <= c && c <= hi {
			out[i] ^= 0x20
		}
	}
	return out
}

func TestNoAllocation(t *testing.T) {
	for _, tt := range checks {
		in := []byte(strings.Fields(tt.good)[0])
		if got := testing.AllocsPerRun(100, func() { tt.check(in) }); got != 0 {
			t.Errorf("%s: %v allocations, want none", tt.name, got)
		}
	}
}
