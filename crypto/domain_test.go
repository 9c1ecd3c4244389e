package crypto

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// newParams returns the Params of a domain with the normalizer text.
func newParams(t testing.TB, domain string, m Method) Params {
	t.Helper()
	p, err := NewParams(domain, m, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newDomain(t testing.TB, domain string, m Method) *Domain {
	t.Helper()
	d, err := NewEphemeralDomain(newParams(t, domain, m))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func token(t testing.TB, d *Domain, plaintext string) string {
	t.Helper()
	out, err := d.AppendToken(nil, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// values are plaintexts with every trap that padding and text have: borders of 16 and 64, trailing zeros and markers.
func values() []string {
	out := []string{"", "a", "marie.durand@example.fr", "\x00", "\x80", "\x80\x00\x00", "日本語", "{\"a\":[1,2,{}]}", "null"}
	for _, n := range []int{14, 15, 16, 17, 30, 31, 32, 33, 47, 48, 62, 63, 64, 65, 71, 72, 127, 128, 129, 1000, 70_000} {
		out = append(out, strings.Repeat("x", n), strings.Repeat("\x00", n), strings.Repeat("\x80", n))
	}
	return out
}

func TestTokenIsRecognizedAndRevealed(t *testing.T) {
	for _, m := range Methods() {
		d := newDomain(t, "customer-email", m)
		for _, v := range values() {
			tok := token(t, d, v)
			if want := m.version() + ".customer-email."; !strings.HasPrefix(tok, want) {
				t.Fatalf("%s: token does not begin with %s", m, want)
			}
			if again := token(t, d, v); (again == tok) != (m != Encrypt) {
				t.Errorf("%s: %d bytes twice: equal tokens %v", m, len(v), again == tok)
			}
			if own, foreign := d.Recognize([]byte(tok)); !own || foreign {
				t.Errorf("%s: %d bytes: Recognize = %v, %v, want true, false", m, len(v), own, foreign)
			}
			got, err := d.Reveal([]byte(tok))
			if m == Hash {
				if !errors.Is(err, ErrOneWay) {
					t.Errorf("%s: Reveal: %v, want ErrOneWay", m, err)
				}
			} else if err != nil || string(got) != v {
				t.Errorf("%s: %d bytes: Reveal gives %d bytes, %v", m, len(v), len(got), err)
			}
			info, ok := ParseToken([]byte(tok))
			if want := (Token{Method: m, Domain: "customer-email", KeyID: d.Keys()[0].ID}); !ok || info != want {
				t.Errorf("%s: ParseToken = %+v, %v, want %+v", m, info, ok, want)
			}
		}
	}
}

func TestAppendTokenAppends(t *testing.T) {
	for _, m := range Methods() {
		d := newDomain(t, "id", m)
		out, err := d.AppendToken([]byte(`{"id":"`), []byte("7"))
		if err != nil || !bytes.HasPrefix(out, []byte(`{"id":"`+m.version()+".id.")) {
			t.Errorf("%s: AppendToken does not append", m)
		}
	}
}

// Every pair of domains that differ in one thing: another name, another method, another normalizer, another version of
// it; each with a keyset of its own, and, which no proxy ever has, with the very same keyset.
func TestTokenOfOneDomainNeverOpensInAnother(t *testing.T) {
	base := newParams(t, "customer-email", Tokenize)
	changed := func(change func(*Params)) Params { p := base; change(&p); return p }
	others := map[string]Params{
		"name":               changed(func(p *Params) { p.Domain = "customer-emails" }),
		"normalizer":         changed(func(p *Params) { p.Normalizer = "email" }),
		"normalizer version": changed(func(p *Params) { p.NormalizerVersion++ }),
		"hash":               changed(func(p *Params) { p.Method = Hash }),
		"encrypt":            changed(func(p *Params) { p.Method = Encrypt }),
		"encrypt, name":      changed(func(p *Params) { p.Method, p.Domain = Encrypt, "free-text" }),
	}
	h := mustKeyset(t, Tokenize)
	shared := func(p Params) *Domain {
		if p.Method != Tokenize {
			return bareDomain(t, p, mustKeyset(t, p.Method))
		}
		return bareDomain(t, p, h)
	}
	a := shared(base)
	for what, p := range others {
		for _, b := range []*Domain{shared(p), bareDomain(t, p, mustKeyset(t, p.Method))} {
			for _, v := range values()[:20] {
				crossCheck(t, what, a, b, v)
				crossCheck(t, what, b, a, v)
			}
		}
	}
}

// crossCheck makes a token in one domain and shows it to the other, as it is and with the other's head.
func crossCheck(t testing.TB, what string, from, to *Domain, value string) {
	t.Helper()
	tok := token(t, from, value)
	relabeled := string(to.head) + tok[strings.LastIndexByte(tok, '.')+1:]
	for _, text := range []string{tok, relabeled} {
		if own, _ := to.Recognize([]byte(text)); own {
			t.Errorf("%s: a token of another domain is taken for an own one", what)
		}
		if _, err := to.Reveal([]byte(text)); !errors.Is(err, ErrNotGenuine) {
			t.Errorf("%s: Reveal of another domain's token: %v", what, err)
		}
	}
	if string(from.head) != string(to.head) {
		if own, foreign := to.Recognize([]byte(tok)); own || !foreign {
			t.Errorf("%s: Recognize = %v, %v, want false, true", what, own, foreign)
		}
	}
}

func mustKeyset(t testing.TB, m Method) *keyset.Handle {
	t.Helper()
	h, err := NewKeyset(m)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// bareDomain is a domain with any Params, also of a normalizer's version that this program does not have.
func bareDomain(t testing.TB, p Params, h *keyset.Handle) *Domain {
	t.Helper()
	mech, err := newMechanism(p, h)
	if err != nil {
		t.Fatal(err)
	}
	d := newDomain(t, p.Domain, p.Method)
	d.params, d.mech, d.keys, d.keyset = p, mech, Keys(h), h
	return d
}

func TestRotatedKeysStillRecognize(t *testing.T) {
	for _, m := range Methods() {
		p := newParams(t, "customer-id", m)
		h := mustKeyset(t, m)
		before, err := NewDomain(p, h)
		if err != nil {
			t.Fatal(err)
		}
		old := token(t, before, "4711")

		manager := keyset.NewManagerFromHandle(h)
		oldID := before.Keys()[0].ID
		tmpl, err := m.template()
		if err != nil {
			t.Fatal(err)
		}
		newID, err := manager.Add(tmpl)
		if err != nil {
			t.Fatal(err)
		}
		rotated := func(change func() error) *Domain {
			t.Helper()
			if err := change(); err != nil {
				t.Fatal(err)
			}
			h, err := manager.Handle()
			if err != nil {
				t.Fatal(err)
			}
			d, err := NewDomain(p, h)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		after := rotated(func() error { return manager.SetPrimary(newID) })
		if own, foreign := after.Recognize([]byte(old)); !own || foreign {
			t.Errorf("%s: a token of the key before: Recognize = %v, %v", m, own, foreign)
		}
		fresh := token(t, after, "4711")
		if info, _ := ParseToken([]byte(fresh)); fresh == old || info.KeyID != newID {
			t.Errorf("%s: the new primary key is not used", m)
		}
		if own, foreign := before.Recognize([]byte(fresh)); own || !foreign {
			t.Errorf("%s: a token under a key that is not there: Recognize = %v, %v, want false, true", m, own, foreign)
		}
		want := []Key{{ID: oldID, Enabled: true}, {ID: newID, Primary: true, Enabled: true}}
		if got := after.Keys(); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%s: Keys = %+v, want %+v", m, got, want)
		}
		disabled := rotated(func() error { return manager.Disable(oldID) })
		if own, foreign := disabled.Recognize([]byte(old)); own || !foreign {
			t.Errorf("%s: a token of a disabled key: Recognize = %v, %v, want false, true", m, own, foreign)
		}
	}
}

// Any other byte anywhere makes another text, and that is no token of the domain.
func TestChangedTokenIsRefused(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \r\n\x00\xff"
	for _, m := range Methods() {
		d := newDomain(t, "d", m)
		tok := []byte(token(t, d, "0612345678"))
		for i := range tok {
			for _, c := range []byte(alphabet) {
				if c == tok[i] {
					continue
				}
				changed := bytes.Clone(tok)
				changed[i] = c
				refused(t, d, changed)
			}
			refused(t, d, append(bytes.Clone(tok[:i]), tok[i+1:]...))
			refused(t, d, append(append(bytes.Clone(tok[:i]), '\n'), tok[i:]...))
		}
		refused(t, d, append(bytes.Clone(tok), '='))
		refused(t, d, append(bytes.Clone(tok), '\r', '\n'))
	}
}

func refused(t testing.TB, d *Domain, text []byte) {
	t.Helper()
	if own, _ := d.Recognize(text); own {
		t.Errorf("%s: %q is recognized", d.params.Method, text)
	}
	if _, err := d.Reveal(text); !errors.Is(err, ErrNotGenuine) {
		t.Errorf("%s: Reveal(%q): %v, want ErrNotGenuine", d.params.Method, text, err)
	}
}

func TestMadeUpTokenIsAValue(t *testing.T) {
	for _, m := range Methods() {
		d := newDomain(t, "customer-id", m)
		genuine := token(t, d, "4711")
		raw, err := base64.RawURLEncoding.DecodeString(genuine[len(d.head):])
		if err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if _, err := rand.Read(raw[prefixLen:]); err != nil { // a key ID that exists, the rest made up
				t.Fatal(err)
			}
			text := append(bytes.Clone(d.head), base64.RawURLEncoding.EncodeToString(raw)...)
			if own, foreign := d.Recognize(text); own || !foreign {
				t.Fatalf("%s: a made-up token: Recognize = %v, %v, want false, true", m, own, foreign)
			}
		}
	}
}

func TestPlainValuesAreNeither(t *testing.T) {
	for _, m := range Methods() {
		d := newDomain(t, "d", m)
		for _, text := range []string{"", "v", "vt1", "vt1.", "vt1.d", "vt1.d.", "vt2.d.AAAA", "vx1.d.AAAA", "ve1.D.AQAA", "marie@example.fr", strings.Repeat("vt1.", 1000)} {
			if own, foreign := d.Recognize([]byte(text)); own || foreign {
				t.Errorf("%s: Recognize(%.20q) = %v, %v, want false, false", m, text, own, foreign)
			}
		}
	}
}

func TestNormalize(t *testing.T) {
	email, err := NewParams("e", Tokenize, "email", "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewEphemeralDomain(email)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		d              *Domain
		text, want     string
		wantUnderstood bool
	}{
		{d, " Marie@Example.FR ", "marie@example.fr", true},
		{d, " n/a ", "n/a", false},
		{newDomain(t, "t", Hash), " A ", " A ", true},
		{newDomain(t, "f", Encrypt), ` "A" `, ` "A" `, true},
	}
	for _, tt := range tests {
		out, understood := tt.d.Normalize([]byte("<"), []byte(tt.text))
		if string(out) != "<"+tt.want || understood != tt.wantUnderstood {
			t.Errorf("%s: Normalize(%q) = %q, %v, want %q, %v", tt.d.params.Domain, tt.text, out, understood, "<"+tt.want, tt.wantUnderstood)
		}
	}
}

func TestNewDomainRefuses(t *testing.T) {
	p := newParams(t, "d", Tokenize)
	with := func(change func(*Params)) Params { q := p; change(&q); return q }
	tests := []struct {
		name string
		p    Params
		h    *keyset.Handle
		want string
	}{
		{"keyset of another method", p, mustKeyset(t, Hash), `crypto: domain "d", method tokenize: the keyset holds a key of another type or output prefix than voile makes for it`},
		{"no keyset", p, nil, `crypto: domain "d", method tokenize: the keyset is empty`},
		{"name", with(func(p *Params) { p.Domain = "D" }), mustKeyset(t, Tokenize), "crypto: not a domain name: want a letter a-z, then at most 62 of a-z, 0-9 and -"},
		{"method", with(func(p *Params) { p.Method = "token" }), mustKeyset(t, Tokenize), `crypto: domain "d": unknown method: want tokenize, hash or encrypt`},
		{"newer normalizer", with(func(p *Params) { p.NormalizerVersion = 9 }), mustKeyset(t, Tokenize), `crypto: domain "d": its tokens are made with version 9 of normalizer text, and this program has version 1: run a release of voile that has version 9, or start a new domain`},
		{"normalizer on encrypt", with(func(p *Params) { p.Method, p.Normalizer = Encrypt, "email" }), mustKeyset(t, Encrypt), `crypto: domain "d": method encrypt keeps the JSON value as it is and takes no normalizer but text`},
		{"region", with(func(p *Params) { p.Region = "fr" }), mustKeyset(t, Tokenize), `crypto: domain "d": not a region: want two letters A-Z, as FR`},
	}
	for _, tt := range tests {
		if _, err := NewDomain(tt.p, tt.h); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestValidDomainName(t *testing.T) {
	tests := map[string]bool{
		"a": true, "customer-email": true, "a1-": true, strings.Repeat("a", 63): true,
		"": false, "A": false, "1a": false, "-a": false, "a.b": false, "a_b": false, "é": false, "a ": false, "aB": false, strings.Repeat("a", 64): false,
	}
	for name, want := range tests {
		if got := ValidDomainName(name); got != want {
			t.Errorf("ValidDomainName(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestDomainIsSafeForConcurrentUse(t *testing.T) {
	for _, m := range Methods() {
		d := newDomain(t, "d", m)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 200 {
					v := strings.Repeat(string(rune('a'+g)), i)
					tok, err := d.AppendToken(nil, []byte(v))
					if own, _ := d.Recognize(tok); err != nil || !own {
						t.Errorf("%s: a token is not recognized", m)
						return
					}
					if got, err := d.Reveal(tok); m != Hash && (err != nil || string(got) != v) {
						t.Errorf("%s: Reveal gives another value", m)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}

// The tokens that a value got before a rotation are found again: those of the frozen files, under both of their keys.
func TestUnderEachKey(t *testing.T) {
	for name, f := range loadVectors(t) {
		d, err := NewDomain(Params(f.Params), f.handle(t))
		if err != nil {
			t.Fatal(err)
		}
		each, err := d.UnderEachKey()
		if f.Params.Method == Encrypt {
			if !errors.Is(err, ErrNoEqualTokens) || each != nil {
				t.Errorf("%s: UnderEachKey: %d domains, %v, want ErrNoEqualTokens", name, len(each), err)
			}
			continue
		}
		if err != nil || len(each) != 2 {
			t.Fatalf("%s: UnderEachKey: %d domains, %v, want 2", name, len(each), err)
		}
		for _, v := range f.Vectors {
			if got := token(t, each[0], v.Normalized); got != v.Token {
				t.Errorf("%s: %.40q under the primary key is %.80s, want %.80s", name, v.Normalized, got, v.Token)
			}
			if got := token(t, each[1], v.Normalized); got != v.OldToken {
				t.Errorf("%s: %.40q under the old key is %.80s, want %.80s", name, v.Normalized, got, v.OldToken)
			}
		}
		if got := token(t, d, f.Vectors[0].Normalized); got != f.Vectors[0].Token {
			t.Errorf("%s: the domain itself makes other tokens than before", name)
		}
	}
}

// A rotation as it goes: a new key, made primary, then the old one disabled.
func TestUnderEachKeyAfterRotation(t *testing.T) {
	for _, m := range []Method{Tokenize, Hash} {
		p := newParams(t, "customer-id", m)
		before := mustKeyset(t, m)
		old := token(t, bareDomain(t, p, before), "4711")
		manager := keyset.NewManagerFromHandle(before)
		template, err := m.template()
		if err != nil {
			t.Fatal(err)
		}
		id, err := manager.Add(template)
		if err != nil {
			t.Fatal(err)
		}
		tokens := func() (all []string) {
			t.Helper()
			h, err := manager.Handle()
			if err != nil {
				t.Fatal(err)
			}
			each, err := bareDomain(t, p, h).UnderEachKey()
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range each {
				all = append(all, token(t, d, "4711"))
			}
			return all
		}
		added := tokens()
		if len(added) != 2 || added[0] != old || added[1] == old {
			t.Fatalf("%s: with another key: %v, want %s first", m, added, old)
		}
		if err := manager.SetPrimary(id); err != nil {
			t.Fatal(err)
		}
		if got := tokens(); len(got) != 2 || got[0] != added[1] || got[1] != old {
			t.Errorf("%s: after the rotation: %v, want %s and %s", m, got, added[1], old)
		}
		if err := manager.Disable(before.KeysetInfo().GetPrimaryKeyId()); err != nil {
			t.Fatal(err)
		}
		if got := tokens(); len(got) != 1 || got[0] != added[1] {
			t.Errorf("%s: with the old key disabled: %v, want %s alone", m, got, added[1])
		}
	}
}
