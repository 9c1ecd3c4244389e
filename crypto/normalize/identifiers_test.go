package normalize

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// What stands between the characters of an identifier, and their case, does not count.
func TestSpellingsOfOneIdentifier(t *testing.T) {
	tests := []struct{ name, form, separators string }{
		{"iban", "FR7630006000011234567890189", " -"},
		{"iban", "MT84MALT011000012345MTLCAST001S", " -"},
		{"card", "4000003700752666", " -"},
		{"nir", "253072B07300470", " -."},
		{"siren", "732829320", " -."},
		{"siret", "73282932000074", " -."},
		{"vat", "FRK7399859412", " -."},
		{"vat", "BE0403019261", " -."},
	}
	for _, tt := range tests {
		n := mustNew(t, tt.name, "")
		for _, group := range []int{1, 2, 3, 4, 5} {
			for _, separator := range strings.Split(tt.separators+"\u00a0\u202f\u2011", "") {
				var spelled strings.Builder
				for i, c := range tt.form {
					if i > 0 && i%group == 0 {
						spelled.WriteString(separator)
					}
					spelled.WriteRune(c)
				}
				for _, in := range []string{spelled.String(), strings.ToLower(spelled.String()), "\t" + spelled.String() + "\ufeff", fullWidth(tt.form)} {
					if out, understood := n.Append(nil, []byte(in)); string(out) != tt.form || !understood {
						t.Errorf("%s: %q gives %q (understood %v), want %q", tt.name, in, out, understood, tt.form)
					}
				}
			}
		}
	}
}

// A mistyped digit is not another account's, person's or company's number.
func TestMistypedIdentifiers(t *testing.T) {
	for name, form := range map[string]string{"iban": "FR7630006000011234567890189", "nir": "295109912611193", "siren": "732829320", "siret": "73282932000074", "vat": "FR40303265045"} {
		n := mustNew(t, name, "")
		for i := range form {
			for d := byte('0'); d <= '9'; d++ {
				wrong := []byte(form)
				if wrong[i] < '0' || wrong[i] > '9' || wrong[i] == d {
					continue
				}
				wrong[i] = d
				if out, understood := n.Append(nil, wrong); understood || !bytes.Equal(out, wrong) {
					t.Errorf("%s: %q gives %q, understood", name, wrong, out)
				}
			}
		}
	}
}

// Every day has its spellings, and what the calendar does not have has none.
func TestEveryDay(t *testing.T) {
	n := date{}
	for day := time.Date(1896, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2030; day = day.AddDate(0, 0, 1) {
		want := day.Format(time.DateOnly)
		for _, layout := range []string{time.DateOnly, "20060102", "2006/1/2", "2006.01.02", time.RFC3339, time.DateTime, "2006-01-02T15:04:05.000-0700"} {
			if out, understood := n.Append(nil, []byte(day.Format(layout))); string(out) != want || !understood {
				t.Fatalf("%s gives %q (understood %v), want %s", day.Format(layout), out, understood, want)
			}
		}
		oneReading := day.Day() > 12 || day.Day() == int(day.Month())
		for _, layout := range []string{"02/01/2006", "01/02/2006", "2.1.2006", "01-02-2006"} {
			out, understood := n.Append(nil, []byte(day.Format(layout)))
			if understood != oneReading || understood && string(out) != want {
				t.Fatalf("%s gives %q (understood %v), want %s (%v)", day.Format(layout), out, understood, want, oneReading)
			}
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range lawSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out, understood := date{}.Append(nil, in)
		if !understood {
			return
		}
		if day, err := time.Parse(time.DateOnly, string(out)); err != nil || day.Format(time.DateOnly) != string(out) {
			t.Fatalf("%q gives %q, which is no day: %v", in, out, err)
		}
	})
}

func TestEverySpellingOfUUID(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	n := uuid{}
	for range 1000 {
		hex, bare := make([]byte, 0, 36), make([]byte, 0, 32)
		for i := range 32 {
			if i == 8 || i == 12 || i == 16 || i == 20 {
				hex = append(hex, '-')
			}
			c := "0123456789abcdef"[random.IntN(16)]
			hex, bare = append(hex, c), append(bare, c)
		}
		want := string(hex)
		for _, in := range []string{want, string(bare), "{" + want + "}", "urn:uuid:" + want} {
			for _, spelled := range []string{in, strings.ToUpper(in)} {
				if out, understood := n.Append(nil, []byte(spelled)); string(out) != want || !understood {
					t.Fatalf("%q gives %q (understood %v), want %q", spelled, out, understood, want)
				}
			}
		}
	}
}
