package demo

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"voile/cmd/voile/changes"
)

var (
	emailToken = "vt1.customer-email.AZx0c2V2ZXJpbmUgdmFzc2V1cg4Yb0V2Q"
	testPairs  = []Pair{
		{Channel: "web", From: "events.web.raw", To: "events.web", Changes: []changes.Change{
			{Place: "key", Before: `"crm-1234567"`, After: `"vh1.customer-id.AYkq0c2V2Zg"`},
			{Place: "$.context.traits.email", Before: "\" Séverine@Example.org\u00a0\"", After: `"` + emailToken + `"`},
			{Place: "$.context.device.advertisingId", Before: `"0E47"`, Removed: true},
		}},
		{Channel: "callcenter", From: "events.callcenter.raw", To: "events.callcenter", Changes: []changes.Change{
			{Place: "$.caller.email", Before: `"S\u00e9verine@example.org"`, After: `"` + emailToken + `"`},
			{Place: "$.notes", Before: "\"\x1b[2J\"", After: `"ve1.free-text.AQ"`},
		}},
	}
)

func TestBeforeAfter(t *testing.T) {
	tests := []struct {
		width int
		want  string
	}{
		{100, `
web  events.web.raw → events.web
  key                             "crm-1234567"                "vh1.customer-id.AYkq0c2V2Zg"
  $.context.traits.email          " Séverine@Example.org␣"     "vt1.customer-email.AZx0c2V2ZX…b0V2Q"
  $.context.device.advertisingId  "0E47"                       (removed)

callcenter  events.callcenter.raw → events.callcenter
  $.caller.email                  "S\u00e9verine@example.org"  "vt1.customer-email.AZx0c2V2ZX…b0V2Q"
  $.notes                         "\u001b[2J"                  "ve1.free-text.AQ"
`},
		{40, `
web  events.web.raw → events.web
  key
    - "crm-1234567"
    + "vh1.customer-id.AYkq0c2V2Zg"
  $.context.traits.email
    - " Séverine@Example.org␣"
    + "vt1.customer-email.AZx0c2V…b0V2Q"
  $.context.device.advertisingId
    - "0E47"
    + (removed)

callcenter  events.callcenter.raw → events.callcenter
  $.caller.email
    - "S\u00e9verine@example.org"
    + "vt1.customer-email.AZx0c2V…b0V2Q"
  $.notes
    - "\u001b[2J"
    + "ve1.free-text.AQ"
`},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := BeforeAfter(&b, Style{Width: tt.width}, testPairs); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != tt.want {
			t.Errorf("width %d: got\n%s\nwant\n%s", tt.width, got, tt.want)
		}
	}
}

