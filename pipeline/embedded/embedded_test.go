package embedded_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"voile/pipeline/embedded"
)

func TestGuess(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`{"a":1}`, "json"}, {` [1] `, "json"}, {`{"a":`, ""}, {`"a"`, ""}, {`12`, ""}, {``, ""}, {`{`, ""},
		{"eyJhIjoxLCJiIjoyfQ==", "base64 json"}, {"eyJhIjoxLCJiIjoyfQ", "base64 json"}, {"eyJhIjoi_7__In0", ""}, {"eyJhIjoi5L-h5oGvIn0", "base64url json"},
		{"W3siYSI6MX0sMiwzXQ==", "base64 json"}, {"eyJhIjoxfQ", ""}, {"everythingisawordhere", ""}, {"eventually=1&more=2", "form"}, {"e3NvbWV0aGluZ30gZWxzZQ", ""},
		{"https://h/p?a=1", "url"}, {"/p?a=1", "url"}, {"?a=1", "url"}, {"https://h/p", ""}, {"https://h/p?a", ""}, {"why? a=1", ""}, {"a?b=1", ""}, {"app:x?a=1", "url"},
		{"a=1&b=2", "form"}, {"a=1", ""}, {"a=1&b", ""}, {"R&D=x", ""}, {"a=1&b=2 c", ""},
	} {
		if have := strings.Join(embedded.Guess([]byte(tc.text)), " "); have != tc.want {
			t.Errorf("%q: have %q, want %q", tc.text, have, tc.want)
		}
	}
}

// What is guessed does not depend on what a text of base64 begins with, which is looked at first: any other text is decoded to no JSON.
func FuzzGuess(f *testing.F) {
	f.Add("eyJhIjoxLCJiIjoyfQ==")
	f.Add("W3siYSI6MX0sMiwzXQ")
	f.Add("eyJhIjoi5L-h5oGvIn0")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.TrimSpace(text)
		if len(text) < 16 {
			return
		}
		holds := false
		for _, decoder := range []string{embedded.Base64, embedded.Base64URL} {
			plain, _, ok := embedded.NewCodec(decoder).Decode(nil, []byte(text))
			holds = holds || ok && len(plain) > 1 && (plain[0] == '{' || plain[0] == '[') && json.Valid(plain)
		}
		if chain := embedded.Guess([]byte(text)); holds != (len(chain) == 2) {
			t.Fatalf("%q: holds JSON: %v, guessed %v", text, holds, chain)
		}
	})
}

// Each part by the RFC's own example and its neighbors; what is found stands between brackets.
func TestLocate(t *testing.T) {
	for _, tc := range []struct{ decoder, part, text, want string }{
		{"url", "userinfo", "foo://ana:x@example.com:8042/over/there?name=ferret#nose", "foo://[ana:x]@example.com:8042/over/there?name=ferret#nose"},
		{"url", "userinfo", "http://a@b@c/", "http://[a@b]@c/"},
		{"url", "userinfo", "http://c/a@b", "http://c/a@b"},
		{"url", "userinfo", "//u@h", "//[u]@h"},
		{"url", "path", "foo://example.com:8042/over/there?name=ferret#nose", "foo://example.com:8042/[over/there]?name=ferret#nose"},
		{"url", "path", "urn:example:animal:ferret:nose", "urn:[example:animal:ferret:nose]"},
		{"url", "path", "http://h", "http://h"},
		{"url", "path", "a/b:c", "[a/b:c]"},
		{"url", "path", "1a:c", "[1a:c]"},
		{"url", "path.0", "/over/there", "/[over]/there"},
		{"url", "path.1", "http://h/over/there/", "http://h/over/[there]/"},
		{"url", "path.1", "over//there", "over//there"},
		{"url", "path.2", "/over//there", "/over//[there]"},
		{"url", "fragment", "x?y#a#b", "x?y#[a#b]"},
		{"url", "fragment", "x#", "x#"},
		{"url", "query.name", "foo://h?name=ferret&n%61me=x&name&names=1&name=#name=2", "foo://h?name=[ferret]&n%61me=[x]&name&names=1&name=[]#name=2"},
		{"url", "query.a b", "?a+b=1&a%20b=2&a b=3", "?a+b=[1]&a%20b=[2]&a b=[3]"},
		{"url", "query.*", "?a=1&=2&&b", "?a=[1]&=[2]&&b"},
		{"url", "query.a", "#?a=1", "#?a=1"},
		{"url", "query.a[]", "?a[]=1&a%5b%5D=2", "?a[]=[1]&a%5b%5D=[2]"},
		{"form", "a", "a=1&a=2&b=3", "a=[1]&a=[2]&b=3"},
		{"form", "*", "a=1&b", "a=[1]&b"},
		{"form", "a", "?a=1", "?a=1"},
	} {
		part, err := embedded.ParsePart(tc.decoder, tc.part)
		if err != nil {
			t.Fatal(err)
		}
		var have []byte
		at := 0
		for _, p := range embedded.NewLocator(tc.decoder, []embedded.Part{part}).Locate(nil, []byte(tc.text)) {
			have = append(append(append(append(have, tc.text[at:p.Start]...), '['), tc.text[p.Start:p.End]...), ']')
			at = p.End
		}
		if have = append(have, tc.text[at:]...); string(have) != tc.want {
			t.Errorf("%s %s: have %s, want %s", tc.decoder, tc.part, have, tc.want)
		}
	}
}

