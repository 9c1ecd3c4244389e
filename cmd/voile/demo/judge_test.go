package demo

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"voile/pipeline/record"
)

var someone = []Identifier{
	{ClassEmail, " Séverine.Vasseur@Bücher.Example"},
	{ClassPhone, "06 39 98 12 34"},
	{ClassCustomer, "crm-1234567"},
	{ClassDevice, "5e905ccb-8004-4eaa-a7f5-957367236020"},
	{ClassName, "Maëlle"},
	{ClassName, "Kowalczyk"},
	{ClassIP, "203.0.113.7"},
	{ClassIP, "2001:db8:10::1:17"},
	{ClassCard, "9999991234567890"},
	{ClassText, "Bonjour/\"ça\" va\n?"},
}

func TestJudgeFinds(t *testing.T) {
	std, uri := base64.StdEncoding, base64.RawURLEncoding
	tests := []struct {
		name, out string
		want      int
	}{
		// e-mail
		{"raw", `{"email":" Séverine.Vasseur@Bücher.Example"}`, 1},
		{"without its blank", `Séverine.Vasseur@Bücher.Example`, 1},
		{"normalized", `séverine.vasseur@xn--bcher-kva.example`, 1},
		{"capitals", `SÉVERINE.VASSEUR@BÜCHER.EXAMPLE`, 1},
		{"escaped", `"s\u00e9verine.vasseur@b\u00fccher.example"`, 1},
		{"escaped, capitals of hex", `"S\u00C9verine.vasseur@b\u00FCcher.example"`, 1},
		{"ASCII escaped", `"s\u00e9verine\u002evasseur\u0040b\u00fccher.ex\u0061mple"`, 1},
		{"JSON in JSON", `{"a":"{\"e\":\"s\\u00e9verine.vasseur@b\\u00fccher.example\"}"}`, 1},
		{"JSON in JSON in JSON", deep(t, "séverine.vasseur@bücher.example", 3), 1},
		{"URL", "https://shop.example/?e=" + url.QueryEscape("séverine.vasseur@bücher.example"), 1},
		{"URL in URL", "?u=" + url.QueryEscape("?e="+url.QueryEscape("séverine.vasseur@bücher.example")), 1},
		{"somebody else", `"nils.vasseur@bücher.example"`, 0},
		// base64
		{"base64", std.EncodeToString([]byte(`{"email":"séverine.vasseur@bücher.example"}`)), 1},
		{"base64, offset 1", "=" + std.EncodeToString([]byte(`xséverine.vasseur@bücher.example`)), 1},
		{"base64, offset 2", std.EncodeToString([]byte(`xyséverine.vasseur@bücher.example`)), 1},
		{"base64, text before", "prefix_a" + uri.EncodeToString([]byte(`séverine.vasseur@bücher.example`)), 1},
		{"base64url", `"cx":"` + uri.EncodeToString([]byte(`{"d":"???>>>séverine.vasseur@bücher.example"}`)) + `"`, 1},
		{"base64 with escaped JSON", std.EncodeToString([]byte(`{"e":"s\u00e9verine.vasseur@b\u00fccher.example"}`)), 1},
		{"base64 with escaped slashes", strings.ReplaceAll(`"`+std.EncodeToString([]byte("???séverine.vasseur@bücher.example"))+`"`, "/", `\/`), 1},
		{"base64 of a phone", std.EncodeToString([]byte(`+33639981234`)), 1},
		// phone
		{"as written", `06 39 98 12 34`, 1},
		{"E.164", `+33639981234`, 1},
		{"integer", `{"ani":33639981234}`, 1},
		{"digits", `{"ani":639981234}`, 1},
		{"national", `0639981234`, 1},
		{"with 00", `0033639981234`, 1},
		{"with 00 and spaces", `0033 6 39 98 12 34`, 1},
		{"dots", `06.39.98.12.34`, 1},
		{"no-break spaces", "06\u00a039\u00a098\u00a012\u00a034", 1},
		{"escaped no-break spaces", `06\u00a039\u00a098\u00A012\u00a034`, 1},
		{"trunk zero in brackets", `+33 (0)6 39 98 12 34`, 1},
		{"in a longer number", `{"n":10639981234,"m":6399812345}`, 0},
		// others
		{"customer id in capitals", `CRM-1234567`, 1},
		{"device id in a path", `/d/5E905CCB-8004-4EAA-A7F5-957367236020/x`, 1},
		{"name", `{"who":"Maëlle"}`, 1},
		{"name in capitals, escaped", `{"who":"MA\u00CBLLE"}`, 1},
		{"both names", `Kowalczyk, Maëlle`, 2},
		{"name in a longer word", `Kowalczykowa AKowalczyk x_kowalczyk kowalczyk-9`, 0},
		{"address", `ip=203.0.113.7;`, 1},
		{"address with a port", `203.0.113.7:443`, 1},
		{"another address", `203.0.113.77 1203.0.113.7`, 0},
		{"IPv6 in capitals", `[2001:DB8:10::1:17]`, 1},
		{"another IPv6", `2001:db8:10::1:170`, 0},
		{"card", `"card":"9999991234567890"`, 1},
		{"masked card", `"card":"****7890"`, 0},
		{"text, escaped", `"Bonjour\/\"\u00e7a\" va\n?"`, 1},
		{"text, escaped otherwise", `"Bonjour\u002f\u0022ça\u0022 va\u000a?"`, 1},
		// what comes out when all is well
		{"tokens", `{"email":"vt1.customer-email.AZx0c2V2ZXJpbmUgdmFzc2V1cg","n":"vh1.customer-name.AYk"}`, 0},
		{"lone escapes", `\`, 0},
		{"broken escapes", `\u00 \uD83D \u12G4 %4 %`, 0},
		{"nothing", ``, 0},
	}
	for _, tt := range tests {
		j := mustJudge(t, someone)
		if got := j.Look("sink", []byte(tt.out)); got != tt.want || j.Leaks() != tt.want {
			t.Errorf("%s: %d found, %d leaks, want %d, in %s", tt.name, got, j.Leaks(), tt.want, tt.out)
		}
	}
}

// deep writes text as a JSON string in a JSON string, levels deep.
func deep(t *testing.T, text string, levels int) string {
	t.Helper()
	for range levels {
		b, err := json.Marshal(map[string]string{"x": text})
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	return text
}

func TestJudgeReportsPlacesOnly(t *testing.T) {
	j := mustJudge(t, someone)
	r := record.Record{
		Key:   []byte("crm-1234567"),
		Value: []byte(`{"a":"Maëlle Kowalczyk","b":"maëlle","c":"06.39.98.12.34"}`),
		Headers: []record.Header{{Name: []byte("x-0639981234"), Value: nil}, {Name: []byte("x"), Value: []byte("203.0.113.7")},
			{Name: []byte("y"), Value: []byte("203.0.113.7")}},
	}
	if got := j.LookRecord("events.web", &r); got != 7 {
		t.Errorf("found %d, want 7", got)
	}
	j.Look("log", []byte("nothing"))
	want := []Finding{
		{"events.web header", ClassIP, 2}, {"events.web header", ClassPhone, 1}, {"events.web key", ClassCustomer, 1},
		{"events.web value", ClassName, 2}, {"events.web value", ClassPhone, 1},
	}
	if got := j.Findings(); !reflect.DeepEqual(got, want) {
		t.Errorf("findings %v, want %v", got, want)
	}
	if j.Leaks() != 7 {
		t.Errorf("%d leaks, want 7", j.Leaks())
	}
}

func TestJudgeRefusesShortIdentifiers(t *testing.T) {
	_, err := NewJudge([]Identifier{{ClassName, " Zoé "}})
	want := "demo: an identifier of class name is too short to be looked for: 4 bytes, want 6"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Tokens and ciphertext are random: nothing is found in them by chance, and looking takes a moment.
func TestJudgeOfCleanOutput(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 1_000
	}
	_, planted := generate(n)
	j := mustJudge(t, planted)
	random := rand.NewChaCha8([32]byte{9})
	start := time.Now()
	for i := range n {
		j.LookRecord("sink", &record.Record{Key: token(random, "vh1.customer-id.", 29), Value: cleanEvent(random, i)})
		if i%97 == 0 {
			j.Look("quarantine", randomBytes(random, 800))
		}
	}
	elapsed := time.Since(start)
	if j.Leaks() != 0 {
		t.Errorf("%d leaks in clean output: %v", j.Leaks(), j.Findings())
	}
	if elapsed > time.Minute { // two seconds on two quiet cores; much more means that the index does not work
		t.Errorf("judging took %v", elapsed)
	}
	t.Logf("%d identifiers in %d spellings, %.1f MB in %v", j.Identifiers(), j.Spellings(), float64(j.Bytes())/1e6, elapsed)
}

func cleanEvent(random *rand.ChaCha8, i int) []byte {
	return fmt.Appendf(nil, `{"messageId":"web-%d","time":"2026-03-02T07:00:0%d.%03dZ","at":%d,"userId":"%s","email":"%s","phone":"%s","name":"%s",`+
		`"card":"****7890","text":"%s","more":"%s","url":"https:\/\/shop.example\/checkout?a=1%%202","label":"Tasse \u0022Brume\u0022"}`,
		i, i%10, i%1000, 1_772_434_800_000+int64(i)*37, token(random, "vh1.customer-id.", 29), token(random, "vt1.customer-email.", 53),
		token(random, "vt1.customer-phone.", 37), token(random, "vh1.customer-name.", 29), token(random, "ve1.free-text.", 217), token(random, "ve1.free-text.", 153))
}

func token(random *rand.ChaCha8, head string, size int) []byte {
	return base64.RawURLEncoding.AppendEncode([]byte(head), randomBytes(random, size))
}

func randomBytes(random *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	_, _ = random.Read(b) // never fails
	return b
}

// The index finds exactly what a plain search finds.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("abcabcabcd"), []byte("abcabcd"), uint8(0))
	f.Add([]byte("x+33639981234x"), []byte("639981234"), uint8(1))
	f.Add([]byte("the kowalczyks and kowalczyk"), []byte("kowalczyk"), uint8(2))
	f.Fuzz(func(t *testing.T, text, pattern []byte, a uint8) {
		if len(pattern) < minSpelling {
			return
		}
		needles := []needle{{"decoy" + string(pattern), 0, anywhere}, {string(pattern), 1, apart(a % 3)}}
		x := newIndex(needles)
		got := 0
		x.scan(text, needles, func(n *needle) { got += n.identifier })
		want := 0
		for i := 0; i+len(pattern) <= len(text); i++ {
			if string(text[i:i+len(pattern)]) == string(pattern) &&
				(i == 0 || needles[1].apart.allows(text[i-1])) && (i+len(pattern) == len(text) || needles[1].apart.allows(text[i+len(pattern)])) {
				want++
			}
		}
		if got != want {
			t.Fatalf("%q in %q: found %d times, want %d", pattern, text, got, want)
		}
	})
}

// Whatever escapes a JSON encoder chooses, the plain view holds the text.
func FuzzUnescape(f *testing.F) {
	f.Add("Séverine/\"x\"\n%41", uint64(1))
	f.Add("😀 a\u2028b", uint64(7))
	f.Fuzz(func(t *testing.T, text string, choices uint64) {
		if strings.ContainsAny(text, "\\%") {
			return // a text that has escapes of its own is unescaped further, on purpose
		}
		text = strings.ToValidUTF8(text, "")
		var written strings.Builder
		for _, r := range text {
			choices = choices*6364136223846793005 + 1442695040888963407
			if r < ' ' || r == '"' || choices>>63 == 1 {
				for _, unit := range utf16Units(r) {
					fmt.Fprintf(&written, []string{`\u%04x`, `\u%04X`}[choices>>62&1], unit)
				}
				continue
			}
			written.WriteRune(r)
		}
		var v views
		if got := string(v.unescape([]byte(written.String()))); got != text {
			t.Fatalf("%s gives %q, want %q", written.String(), got, text)
		}
	})
}

func utf16Units(r rune) []rune {
	if r < 0x10000 {
		return []rune{r}
	}
	r -= 0x10000
	return []rune{0xD800 + r>>10, 0xDC00 + r&0x3FF}
}

// The decoder agrees with the library's on everything that it accepts, in both alphabets.
func FuzzBase64(f *testing.F) {
	f.Add([]byte("any carnal pleas"))
	f.Add([]byte{0xFF, 0xFE, 0xFB})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if got := appendBase64(nil, []byte(encoding.EncodeToString(b))); string(got) != string(b) {
				t.Fatalf("%x comes back as %x", b, got)
			}
		}
	})
}

// Small letters are those of the standard library, in text and in what is none.
func FuzzLower(f *testing.F) {
	f.Add([]byte("ÉCOLE İK \xff\xc3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, again := appendLower(nil, b), appendLower(nil, appendLower(nil, b))
		if utf8.Valid(b) && string(got) != strings.ToLower(string(b)) {
			t.Fatalf("%q gives %q, want %q", b, got, strings.ToLower(string(b)))
		}
		if string(again) != string(got) && utf8.Valid(b) {
			t.Fatalf("%q gives %q, that gives %q", b, got, again)
		}
	})
}

func BenchmarkLook(b *testing.B) {
	_, planted := generate(20_000)
	j := mustJudge(b, planted)
	event := cleanEvent(rand.NewChaCha8([32]byte{9}), 1)
	b.SetBytes(int64(len(event)))
	b.ReportAllocs()
	for b.Loop() {
		j.Look("sink", event)
	}
}