func TestJoin(t *testing.T) {
	other := []Pair{testPairs[0], {Channel: "pos", Changes: []changes.Change{
		{Place: "key", Before: `"Y"`, After: `"vt1.customer-email.CCCC"`}, {Place: "$.email", Before: `"X"`, After: `"vt1.customer-email.BBBB"`}}}}
	tests := []struct {
		name, domain string
		pairs        []Pair
		want         string
	}{
		{"one token", "customer-email", testPairs, `
one person, e-mail in 2 channels
  web         " Séverine@Example.org␣"     vt1.customer-email.AZx0c2V2ZXJpbmUgdmFzc2V1cg4Yb0V2Q
  callcenter  "S\u00e9verine@example.org"  vt1.customer-email.AZx0c2V2ZXJpbmUgdmFzc2V1cg4Yb0V2Q
  = the same token in all of them: the channels join, and no e-mail is in them
`},
		{"two tokens", "customer-email", other, `
one person, e-mail in 2 channels
  web  " Séverine@Example.org␣"  vt1.customer-email.AZx0c2V2ZXJpbmUgdmFzc2V1cg4Yb0V2Q
  pos  "X"                       vt1.customer-email.BBBB
  ! 2 different tokens: the channels do not join
`},
		{"one channel", "customer-id", testPairs, `
one person, e-mail in 1 channel
  web  "crm-1234567"  vh1.customer-id.AYkq0c2V2Zg
  nothing to join
`},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := Join(&b, Style{}, "e-mail", tt.domain, tt.pairs); err != nil {
			t.Fatal(err)
		}
		if got := "\n" + b.String(); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9]+m")

// No line is wider than the terminal, color changes nothing but color, and without it no escape sequence comes out.
func TestWidthAndColor(t *testing.T) {
	long := []Pair{{Channel: "web", From: "a", To: "b", Changes: []changes.Change{
		{Place: "$." + strings.Repeat("deep.", 40) + "email", Before: strings.Repeat("é", 300), After: strings.Repeat("x", 300)},
		{Place: "$.e", Before: strings.Repeat("é", 300), After: "vt1.customer-email." + strings.Repeat("x", 300)}}}}
	for _, width := range []int{24, 40, 71, 72, 80, 100, 200} {
		for _, pairs := range [][]Pair{testPairs, long} {
			var bare, colored strings.Builder
			for _, out := range []struct {
				b     *strings.Builder
				color bool
			}{{&bare, false}, {&colored, true}} {
				s := Style{Width: width, Color: out.color}
				if err := errors.Join(BeforeAfter(out.b, s, pairs), Join(out.b, s, "e-mail", "customer-email", pairs)); err != nil {
					t.Fatal(err)
				}
			}
			if strings.Contains(bare.String(), "\x1b") {
				t.Errorf("width %d: escape sequences without color", width)
			}
			if got := escapes.ReplaceAllString(colored.String(), ""); got != bare.String() || !strings.Contains(colored.String(), red) {
				t.Errorf("width %d: color changes the text", width)
			}
			for line := range strings.Lines(bare.String()) {
				sentence := strings.HasPrefix(line, "  = ") || strings.HasPrefix(line, "one person") || strings.Contains(line, " → ")
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width && !sentence {
					t.Errorf("width %d: a line of %d: %s", width, n, line)
				}
			}
		}
	}
}

func TestLines(t *testing.T) {
	clean, leaking := mustJudge(t, someone), mustJudge(t, someone)
	clean.Look("log", make([]byte, 2_000_000))
	leaking.Look("events.web value", []byte("maëlle crm-1234567"))
	tests := []struct {
		name string
		do   func(*strings.Builder) error
		want string
	}{
		{"summary", func(b *strings.Builder) error { return Summary(b, 20_000, 19_794, 206, 0) }, "demo: records in=20000 out=19794 quarantined=206 leaks=0\n"},
		{"throughput", func(b *strings.Builder) error {
			return Throughput(b, Run{Records: 20_000, Bytes: 19_400_000, Elapsed: 1600 * time.Millisecond})
		}, "20,000 records, 19.4 MB, in 1.60 s: 12,500 records/s, 12.1 MB/s, broker included\n"},
		{"no time at all", func(b *strings.Builder) error { return Throughput(b, Run{}) }, "0 records, 0.0 MB, in 0.00 s: 0 records/s, 0.0 MB/s, broker included\n"},
		{"no leaks", func(b *strings.Builder) error { return Leaks(b, Style{}, clean) },
			"looked for 10 identifiers (27 spellings) in 2.0 MB that came out: 0 leaks\n"},
		{"leaks", func(b *strings.Builder) error { return Leaks(b, Style{}, leaking) },
			"looked for 10 identifiers (27 spellings) in 0.0 MB that came out: 2 leaks\n  1 × customer id in events.web value\n  1 × name in events.web value\n"},
		{"leaks in color", func(b *strings.Builder) error { return Leaks(b, Style{Color: true}, leaking) },
			"looked for 10 identifiers (27 spellings) in 0.0 MB that came out: \x1b[31m2 leaks\x1b[0m\n" +
				"  \x1b[31m1 × customer id in events.web value\x1b[0m\n  \x1b[31m1 × name in events.web value\x1b[0m\n"},
	}
	for _, tt := range tests {
		var b strings.Builder
		if err := tt.do(&b); err != nil || b.String() != tt.want {
			t.Errorf("%s: %q (%v), want %q", tt.name, b.String(), err, tt.want)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrors(t *testing.T) {
	j := mustJudge(t, someone)
	for name, err := range map[string]error{
		"BeforeAfter": BeforeAfter(fullDisk{}, Style{}, testPairs),
		"Join":        Join(fullDisk{}, Style{}, "e-mail", "customer-email", testPairs),
		"Throughput":  Throughput(fullDisk{}, Run{}),
		"Leaks":       Leaks(fullDisk{}, Style{}, j),
		"Summary":     Summary(fullDisk{}, 0, 0, 0, 0),
	} {
		if err == nil {
			t.Errorf("%s: a failed write gives no error", name)
		}
	}
}
