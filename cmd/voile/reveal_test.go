package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"voile/crypto"
)

// ephemeral makes a domain of its own keys, and tokens in it.
func ephemeral(t *testing.T, name string, m crypto.Method) (*crypto.Domain, func(plaintext string) string) {
	t.Helper()
	p, err := crypto.NewParams(name, m, "", "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := crypto.NewEphemeralDomain(p)
	if err != nil {
		t.Fatal(err)
	}
	return d, func(plaintext string) string {
		token, err := d.AppendToken(nil, []byte(plaintext))
		if err != nil {
			t.Fatal(err)
		}
		return string(token)
	}
}

func TestRevealText(t *testing.T) {
	mail, mailToken := ephemeral(t, "mail", crypto.Tokenize)
	note, noteToken := ephemeral(t, "note", crypto.Encrypt)
	_, idToken := ephemeral(t, "id", crypto.Hash)
	_, forged := ephemeral(t, "mail", crypto.Tokenize)
	_, unknown := ephemeral(t, "unknown", crypto.Tokenize)

	quote := mailToken(`a"b`)
	for _, tt := range []struct {
		name             string
		in               string
		text, json, says string
		fails            bool
	}{
		{name: "no token", in: "plain\ntext", text: "plain\ntext", json: "plain\ntext"},
		{name: "tokenize", in: `{"a":"` + quote + `","b":1}`, text: `{"a":"a"b","b":1}`, json: `{"a":"a\"b","b":1}`},
		{name: "glued", in: "x=" + quote + "&y", text: `x=a"b&y`, json: `x=a\"b&y`},
		{name: "an object", in: `{"a": "` + noteToken(`{"x":[1]}`) + `"}`, text: `{"a": "{"x":[1]}"}`, json: `{"a": {"x":[1]}}`},
		{name: "an encrypted string", in: `["` + noteToken(`"é\n"`) + `"]`, text: `[""é\n""]`, json: `["é\n"]`},
		{name: "inside a string", in: `["see ` + noteToken(`"é\n"`) + ` or ` + noteToken(`{"x":1}`) + `"]`,
			text: `["see "é\n" or {"x":1}"]`, json: `["see é\n or {\"x\":1}"]`},
		{name: "a member's name", in: `{"` + noteToken(`7`) + `": 1}`, text: `{"7": 1}`, json: `{"7": 1}`},
		{name: "behind an escaped quote", in: `["\"` + noteToken(`7`) + `"]`, text: `["\"7"]`, json: `["\"7"]`},
		{name: "one-way", in: idToken("4711"), text: idToken("4711"), json: idToken("4711"), says: "voile: 1 token of domain id stayed: method hash is one-way\n"},
		{name: "forged", in: forged("x"), text: "=", json: "=", says: "voile: 1 token of domain mail stayed: not genuine, or made under a key that is gone\n", fails: true},
		{name: "unknown domain", in: unknown("x") + " " + unknown("y"), text: "=", json: "=", says: "voile: the tokens of domain unknown stayed: no such domain\n", fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, mode := range []string{"text", "json"} {
				loads := 0
				r := newRevealer(func(domain string) (*crypto.Domain, error) {
					loads++
					switch domain {
					case "mail":
						return mail, nil
					case "note":
						return note, nil
					}
					return nil, errors.New("no such domain")
				})
				var out, stderr bytes.Buffer
				want, work := tt.text, r.text
				if mode == "json" {
					want, work = tt.json, r.json
				}
				if want == "=" {
					want = tt.in
				}
				if err := work(strings.NewReader(tt.in), &out); err != nil {
					t.Fatal(err)
				}
				if out.String() != want {
					t.Errorf("%s: got %s, want %s", mode, out.String(), want)
				}
				if err := r.tally(&stderr); (err != nil) != tt.fails || stderr.String() != tt.says {
					t.Errorf("%s: error %v, says %q; want error %v, %q", mode, err, stderr.String(), tt.fails, tt.says)
				}
				if loads > 1 {
					t.Errorf("%s: asked %d times for the keys of one domain", mode, loads)
				}
			}
		})
	}
}

func TestRevealTokens(t *testing.T) {
	mail, mailToken := ephemeral(t, "mail", crypto.Tokenize)
	_, idToken := ephemeral(t, "id", crypto.Hash)
	r := newRevealer(func(string) (*crypto.Domain, error) { return mail, nil })
	var out, stderr bytes.Buffer
	err := r.tokens(&out, &stderr, []string{mailToken("a"), idToken("b"), "nonsense", mailToken("c d")})
	if !errors.Is(err, errFailedShown) {
		t.Errorf("error %v, want errFailedShown", err)
	}
	if got, want := out.String(), "a\nc d\n"; got != want {
		t.Errorf("output %q, want %q", got, want)
	}
	want := "voile: token 2: " + crypto.ErrOneWay.Error() + "\nvoile: token 3: has not the form of a token, as vt1.<domain>.<base64url>\n"
	if stderr.String() != want {
		t.Errorf("standard error %q, want %q", stderr.String(), want)
	}
}

// TestRevealOnATerminal: who writes to a source writes to the terminal of who reveals, and must not drive it.
func TestRevealOnATerminal(t *testing.T) {
	name, nameToken := ephemeral(t, "name", crypto.Tokenize)
	note, noteToken := ephemeral(t, "note", crypto.Encrypt)
	const evil = "Zoé\x1b]0;x\a\r\u009b2J\u202e\U000e0001"
	tokens := `{"a":"` + nameToken(evil) + `","b":"` + noteToken("{\r\n\t\"c\": \"\u009bé\"}") + `"}`
	for _, tt := range []struct {
		name     string
		terminal bool
		work     func(*revealer, *bytes.Buffer) error
		want     string
	}{
		{"text to a file", false, func(r *revealer, out *bytes.Buffer) error { return r.text(strings.NewReader(tokens), out) },
			`{"a":"` + evil + `","b":"` + "{\r\n\t\"c\": \"\u009bé\"}" + `"}`},
		{"text", true, func(r *revealer, out *bytes.Buffer) error { return r.text(strings.NewReader(tokens), out) },
			`{"a":"Zoé\x1b]0;x\x07\x0d\x9b2J\u{202e}\u{e0001}","b":"{\x0d\x0a\x09"c": "\x9bé"}"}`},
		{"arguments", true, func(r *revealer, out *bytes.Buffer) error {
			return r.tokens(out, io.Discard, []string{nameToken(evil)})
		},
			`Zoé\x1b]0;x\x07\x0d\x9b2J\u{202e}\u{e0001}` + "\n"},
		{"JSON", true, func(r *revealer, out *bytes.Buffer) error { return r.json(strings.NewReader(tokens), out) },
			`{"a":"Zoé\u001b]0;x\u0007\r\u009b2J\u202e\udb40\udc01","b":` + "{ \n\t\"c\": \"\\u009bé\"}" + `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRevealer(func(domain string) (*crypto.Domain, error) {
				return map[string]*crypto.Domain{"name": name, "note": note}[domain], nil
			})
			r.terminal = tt.terminal
			var out bytes.Buffer
			if err := tt.work(r, &out); err != nil || out.String() != tt.want {
				t.Errorf("%v\n got %q\nwant %q", err, out.String(), tt.want)
			}
		})
	}
}
