package crypto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"voile/crypto/normalize"
)

// allDomains is every method with every normalizer that it may have.
func allDomains(t testing.TB) []*Domain {
	t.Helper()
	var out []*Domain
	for _, m := range Methods() {
		for _, name := range normalize.Names() {
			if m == Encrypt && name != "text" {
				continue
			}
			region := ""
			if normalize.NeedsRegion(name) {
				region = "FR"
			}
			p, err := NewParams("domain-"+name, m, name, region)
			if err != nil {
				t.Fatal(err)
			}
			d, err := NewEphemeralDomain(p)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, d)
		}
	}
	return out
}

// For any text: its token is the domain's own, reveals the normalized value, is the token of the revealed value again,
// and is one text.
func FuzzRevealAfterTokenIsNormalized(f *testing.F) {
	for _, v := range []string{"", " Marie@Example.FR ", "n/a", "06 12 34 56 78", "É", "\x80\x00", "Zoë", "15"} {
		f.Add([]byte(v))
	}
	domains := allDomains(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, d := range domains {
			norm, _ := d.Normalize(nil, text)
			tok, err := d.AppendToken(nil, norm)
			if err != nil {
				t.Fatal(err)
			}
			if own, foreign := d.Recognize(tok); !own || foreign {
				t.Errorf("%+v: Recognize = %v, %v", d.params, own, foreign)
			}
			if !wellFormed(string(tok)) {
				t.Errorf("%+v: %q is not what decodes and encodes to itself", d.params, tok)
			}
			got, err := d.Reveal(tok)
			if d.params.Method == Hash {
				if !errors.Is(err, ErrOneWay) {
					t.Errorf("Reveal: %v", err)
				}
				got = norm
			} else if err != nil || !bytes.Equal(got, norm) {
				t.Errorf("%+v: Reveal = %q, %v, want %q", d.params, got, err, norm)
			}
			if d.params.Method != Encrypt {
				if again, err := d.AppendToken(nil, got); err != nil || !bytes.Equal(again, tok) {
					t.Errorf("%+v: one value, two tokens", d.params)
				}
			}
		}
	})
}

func FuzzTokenOfOneDomainNeverOpensInAnother(f *testing.F) {
	f.Add("value", "a", "b")
	f.Add("", "customer-email", "customer-e")
	f.Add("x", "text", "a1text")
	keysets := map[Method][]*Domain{}
	for _, m := range Methods() {
		keysets[m] = []*Domain{newDomain(f, "any", m), newDomain(f, "any", m)}
	}
	f.Fuzz(func(t *testing.T, value, a, b string) {
		if !ValidDomainName(a) || !ValidDomainName(b) {
			return
		}
		for _, m := range Methods() {
			// Other keys, whatever the names.
			crossCheck(t, "other keys", renamed(t, keysets[m][0], a), renamed(t, keysets[m][1], b), value)
			// Other names under the same keys, which documents rule out: the associated data keeps them apart. The
			// check of vh1 knows nothing but the key; a hash opens nowhere.
			if a != b && m != Hash {
				crossCheck(t, "other name", renamed(t, keysets[m][0], a), renamed(t, keysets[m][0], b), value)
			}
		}
	})
}

// renamed is a domain of another name under the keys of d.
func renamed(t testing.TB, d *Domain, name string) *Domain {
	t.Helper()
	p := d.params
	p.Domain = name
	out := &Domain{params: p, norm: d.norm, head: []byte(p.Method.version() + "." + name + "."), keys: d.keys, keyset: d.keyset}
	out.pool.New = func() any { return new(scratch) }
	switch m := d.mech.(type) {
	case *sivMechanism:
		mech, err := newSIVMechanism(d.keyset, p.tokenAD(), newSIVMaker)
		if err != nil {
			t.Fatal(err)
		}
		out.mech = mech
	case *aeadMechanism:
		out.mech = &aeadMechanism{aead: m.aead, ad: p.tokenAD()}
	case *prfMechanism:
		ad := p.tokenAD()
		out.mech = &prfMechanism{prfs: m.prfs, prefix: m.prefix, ad: append([]byte{0, 0, 0, byte(len(ad))}, ad...)}
	}
	return out
}

func FuzzChangedTokenIsRefused(f *testing.F) {
	f.Add("0612345678", uint16(3), byte('x'))
	f.Add("", uint16(40), byte(1))
	var domains []*Domain
	for _, m := range Methods() {
		domains = append(domains, newDomain(f, "customer-id", m))
	}
	f.Fuzz(func(t *testing.T, value string, at uint16, xor byte) {
		for _, d := range domains {
			tok := []byte(token(t, d, value))
			tok[int(at)%len(tok)] ^= xor
			if xor != 0 {
				refused(t, d, tok)
			}
		}
	})
}

// The fields can be read back from their encoding, so no two lists share one.
func FuzzFieldsAreInjective(f *testing.F) {
	f.Add("a", "b", "c")
	f.Add("", "ab", "")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		enc := appendFields(nil, a, b, c)
		for _, want := range []string{a, b, c} {
			var field string
			field, enc = readField(t, enc)
			if field != want {
				t.Fatalf("read back %q, want %q", field, want)
			}
		}
		if len(enc) != 0 {
			t.Errorf("%d bytes are left", len(enc))
		}
	})
}

func readField(t *testing.T, enc []byte) (string, []byte) {
	t.Helper()
	n, w := binary.Uvarint(enc)
	if w <= 0 || n > uint64(len(enc)-w) {
		t.Fatal("no field can be read")
	}
	return string(enc[w : w+int(n)]), enc[w+int(n):]
}
