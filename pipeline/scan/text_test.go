package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// respell writes every string of doc with \u escapes only.
func respell(t *testing.T, doc string, upper bool) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(doc); i++ {
		if doc[i] != '"' {
			b.WriteByte(doc[i])
			continue
		}
		end, _, wrong := skipString([]byte(doc), i+1)
		if wrong != none {
			t.Fatal(wrong)
		}
		var text string
		if err := json.Unmarshal([]byte(doc[i:end]), &text); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('"')
		for _, unit := range utf16.Encode([]rune(text)) {
			hex := fmt.Sprintf("%04x", unit)
			if upper {
				hex = strings.ToUpper(hex)
			}
			b.WriteString(`\u` + hex)
		}
		b.WriteByte('"')
		i = end - 1
	}
	return b.String()
}

func TestUnescape(t *testing.T) {
	tests := []struct {
		body, want string
		err        error
	}{
		{``, "", nil},
		{`plain é 😀`, "plain é 😀", nil},
		{`\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t", nil},
		{`\u0065\u006D\u00e9\u0000`, "emé\x00", nil},
		{`\ud83d\ude00 \uD83D\uDE00`, "😀 😀", nil},
		{`\ufffd`, "\ufffd", nil},
		{`\ud83d`, "", ErrLoneSurrogate},
		{`\ude00`, "", ErrLoneSurrogate},
		{`\ude00\ud83d`, "", ErrLoneSurrogate},
		{`\ud83d\u0041`, "", ErrLoneSurrogate},
		{`\ud83dx`, "", ErrLoneSurrogate},
		{`\ud83d\n\ude00`, "", ErrLoneSurrogate},
		{"a\xff", "", ErrInvalidUTF8},
		{"\xed\xa0\xbd", "", ErrInvalidUTF8},
		{"\xe2\\u0041\x82", "", ErrInvalidUTF8},
		{`\`, "", ErrEscape},
		{`\x41`, "", ErrEscape},
		{`\u12`, "", ErrEscape},
		{`\u12g4`, "", ErrEscape},
	}
	for _, test := range tests {
		got, err := Unescape([]byte("before "), []byte(test.body))
		if string(got) != "before "+test.want || !errors.Is(err, test.err) {
			t.Errorf("Unescape(%q) = %q, %v, want %q, %v", test.body, got, err, test.want, test.err)
		}
	}
}

func TestAppendString(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `""`},
		{"plain é 😀 / \x7f\u2028", "\"plain é 😀 / \x7f\u2028\""},
		{"\"\\", `"\"\\"`},
		{"\b\f\n\r\t\x00\x1f", `"\b\f\n\r\t\u0000\u001f"`},
		{"eight by eight\" and more", `"eight by eight\" and more"`},
	}
	for _, test := range tests {
		if got := AppendString([]byte("before "), []byte(test.text)); string(got) != "before "+test.want {
			t.Errorf("AppendString(%q) = %s, want %s", test.text, got, test.want)
		}
	}
}

// FuzzUnescape holds Unescape against jsontext, and AppendString against Unescape.
func FuzzUnescape(f *testing.F) {
	for _, s := range []string{"", "abc", `\u00e9\n`, `\ud83d\ude00`, `\ud83d`, "\xff", `\"`, "\\u0041\xe2", "é\x01", `\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if utf8.Valid(body) {
			quoted := AppendString(nil, body)
			got, err := Unescape(nil, quoted[1:len(quoted)-1])
			if _, wrong := New(nil, 0).Scan(quoted, Selected); wrong != nil || err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%q becomes %q and then %q, %v, %v", body, quoted, got, wrong, err)
			}
		}
		doc := append(append([]byte{'"'}, body...), '"')
		got, err := Unescape(nil, body)
		if _, wrong := New(nil, 0).Scan(doc, Selected); wrong != nil {
			return // and no crash before
		}
		want, wrong := jsontext.AppendUnquote(nil, doc)
		if (err == nil) != (wrong == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("Unescape(%q) = %q, %v, want %q, %v", body, got, err, want, wrong)
		}
	})
}
