package crypto

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// body is canonical base64url of n bytes that begin with Tink's prefix byte.
func body(n int) string {
	raw := bytes.Repeat([]byte{0xa7}, n)
	raw[0] = prefixByte
	return base64.RawURLEncoding.EncodeToString(raw)
}

func TestParseToken(t *testing.T) {
	const id = 0xa7a7a7a7
	tests := []struct {
		name, text string
		want       Token // zero: not a token
	}{
		{"tokenize, shortest", "vt1.d." + body(37), Token{Tokenize, "d", id}},
		{"tokenize, longer", "vt1.d-1." + body(21+160), Token{Tokenize, "d-1", id}},
		{"hash", "vh1.customer-id." + body(29), Token{Hash, "customer-id", id}},
		{"encrypt, shortest", "ve1.d." + body(45+16), Token{Encrypt, "d", id}},
		{"encrypt, Padmé", "ve1.d." + body(45+72), Token{Encrypt, "d", id}},
		{"longest name", "vh1." + strings.Repeat("a", 63) + "." + body(29), Token{Hash, strings.Repeat("a", 63), id}},

		{"empty", "", Token{}},
		{"version only", "vt1.", Token{}},
		{"no body", "vt1.d.", Token{}},
		{"no dot", "vt1.d", Token{}},
		{"no name", "vt1.." + body(37), Token{}},
		{"name too long", "vh1." + strings.Repeat("a", 64) + "." + body(29), Token{}},
		{"name in capitals", "vh1.D." + body(29), Token{}},
		{"later version", "vt2.d." + body(37), Token{}},
		{"unknown method", "vx1.d." + body(37), Token{}},
		{"capital version", "Vt1.d." + body(37), Token{}},
		{"tokenize, nothing but the IV", "vt1.d." + body(21), Token{}},
		{"tokenize, no whole block", "vt1.d." + body(38), Token{}},
		{"hash, longer", "vh1.d." + body(30), Token{}},
		{"hash, shorter", "vh1.d." + body(28), Token{}},
		{"encrypt, no padded length", "ve1.d." + body(45+80+1), Token{}},
		{"encrypt, only prefix, nonce and tag", "ve1.d." + body(45), Token{}},
		{"another prefix byte", "vh1.d.AA" + body(29)[2:], Token{}},
		{"loose bits of two", "vt1.d." + body(37)[:49] + "x", Token{}},
		{"loose bits of four", "vh1.d." + body(29)[:38] + "p", Token{}},
		{"padding", "vt1.d." + body(37) + "==", Token{}},
		{"line break inside", "vh1.d." + body(29)[:10] + "\n" + body(29)[10:], Token{}},
		{"line break behind", "vh1.d." + body(29) + "\r\n", Token{}},
		{"space before", " vh1.d." + body(29), Token{}},
		{"standard alphabet", "vh1.d." + body(29)[:37] + "+A", Token{}},
		{"one character more", "vt1.d." + body(37) + "A", Token{}},
		{"length of no bytes", "vt1.d." + body(37)[:49], Token{}},
	}
	for _, tt := range tests {
		got, ok := ParseToken([]byte(tt.text))
		if got != tt.want || ok != (tt.want != Token{}) {
			t.Errorf("%s: ParseToken = %+v, %v, want %+v", tt.name, got, ok, tt.want)
		}
	}
}

// wellFormed is the rule as it is written down: decode, encode again, compare.
func wellFormed(text string) bool {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 || !ValidDomainName(parts[1]) {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != parts[2] || len(raw) < prefixLen || raw[0] != prefixByte {
		return false
	}
	for _, m := range Methods() {
		if m.version() == parts[0] {
			return validTokenLen(m, len(raw))
		}
	}
	return false
}

func FuzzParseToken(f *testing.F) {
	for _, text := range []string{"vt1.d." + body(37), "vh1.customer-id." + body(29), "ve1.d." + body(45+72), "vt1.d." + body(37)[:49] + "x", "vh1.d." + body(29)[:10] + "\n" + body(29)[10:], "vt1.d." + body(37) + "\r\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := ParseToken([]byte(text))
		if ok != wellFormed(text) {
			t.Errorf("ParseToken(%q) = %v, the rule says %v", text, ok, !ok)
		}
		if ok && !strings.HasPrefix(text, got.Method.version()+"."+got.Domain+".") {
			t.Errorf("ParseToken(%q) = %+v", text, got)
		}
	})
}

