package normalize

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// sameAsLibrary asserts that the text comes out as it does by the library alone.
func sameAsLibrary(t *testing.T, p phone, in []byte) (understood bool) {
	t.Helper()
	got, understood := p.Append(nil, in)
	want, wantUnderstood := phone{region: p.region}.Append(nil, in)
	if !bytes.Equal(got, want) || understood != wantUnderstood {
		t.Fatalf("%s: %q gives %q (understood %v), by the library %q (%v)", p.region, in, got, understood, want, wantUnderstood)
	}
	return understood
}

// dialer makes spellings of numbers for a region: examples of its own and of others, and what a person or a machine makes of them.
type dialer struct {
	*rand.Rand
	code, dialOut, trunk string
	own, all             []string // examples: national, with their country codes
}

var digitRuns = regexp.MustCompile(`^[0-9]+`)

func newDialers(random *rand.Rand) map[string]*dialer {
	metadata, _ := phonenumbers.MetadataCollection()
	dialers, all := map[string]*dialer{}, []string{}
	for _, m := range metadata.GetMetadata() {
		d := &dialer{Rand: random, code: strconv.Itoa(int(m.GetCountryCode())), dialOut: digitRuns.FindString(m.GetInternationalPrefix()), trunk: m.GetNationalPrefix()}
		for _, desc := range []*phonenumbers.PhoneNumberDesc{m.GetFixedLine(), m.GetMobile(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(),
			m.GetPersonalNumber(), m.GetVoip(), m.GetPager(), m.GetUan(), m.GetVoicemail()} {
			if example := desc.GetExampleNumber(); example != "" {
				d.own, all = append(d.own, example), append(all, d.code+example)
			}
		}
		if m.GetId() != "001" {
			dialers[m.GetId()] = d
		}
	}
	for _, d := range dialers {
		d.all = all
	}
	return dialers
}

func (d *dialer) digits(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + byte(d.IntN(10))
	}
	return string(out)
}

func (d *dialer) oneOf(list ...string) string { return list[d.IntN(len(list))] }

// number is an example of the region, of another one, or digits of any kind, some of them changed.
func (d *dialer) number() string {
	var n string
	switch d.IntN(8) {
	case 0:
		n = d.digits(1 + d.IntN(18))
	case 1, 2:
		n = d.oneOf(d.all...)
	default:
		n = d.oneOf(append(d.own, d.digits(7))...)
	}
	for d.IntN(4) == 0 {
		at := d.IntN(len(n) + 1)
		switch d.IntN(4) {
		case 0:
			n = n[:at] + d.digits(1) + n[at:]
		case 1:
			n = n[:at] + n[min(at+1, len(n)):]
		default:
			n = n[:at] + d.digits(len(n)-at)
		}
	}
	return n
}

func (d *dialer) spelling() []byte {
	s := d.oneOf("+"+d.code, d.code, d.dialOut+d.code, "", "", "", d.oneOf("+", "00", "011")+d.oneOf("", d.code, d.oneOf(d.all...)[:3])) + d.oneOf("", "", "", "", "", d.trunk, d.trunk, d.oneOf("0", "1", "8", "15", "9", "90", "00", "0183")) + d.number()
	if d.IntN(4) == 0 {
		s = strings.Join(strings.Split(s, ""), d.oneOf(" ", "\u00a0", ". "))
	}
	return []byte(s)
}

// The short way answers as the library does, over examples of every region's numbers and spellings made of them.
// VOILE_PHONE_MINUTES=n goes on for that long, with numbers that no run before had.
func TestShortWayIsTheLibrarys(t *testing.T) {
	perRegion, end, seed := 300, time.Time{}, uint64(7)
	if minutes, err := strconv.Atoi(os.Getenv("VOILE_PHONE_MINUTES")); err == nil {
		end, seed = time.Now().Add(time.Duration(minutes)*time.Minute), uint64(time.Now().UnixNano()) //nolint:gosec // any number
		t.Logf("seed %d", seed)
	} else if testing.Short() {
		perRegion = 30
	}
	dialers := newDialers(rand.New(rand.NewPCG(seed, 8)))
	tested, understood := 0, 0
	for again := true; again; again = time.Now().Before(end) {
		for _, region := range slices.Sorted(maps.Keys(dialers)) {
			p, d := mustPhone(t, region), dialers[region]
			for range perRegion {
				tested++
				if sameAsLibrary(t, p, d.spelling()) {
					understood++
				}
			}
		}
	}
	if understood*100 < tested*30 || len(dialers) < 240 {
		t.Errorf("%d regions, %d texts, %d understood: want 240, 30 %%", len(dialers), tested, understood)
	}
	t.Logf("%d regions, %d texts, %.1f %% understood", len(dialers), tested, 100*float64(understood)/float64(tested))
}

