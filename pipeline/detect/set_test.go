package detect

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNew(t *testing.T) {
	tests := []struct {
		options Options
		wantErr string
	}{
		{Options{}, ""},
		{Options{Region: "FR", Kinds: Kinds()}, ""},
		{Options{Kinds: []Kind{Email, Email}}, ""},
		{Options{Region: "fr"}, "unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR"},
		{Options{Region: "ZZ"}, "unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR"},
		{Options{Kinds: []Kind{Email, "mail"}}, "unknown kind of identifier (known: " + names(Kinds()) + ")"},
	}
	for _, tt := range tests {
		_, err := New(tt.options)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != tt.wantErr {
			t.Errorf("New(%v): error %q, want %q", tt.options, got, tt.wantErr)
		}
	}
}

func TestKinds(t *testing.T) {
	seen := map[Kind]bool{}
	for _, k := range Kinds() {
		if seen[k] {
			t.Errorf("%s is twice in the catalog", k)
		}
		seen[k] = true
		if strong := slices.Contains(Strong(), k); strong == k.Weak() {
			t.Errorf("%s: strong %v, weak %v", k, strong, k.Weak())
		}
	}
	if !Kind("shoe size").Weak() {
		t.Error("an unknown kind is not weak")
	}
}

// What stands where several kinds could.
func TestFind(t *testing.T) {
	all := mustNew(t, "FR", Kinds()...)
	tests := []struct {
		text string
		want []Match
	}{
		{"", nil},
		{"rappeler Ana (+33465717358) ou ana@example.org, dossier 4", []Match{{Phone, 14, 26}, {Email, 31, 46}}},
		{"0639981234@example.org", []Match{{Email, 0, 22}}},
		{"FR14 2004 1010 0505 0001 3M02 606", []Match{{IBAN, 0, 33}}},
		{"ES9121000418450200051332 ES9121000418450200051332", []Match{{IBAN, 0, 24}, {IBAN, 25, 49}}},
		{"::ffff:192.0.2.1", []Match{{IPv6, 0, 16}}},
		{"https://ana:secret@192.0.2.1:8080/?u=ana@example.org&x=1", []Match{{IPv4, 19, 28}, {Email, 37, 52}}},
		{"https://192.0.2.1/192.0.2.2/x", []Match{{IPv4, 8, 17}, {IPv4, 18, 27}}},
		{"4111111111111111 12/27 4012888888881881", []Match{{Card, 0, 16}, {Card, 23, 39}}},
		{"mailto:ana@example.org?cc=zoë@example.org", []Match{{Email, 7, 22}, {Email, 26, 42}}},
		{"ana@example.org@example.net", []Match{{Email, 0, 15}}},
		{"{\"id\":\"919108f7-52d1-4320-9bac-f847db4148a8\"}", []Match{{UUID, 7, 43}}},
		{"https://shop.example/call/0199001234/2", nil},
		{"https://shop.example/call/0199001234/now", []Match{{Phone, 26, 36}}},
		{"tel:0199001234;ext=5", []Match{{Phone, 4, 14}}},
		{"0199001234 0639981234", []Match{{Phone, 0, 10}, {Phone, 11, 21}}},
		{"01 99 00 12 34 06 39 98 12 34", []Match{{Phone, 0, 14}, {Phone, 15, 29}}},
	}
	for _, tt := range tests {
		if got := all.Find(nil, []byte(tt.text)); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestWhole(t *testing.T) {
	all := mustNew(t, "FR", Kinds()...)
	tests := []struct {
		text string
		want Kind
	}{
		{"", ""}, {" ", ""}, {"Ana", ""}, {"ana@example.org Ana", ""}, {"ana@example.org ana@example.org", ""}, {"+", ""},
		{" \u00a0ana@example.org\n", Email}, {"\t4111111111111111 ", Card}, {"01 99 00 12 34", Phone},
	}
	for _, tt := range tests {
		if got, whole := all.Whole([]byte(tt.text)); got != tt.want || whole != (tt.want != "") {
			t.Errorf("%q: %q, %v, want %q", tt.text, got, whole, tt.want)
		}
	}
}

// What is in dst stays, and what is found comes behind it.
func TestFindAppends(t *testing.T) {
	before := []Match{{Card, 0, 100}, {JWT, 7, 9}}
	want := append(slices.Clone(before), Match{Email, 0, 15})
	if got := mustNew(t, "").Find(before, []byte("ana@example.org")); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func FuzzLaws(f *testing.F) {
	for _, tt := range slices.Concat(addresses, accounts, national) {
		for _, text := range slices.Concat(tt.good, tt.bad) {
			f.Add([]byte(text))
			f.Add([]byte(text + " " + tt.good[0]))
			f.Add([]byte(text + tt.good[0]))
		}
	}
	sets := []*Set{mustNew(f, "FR", Kinds()...), mustNew(f, "US", Kinds()...), mustNew(f, "DE")}
	for _, k := range Kinds() {
		sets = append(sets, mustNew(f, "FR", k))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := string(text)
		for _, s := range sets {
			checkLaws(t, s, text)
		}
		if string(text) != before {
			t.Fatalf("%q was changed to %q", before, text)
		}
	})
}

// checkLaws asserts what the package comment promises of one text.
func checkLaws(t *testing.T, s *Set, text []byte) {
	t.Helper()
	found := s.Find(nil, text)
	end := 0
	for _, m := range found {
		if m.Start < end || m.End <= m.Start || m.End > len(text) {
			t.Fatalf("%q: %v overlap or leave the text", text, found)
		}
		end = m.End
		if _, whole := s.Whole(text[m.Start:m.End]); !whole && utf8.Valid(text) && len(s.detectors) == 1 {
			t.Fatalf("%q: %q is found inside, but is none as a whole", text, text[m.Start:m.End])
		}
	}
	kind, whole := s.Whole(text)
	inside := append(append([]byte("\"<\u2026 "), text...), " \u2026>\""...)
	again := s.Find(nil, inside)
	if whole && (len(again) != 1 || again[0].Kind != kind) {
		t.Fatalf("%q is a %s as a whole, but among other text %v is found", text, kind, again)
	}
}

// A quarter of a megabyte of what makes detectors look far: were one of them quadratic, it would take far longer.
func TestTimeGrowsWithTheLength(t *testing.T) {
	all := mustNew(t, "DE", Kinds()...)
	for _, unit := range []string{
		"@", "a@", "a.", "%40", "\"@", "a@a.", "eyJ", "eyJ.", ".eyJ-", "1", "0 ", "+1 ", "(0)", "+4(0)", "1.1111,", "::", "1:", "a-", "FR76 ", "06.", "é", "\xff", "AA ",
	} {
		text := []byte(strings.Repeat(unit, 1<<18/len(unit)))
		before := time.Now()
		all.Find(nil, text)
		if took := time.Since(before); took > 10*time.Second {
			t.Errorf("a quarter of a megabyte of %q took %s", unit, took)
		}
	}
}