// texts is what tokens are looked for in, and what stands there for each when it is replaced by <domain>.
func texts() map[string]string {
	t1, t2 := "vt1.a."+body(37), "vh1.b."+body(29)
	return map[string]string{
		"":                                    "",
		"no token at all, very true":          "no token at all, very true",
		t1:                                    "<a>",
		t1 + "\n" + t2:                        "<a>\n<b>",
		`{"k":"` + t1 + `","l":"` + t2 + `"}`: `{"k":"<a>","l":"<b>"}`,
		"x" + t1 + ".":                        "x<a>.",
		"vvt1" + t1:                           "vvt1<a>",
		"vt1." + t1:                           "vt1.<a>",
		"vt1.v." + t1:                         "vt1.v.<a>",
		"https://h/?u=" + t1 + "&v=" + t2:     "https://h/?u=<a>&v=<b>",
		t1 + "_":                              t1 + "_",
		t1 + t2:                               t1 + "<b>", // glued: the first runs on into the second
		t1 + " v":                             "<a> v",
		t1 + " vt1":                           "<a> vt1",
		t1 + " vt1.":                          "<a> vt1.",
		t1 + " vt1.abc":                       "<a> vt1.abc",
		"vh1." + strings.Repeat("a", 63):      "vh1." + strings.Repeat("a", 63),
		strings.Repeat("v", 200_000) + t2:     strings.Repeat("v", 200_000) + "<b>",
		"vt1.a." + strings.Repeat("A", 200_000) + " " + t2: "vt1.a." + strings.Repeat("A", 200_000) + " <b>",
		"ve1.big." + body(45+122_880) + ",":                "<big>,",
	}
}

func byDomain(dst, _ []byte, t Token) []byte {
	return append(append(append(dst, '<'), t.Domain...), '>')
}

func TestFindAndReplaceTokens(t *testing.T) {
	for text, want := range texts() {
		if got := replaceFound([]byte(text)); got != want {
			t.Errorf("FindTokens(%.80q): %.80q, want %.80q", text, got, want)
		}
		for name, r := range map[string]io.Reader{
			"whole":    strings.NewReader(text),
			"halves":   iotest.HalfReader(strings.NewReader(text)),
			"bytes":    iotest.OneByteReader(strings.NewReader(text)),
			"data+EOF": iotest.DataErrReader(strings.NewReader(text)),
		} {
			var out strings.Builder
			if err := ReplaceTokens(&out, r, byDomain); err != nil || out.String() != replaceFound([]byte(text)) {
				t.Errorf("ReplaceTokens, %s, %.80q: %.80q, %v", name, text, out.String(), err)
			}
		}
	}
}

func replaceFound(text []byte) string {
	var out []byte
	at := 0
	for f := range FindTokens(text) {
		out = byDomain(append(out, text[at:f.Start]...), nil, f.Token)
		at = f.End
	}
	return string(append(out, text[at:]...))
}

func TestFindTokensStops(t *testing.T) {
	tok := "vh1.b." + body(29)
	n := 0
	for range FindTokens([]byte(tok + " " + tok)) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d tokens before break, want 1", n)
	}
}

func TestFindTokensIsBounded(t *testing.T) {
	n := padmeSize(13 << 20) // in base64 above MaxTokenLen
	long := "ve1.big." + body(45+n)
	if len(long) <= MaxTokenLen {
		t.Fatal("the token is not too long")
	}
	text := long + " vh1.b." + body(29)
	want := long + " <b>"
	if got := replaceFound([]byte(text)); got != want {
		t.Error("FindTokens takes a token that is too long")
	}
	var out strings.Builder
	if err := ReplaceTokens(&out, strings.NewReader(text), byDomain); err != nil || out.String() != want {
		t.Errorf("ReplaceTokens takes a token that is too long: %v", err)
	}
}

func TestReplaceTokensErrors(t *testing.T) {
	broken := errors.New("broken")
	if err := ReplaceTokens(io.Discard, iotest.ErrReader(broken), byDomain); !errors.Is(err, broken) {
		t.Errorf("read: %v", err)
	}
	r, w := io.Pipe()
	if err := r.CloseWithError(broken); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceTokens(w, strings.NewReader("text"), byDomain); !errors.Is(err, broken) {
		t.Errorf("write: %v", err)
	}
}

// What is read in pieces is what is read at once, and without a token nothing changes.
func FuzzReplaceTokens(f *testing.F) {
	for text := range texts() {
		if len(text) < 1000 {
			f.Add([]byte(text), uint8(3))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, step uint8) {
		var out bytes.Buffer
		if err := ReplaceTokens(&out, &stepReader{text, int(step) + 1}, byDomain); err != nil {
			t.Fatal(err)
		}
		if want := replaceFound(text); out.String() != want {
			t.Errorf("in pieces of %d: %q, at once %q", step, out.String(), want)
		}
		end := 0
		for x := range FindTokens(text) {
			if x.Start < end {
				t.Error("found tokens overlap")
			}
			end = x.End
			if tok, ok := ParseToken(text[x.Start:x.End]); !ok || tok != x.Token {
				t.Errorf("found %q, which is no token", text[x.Start:x.End])
			}
		}
	})
}

// stepReader gives n bytes at a time.
type stepReader struct {
	rest []byte
	n    int
}

func (r *stepReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.n)], r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