// Every example of every region, as people and machines of the region write it.
func TestExamplesTheShortWay(t *testing.T) {
	tested, understood := 0, 0
	for region, d := range newDialers(rand.New(rand.NewPCG(1, 1))) {
		p := mustPhone(t, region)
		for _, example := range d.own {
			for _, in := range []string{"+" + d.code + example, d.dialOut + d.code + example, d.trunk + example, example, d.code + example, "+" + d.code + d.trunk + example, d.dialOut, d.trunk, d.code} {
				tested++
				if sameAsLibrary(t, p, []byte(in)) {
					understood++
				}
			}
		}
	}
	if tested < 6000 || understood*100 < tested*60 {
		t.Errorf("%d of %d spellings understood, want 60 %% of more than 6,000", understood, tested)
	}
	t.Logf("%d of %d spellings understood", understood, tested)
}

func mustPhone(t testing.TB, region string) phone {
	t.Helper()
	p, err := newPhone(region)
	if err != nil {
		t.Fatalf("%s: %v", region, err)
	}
	if p.plans == nil {
		t.Fatal("the library's metadata has something new, and every number takes the long way")
	}
	return p
}

func FuzzShortWay(f *testing.F) {
	var regions []string
	for i, region := range slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions())) {
		regions = append(regions, region)
		f.Add(uint16(i), []byte(phonenumbers.Format(phonenumbers.GetExampleNumber(region), phonenumbers.NATIONAL)))
	}
	for _, s := range lawSeeds {
		f.Add(uint16(75), []byte(s))
	}
	f.Fuzz(func(t *testing.T, region uint16, in []byte) {
		sameAsLibrary(t, mustPhone(t, regions[int(region)%len(regions)]), in)
	})
}

// A machine says what package regexp says, of every expression that the library has.
func TestDigitMachine(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 3))
	dialers := newDialers(random)
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	states, matched, tested := 0, 0, 0
	for _, m := range metadata.GetMetadata() {
		d := dialers[m.GetId()]
		if d == nil {
			d = dialers["FR"]
		}
		for _, pattern := range []string{"^(?:" + m.GetGeneralDesc().GetNationalNumberPattern() + ")$", "^(?:" + m.GetNationalPrefixForParsing() + ")", "^(?:" + m.GetInternationalPrefix() + ")"} {
			machine, err := compileDigits(pattern)
			if err != nil {
				t.Fatalf("%s: %v", m.GetId(), err)
			}
			states = max(states, len(machine.states))
			start, whole := regexp.MustCompile(pattern), regexp.MustCompile(pattern+"$")
			for range 60 {
				in := d.oneOf("", d.trunk, d.dialOut) + d.number()
				tested++
				if got, want := machine.matchesStart([]byte(in)), start.MatchString(in); got != want {
					t.Fatalf("%s: start of %s: %v, package regexp %v", m.GetId(), in, got, want)
				} else if want {
					matched++
				}
				if got, want := machine.matchesAll([]byte(in)), whole.MatchString(in); got != want {
					t.Fatalf("%s: all of %s: %v, package regexp %v", m.GetId(), in, got, want)
				}
			}
		}
	}
	if matched*10 < tested {
		t.Errorf("%d of %d matched, want a tenth", matched, tested)
	}
	t.Logf("the largest table has %d states; %d of %d matched", states, matched, tested)
}

// The short way beside the library, in one run.
func BenchmarkPhone(b *testing.B) {
	short := mustPhone(b, "FR")
	for _, way := range []struct {
		name string
		phone
	}{{"short", short}, {"library", phone{region: "FR"}}} {
		for _, in := range []string{"+33639981234", "06 39 98 12 34", "0033639981234", "33639981234", "+4915112345678"} {
			b.Run("number="+strings.ReplaceAll(in, " ", "-")+"/by="+way.name, func(b *testing.B) {
				text, dst := []byte(in), make([]byte, 0, 64)
				b.ReportAllocs()
				for b.Loop() {
					way.Append(dst, text)
				}
			})
		}
	}
}