func TestParts(t *testing.T) {
	for _, text := range []string{"query.email", "query.*", "query.a.b", "path", "path.0", "path.255", "fragment", "userinfo"} {
		if p, err := embedded.ParsePart(embedded.URL, text); err != nil || p.String() != text {
			t.Errorf("%s: have %s, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "query", "query.", "path.", "path.01", "path.-1", "path.256", "host", "fragment.x", "Query.a"} {
		if p, err := embedded.ParsePart(embedded.URL, text); err == nil {
			t.Errorf("%q is %s", text, p)
		}
	}
	if p, err := embedded.ParsePart(embedded.Form, "query.a"); err != nil || p.Form() != "query.a" {
		t.Errorf("have %s, %v", p.Form(), err)
	}
	if _, err := embedded.ParsePart(embedded.Form, ""); err == nil {
		t.Error("a parameter without a name")
	}
	covers := func(a, b string) bool {
		p, _ := embedded.ParsePart(embedded.URL, a)
		q, _ := embedded.ParsePart(embedded.URL, b)
		return p.Covers(q)
	}
	for pair, want := range map[[2]string]bool{{"query.*", "query.a"}: true, {"query.a", "query.*"}: false, {"query.a", "query.a"}: true, {"query.a", "query.b"}: false,
		{"path", "path.1"}: true, {"path.1", "path"}: false, {"query.*", "path"}: false, {"path.1", "path.2"}: false} {
		if have := covers(pair[0], pair[1]); have != want {
			t.Errorf("%s covers %s: have %t", pair[0], pair[1], have)
		}
	}
}

// What a codec decodes it encodes to the same text, and what it is given comes back.
func FuzzCodecs(f *testing.F) {
	for _, s := range []string{"", "QQ==", "QQ", "QR", "_-8", "/+8=", "AAAA", "AA\n==", "A", "===="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range []string{embedded.Base64, embedded.Base64URL} {
			c := embedded.NewCodec(name)
			if plain, padded, ok := c.Decode(nil, text); ok {
				if again := c.Encode(nil, plain, padded); !bytes.Equal(again, text) {
					t.Fatalf("%s: %q became %q", name, text, again)
				}
			}
			for _, padded := range []bool{false, true} {
				plain, _, ok := c.Decode(nil, c.Encode(nil, text, padded))
				if !ok || !bytes.Equal(plain, text) {
					t.Fatalf("%s: %q came back as %q", name, text, plain)
				}
			}
		}
	})
}

// What is escaped is read back, by others too; the parts that are found lie in the text, in order, and stay parts whatever is
// put there.
func FuzzParts(f *testing.F) {
	for _, s := range []string{"https://a:b@h/p/q?x=1&y=%20+&z#f", "?x", "x=1&x=2", "//@/?=&", "%zz%4", "a:b", "+%2B"} {
		f.Add([]byte(s), []byte("ana@example.org & co"))
	}
	var parts []embedded.Part
	for _, name := range []string{"query.*", "path", "fragment", "userinfo"} {
		p, err := embedded.ParsePart(embedded.URL, name)
		if err != nil {
			f.Fatal(err)
		}
		parts = append(parts, p)
	}
	l := embedded.NewLocator(embedded.URL, parts)
	f.Fuzz(func(t *testing.T, text, value []byte) {
		escaped := embedded.AppendEscaped(nil, value)
		for _, form := range []bool{false, true} {
			if back := embedded.AppendUnescaped(nil, escaped, form); !bytes.Equal(back, value) {
				t.Fatalf("%q was read back as %q", value, back)
			}
		}
		if back, err := url.QueryUnescape(string(escaped)); err != nil || back != string(value) {
			t.Fatalf("%q was read back as %q, %v", value, back, err)
		}
		if len(value) == 0 {
			return
		}
		var out []byte
		at := 0
		places := l.Locate(nil, text)
		for _, p := range places {
			if p.Start < at || p.End < p.Start || p.From > p.Start || p.To < p.End || p.To > len(text) || p.From < 0 {
				t.Fatalf("%q: %+v", text, places)
			}
			out = append(append(out, text[at:p.Start]...), escaped...)
			at = p.End
		}
		out = append(out, text[at:]...)
		again := l.Locate(nil, out)
		if len(again) != len(places) {
			t.Fatalf("%q has %d parts, and %q %d", text, len(places), out, len(again))
		}
		for i, p := range again {
			if p.Part != places[i].Part || !bytes.Equal(embedded.AppendUnescaped(nil, out[p.Start:p.End], p.Plus), value) {
				t.Fatalf("%q became %q: part %d", text, out, i)
			}
		}
	})
}
