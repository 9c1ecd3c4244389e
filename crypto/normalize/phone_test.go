package normalize

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// digit counts on the shape of the table of decimal digits: runs of whole tens without holes.
func TestDigitRuns(t *testing.T) {
	for _, run := range unicode.Nd.R16 {
		if run.Stride != 1 || (run.Hi-run.Lo+1)%10 != 0 {
			t.Errorf("run %U to %U stride %d", run.Lo, run.Hi, run.Stride)
		}
	}
	for _, run := range unicode.Nd.R32 {
		if run.Stride != 1 || (run.Hi-run.Lo+1)%10 != 0 {
			t.Errorf("run %U to %U stride %d", run.Lo, run.Hi, run.Stride)
		}
	}
	for _, zero := range []rune{'0', '٠', '۰', '०', '๐', '０', '𝟘'} {
		for i := range rune(10) {
			if got, ok := digit(zero + i); !ok || got != '0'+byte(i) {
				t.Errorf("digit(%U) = %q, %v, want %d", zero+i, got, ok, i)
			}
		}
	}
}

// spellings of a French number by its nine digits; all of them are one number.
func spellings(nsn string) []string {
	pairs := nsn[1:3] + " " + nsn[3:5] + " " + nsn[5:7] + " " + nsn[7:9]
	spaced := "0" + nsn[:1] + " " + pairs
	return []string{
		"+33" + nsn, "0" + nsn, "0033" + nsn, "33" + nsn, nsn, spaced,
		strings.ReplaceAll(spaced, " ", "."), strings.ReplaceAll(spaced, " ", "-"), strings.ReplaceAll(spaced, " ", "\u00a0"),
		strings.ReplaceAll(spaced, " ", "\u202f"), "+33 " + nsn[:1] + " " + pairs, "+33 (0)" + nsn[:1] + " " + pairs, "0033 " + nsn[:1] + " " + pairs,
		"(+33) " + nsn, "\u202a+33" + nsn + "\u202c", "\ufeff0" + nsn, "\t" + spaced + "\r\n", fullWidth("0" + nsn), fullWidth("+33" + nsn),
	}
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, s)
}

func TestSpellingsOfOneNumber(t *testing.T) {
	n := mustNew(t, "phone", "FR")
	for _, nsn := range []string{"199001234", "261911234", "353011234", "465711234", "536491234", "639981234", "700000000", "801234567", "999999999"} {
		for _, spelling := range spellings(nsn) {
			if out, understood := n.Append(nil, []byte(spelling)); string(out) != "+33"+nsn || !understood {
				t.Errorf("%q gives %q (understood %v), want +33%s", spelling, out, understood, nsn)
			}
		}
	}
}

// The library's example of every region, written nationally and internationally, is understood as its own E.164.
func TestExampleOfEveryRegion(t *testing.T) {
	tested := 0
	for region := range phonenumbers.GetSupportedRegions() {
		example := phonenumbers.GetExampleNumber(region)
		if example == nil {
			continue
		}
		n, want := mustNew(t, "phone", region), phonenumbers.Format(example, phonenumbers.E164)
		for _, format := range []phonenumbers.PhoneNumberFormat{phonenumbers.E164, phonenumbers.INTERNATIONAL, phonenumbers.NATIONAL} {
			in := phonenumbers.Format(example, format)
			out, understood := n.Append(nil, []byte(in))
			if string(out) != want || !understood {
				t.Errorf("%s: %q gives %q (understood %v), want %q", region, in, out, understood, want)
			}
			tested++
		}
	}
	if tested < 600 {
		t.Errorf("tested %d spellings, want more than 600", tested)
	}
}

// Digits of every length and the prefixes that confuse parsers, in every region: the laws hold, and what stands between
// the digits does not count.
func TestPhoneLawsInEveryRegion(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9))
	prefixes := []string{"", "+", "0", "00", "011", "+0", "1", "8", "810", "15", "044", "+549", "+521", "+55041", "+3900", "0033", "33", "+33 0", "+44(0)"}
	perRegion, understoodCount, total := 60, 0, 0
	if testing.Short() {
		perRegion = 6
	}
	for region := range phonenumbers.GetSupportedRegions() {
		n := mustNew(t, "phone", region)
		for range perRegion {
			in := []byte(prefixes[random.IntN(len(prefixes))])
			for range 3 + random.IntN(15) {
				in = append(in, '0'+byte(random.IntN(10)))
			}
			checkLaws(t, n, in)
			out, understood := n.Append(nil, in)
			total++
			if !understood {
				continue
			}
			understoodCount++
			if out[0] != '+' || len(out) < 4 || len(out) > 22 {
				t.Fatalf("%s: %q gives %q", region, in, out)
			}
			spread := append([]byte(nil), in...)
			spread = []byte(strings.Join(strings.Split(string(spread), ""), []string{" ", "\u00a0", ") "}[random.IntN(3)]))
			if got, ok := n.Append(nil, spread); string(got) != string(out) || !ok {
				t.Fatalf("%s: %q gives %q, %q gives %q", region, in, out, spread, got)
			}
		}
	}
	if understoodCount*10 < total {
		t.Errorf("%d of %d understood, want at least a tenth", understoodCount, total)
	}
	t.Logf("%d of %d understood", understoodCount, total)
}
