package crypto

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

var created = time.Date(2026, 1, 31, 13, 0, 0, 999, time.FixedZone("", 3600))

// newKEK stands for Vault's Transit key.
func newKEK(t testing.TB) tink.AEAD {
	t.Helper()
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	kek, err := aead.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return kek
}

func domainDocument(t testing.TB, p Params, kek tink.AEAD) *Document {
	t.Helper()
	d, err := NewDomainDocument(p, created)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Wrap(mustKeyset(t, p.Method), kek); err != nil {
		t.Fatal(err)
	}
	return d
}

// quarantineDocuments are the public and the private document of one fresh keyset.
func quarantineDocuments(t testing.TB, kek tink.AEAD) (public, private *Document) {
	t.Helper()
	h, err := NewQuarantineKeyset()
	if err != nil {
		t.Fatal(err)
	}
	pub, err := h.Public()
	if err != nil {
		t.Fatal(err)
	}
	public, err = NewQuarantineDocument(KindQuarantinePublic, created)
	if err != nil {
		t.Fatal(err)
	}
	private, err = NewQuarantineDocument(KindQuarantinePrivate, created)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(public.Wrap(pub, kek), private.Wrap(h, kek)); err != nil {
		t.Fatal(err)
	}
	return public, private
}

func marshal(t testing.TB, d *Document) []byte {
	t.Helper()
	out, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDomainDocumentRoundTrip(t *testing.T) {
	kek := newKEK(t)
	for _, d := range allDomains(t) {
		doc := domainDocument(t, d.Params(), kek)
		text := marshal(t, doc)
		back, err := ParseDocument(text)
		if err != nil {
			t.Fatal(err)
		}
		if back.Kind != KindDomain || back.Params != d.Params() || back.Created.Format(time.RFC3339) != "2026-01-31T12:00:00Z" {
			t.Errorf("ParseDocument = %+v", back)
		}
		if err := back.Disagree(d.Params()); err != nil {
			t.Errorf("Disagree: %v", err)
		}
		h, err := back.Unwrap(kek)
		if err != nil {
			t.Fatal(err)
		}
		again, err := doc.Unwrap(kek)
		if err != nil {
			t.Fatal(err)
		}
		one, err := NewDomain(back.Params, h)
		if err != nil {
			t.Fatal(err)
		}
		two, err := NewDomain(doc.Params, again)
		if err != nil {
			t.Fatal(err)
		}
		if own, _ := two.Recognize([]byte(token(t, one, "x"))); !own {
			t.Errorf("%+v: another keyset comes out than went in", d.Params())
		}
	}
}

func TestDocumentJSON(t *testing.T) {
	kek := newKEK(t)
	p, err := NewParams("customer-phone", Tokenize, "phone", "FR")
	if err != nil {
		t.Fatal(err)
	}
	public, _ := quarantineDocuments(t, kek)
	tests := []struct {
		d    *Document
		want string
	}{
		{domainDocument(t, p, kek), fmt.Sprintf(`{"format":1,"domain":"customer-phone","method":"tokenize","normalizer":"phone","normalizer_version":%d,"region":"FR","created":"2026-01-31T12:00:00Z","keyset":`, p.NormalizerVersion)},
		{public, `{"format":1,"kind":"quarantine-public","created":"2026-01-31T12:00:00Z","keyset":`},
	}
	for _, tt := range tests {
		if got := marshal(t, tt.d); !strings.HasPrefix(string(got), tt.want) {
			t.Errorf("Marshal: %.250s, want %s…", got, tt.want)
		}
		// Vault hands the members back in its own order and spacing.
		var members map[string]any
		dec := json.NewDecoder(bytes.NewReader(marshal(t, tt.d)))
		dec.UseNumber()
		if err := dec.Decode(&members); err != nil {
			t.Fatal(err)
		}
		other, err := json.MarshalIndent(members, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseDocument(other)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := back.Unwrap(kek); err != nil {
			t.Errorf("in another order: %v", err)
		}
	}
}

// Whatever member of a document is changed: its keyset no longer opens.
func TestChangedDocumentDoesNotOpen(t *testing.T) {
	kek := newKEK(t)
	p, err := NewParams("customer-phone", Tokenize, "phone", "FR")
	if err != nil {
		t.Fatal(err)
	}
	text := string(marshal(t, domainDocument(t, p, kek)))
	other := domainDocument(t, newParams(t, "other", Tokenize), kek)
	changes := map[string][2]string{
		"domain":             {`"customer-phone"`, `"customer-phones"`},
		"method":             {`"tokenize"`, `"hash"`},
		"normalizer":         {`"phone","normalizer_version"`, `"text","normalizer_version"`},
		"normalizer version": {fmt.Sprintf(`"normalizer_version":%d`, p.NormalizerVersion), `"normalizer_version":77`},
		"region":             {`"FR"`, `"BE"`},
		"no region":          {`"FR"`, `""`},
		"created":            {"2026-01-31", "2026-01-30"},
	}
	for what, c := range changes {
		if strings.Count(text, c[0]) != 1 {
			t.Fatalf("%s: %s is not there once", what, c[0])
		}
		d, err := ParseDocument([]byte(strings.Replace(text, c[0], c[1], 1)))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if _, err := d.Unwrap(kek); !errors.Is(err, ErrUnwrap) {
			t.Errorf("%s changed: Unwrap: %v, want ErrUnwrap", what, err)
		}
	}
	d, err := ParseDocument([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Unwrap(newKEK(t)); !errors.Is(err, ErrUnwrap) {
		t.Errorf("another key encryption key: %v", err)
	}
	d.wrapped = other.wrapped
	if _, err := d.Unwrap(kek); !errors.Is(err, ErrUnwrap) {
		t.Errorf("the keyset of another domain: %v", err)
	}
}

func TestQuarantineDocuments(t *testing.T) {
	kek := newKEK(t)
	public, private := quarantineDocuments(t, kek)
	sealer, opener := sealerOf(t, marshal(t, public), kek), openerOf(t, marshal(t, private), kek)
	sealed, err := sealer.Seal([]byte("record"), []byte("info"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := opener.Open(sealed, []byte("info")); err != nil || string(got) != "record" {
		t.Errorf("Open = %q, %v", got, err)
	}

	swapped := strings.Replace(string(marshal(t, public)), "quarantine-public", "quarantine-private", 1)
	d, err := ParseDocument([]byte(swapped))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Unwrap(kek); !errors.Is(err, ErrUnwrap) {
		t.Errorf("the public document as private one: %v", err)
	}
	if err := public.Disagree(newParams(t, "d", Tokenize)); !errors.Is(err, ErrDisagree) {
		t.Errorf("a quarantine document for a domain: %v", err)
	}
}

func sealerOf(t testing.TB, text []byte, kek tink.AEAD) *Sealer {
	t.Helper()
	s, err := NewSealer(unwrap(t, text, kek))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openerOf(t testing.TB, text []byte, kek tink.AEAD) *Opener {
	t.Helper()
	o, err := NewOpener(unwrap(t, text, kek))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func unwrap(t testing.TB, text []byte, kek tink.AEAD) *keyset.Handle {
	t.Helper()
	d, err := ParseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	h, err := d.Unwrap(kek)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestWrapRefusesTheWrongKeyset(t *testing.T) {
	kek := newKEK(t)
	private, err := NewQuarantineKeyset()
	if err != nil {
		t.Fatal(err)
	}
	domain, err := NewDomainDocument(newParams(t, "d", Tokenize), created)
	if err != nil {
		t.Fatal(err)
	}
	public, err := NewQuarantineDocument(KindQuarantinePublic, created)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		d *Document
		h *keyset.Handle
	}{
		"a hash keyset for tokenize":       {domain, mustKeyset(t, Hash)},
		"a quarantine keyset for tokenize": {domain, private},
		"a private keyset as public":       {public, private},
		"no keyset":                        {public, nil},
	}
	for name, tt := range tests {
		if err := tt.d.Wrap(tt.h, kek); err == nil {
			t.Errorf("%s is wrapped", name)
		}
		if _, err := tt.d.Marshal(); err == nil {
			t.Errorf("%s: a document without a keyset is marshalled", name)
		}
		if _, err := tt.d.Unwrap(kek); err == nil {
			t.Errorf("%s: a document without a keyset is unwrapped", name)
		}
	}
	if _, err := NewQuarantineDocument(KindDomain, created); err == nil {
		t.Error("a quarantine document of kind domain is made")
	}
}

// refusingKEK is a Vault that does not answer.
type refusingKEK struct{ err error }

func (k refusingKEK) Encrypt(_, _ []byte) ([]byte, error) { return nil, k.err }
func (k refusingKEK) Decrypt(_, _ []byte) ([]byte, error) { return nil, k.err }

func TestUnwrapPassesOnWhatTheKEKSaid(t *testing.T) {
	d := domainDocument(t, newParams(t, "d", Tokenize), newKEK(t))
	sealed := errors.New("vault is sealed")
	if _, err := d.Unwrap(refusingKEK{sealed}); !errors.Is(err, sealed) || !errors.Is(err, ErrUnwrap) {
		t.Errorf("Unwrap: %v, want an error that wraps both", err)
	}
}

func TestDisagreeNamesBothSides(t *testing.T) {
	p, err := NewParams("customer-phone", Tokenize, "phone", "FR")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := NewDomainDocument(p, created)
	if err != nil {
		t.Fatal(err)
	}
	const todo = ": equal values would get other tokens than before; set the configuration to what the document says, run the release of voile that wrote it, or use a new domain name"
	tests := []struct {
		change func(*Params)
		want   string
	}{
		{func(p *Params) { p.Method = Hash }, `method is "hash" in the configuration and "tokenize" in the document`},
		{func(p *Params) { p.Region = "BE" }, `region is "BE" in the configuration and "FR" in the document`},
		{func(p *Params) { p.Normalizer, p.Region = "email", "" }, `normalizer is "email" in the configuration and "phone" in the document; region is "" in the configuration and "FR" in the document`},
		{func(p *Params) { p.NormalizerVersion += 4 }, fmt.Sprintf("normalizer phone has version %d in this program and %d in the document", p.NormalizerVersion+4, p.NormalizerVersion)},
		{func(p *Params) { p.Domain = "phone" }, `domain is "phone" in the configuration and "customer-phone" in the document`},
	}
	for _, tt := range tests {
		q := p
		tt.change(&q)
		want := fmt.Sprintf("crypto: configuration and keyset document disagree: domain %q: %s%s", q.Domain, tt.want, todo)
		if err := doc.Disagree(q); !errors.Is(err, ErrDisagree) || err.Error() != want {
			t.Errorf("Disagree: %v, want %s", err, want)
		}
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	const secret = "c2VjcmV0"
	good := `{"format":1,"domain":"d","method":"hash","normalizer":"text","normalizer_version":1,"region":"","created":"2026-01-31T12:00:00Z","keyset":"` + secret + `"}`
	if _, err := ParseDocument([]byte(good)); err != nil {
		t.Fatal(err)
	}
	quarantine := `{"format":1,"kind":"quarantine-public","created":"2026-01-31T12:00:00Z","keyset":"` + secret + `"}`
	if _, err := ParseDocument([]byte(quarantine)); err != nil {
		t.Fatal(err)
	}
	replace := func(old, repl string) string {
		if strings.Count(good, old) != 1 {
			t.Fatalf("%s is not there once", old)
		}
		return strings.Replace(good, old, repl, 1)
	}
	tests := []struct{ name, text, want string }{
		{"newer format", `{"format":2,"keysets":[` + secret + `]}`, "not JSON near byte"},
		{"newer format, unknown members", `{"anything":{},"format":2}`, "keyset document of a newer format: it has format 2, this program reads up to 1: run a newer release of voile"},
		{"no format", replace(`"format":1,`, ``), "no format: want a number, as 1"},
		{"format 0", replace(`"format":1`, `"format":0`), "no format: want a number, as 1"},
		{"format as text", replace(`"format":1`, `"format":"1"`), "no format: want a number, as 1"},
		{"null format", replace(`"format":1`, `"format":null`), "no format: want a number, as 1"},
		{"unknown member", replace(`"region"`, `"comment":"","region"`), `format 1 has no member "comment"`},
		{"member in capitals", replace(`"region"`, `"Region"`), `format 1 has no member "Region"`},
		{"member twice", replace(`"region":""`, `"region":"FR","region":""`), "a member stands there twice"},
		{"member twice, escaped", replace(`"region":""`, `"region":"FR","regio\u006e":""`), "a member stands there twice"},
		{"missing region", replace(`"region":"",`, ``), "not all members of a domain's document"},
		{"missing keyset", replace(`,"keyset":"`+secret+`"`, ``), "want created and keyset"},
		{"null keyset", replace(`"`+secret+`"`, `null`), "keyset is of the wrong type"},
		{"number as domain", replace(`"d"`, `7`), "domain is of the wrong type"},
		{"fraction as version", replace(`"normalizer_version":1`, `"normalizer_version":1.5`), "normalizer_version is of the wrong type"},
		{"bad domain", replace(`"d"`, `"D"`), "not a domain name"},
		{"unknown method", replace(`"hash"`, `"md5"`), "unknown method"},
		{"region of one letter", replace(`"region":""`, `"region":"F"`), "not a region"},
		{"keyset not base64", replace(secret, "c2Vj!"), "keyset is not base64"},
		{"keyset with loose bits", replace(secret, "c2VjcmV="), "keyset is not base64"},
		{"keyset with a line break", replace(secret, `c2Vj\ncmV0`), "keyset is not base64"},
		{"keyset empty", replace(secret, ""), "keyset is not base64"},
		{"created in another zone", replace("12:00:00Z", "12:00:00+01:00"), "created is no UTC time"},
		{"created with fractions", replace("12:00:00Z", "12:00:00.5Z"), "created is no UTC time"},
		{"created is a date", replace("T12:00:00Z", ""), "created is no UTC time"},
		{"kind of a domain", replace(`"format":1`, `"format":1,"kind":"domain"`), "not all members of a domain's document, or no kind"},
		{"unknown kind", strings.Replace(quarantine, "quarantine-public", "quarantine", 1), "unknown kind"},
		{"kind beside a domain", replace(`"format":1`, `"format":1,"kind":"quarantine-public"`), "members of a domain beside a kind"},
		{"something behind", good + "{}", "something follows the JSON object"},
		{"a brace behind", good + "}", "something follows the JSON object"},
		{"cut off", good[:len(good)-1], "the JSON object does not end"},
		{"cut off inside", good[:40], "the JSON object does not end"},
		{"no colon", replace(`"region":`, `"region"`), "not JSON near byte"},
		{"array", "[]", "not a JSON object"},
		{"empty", "", "not a JSON object"},
		{"too large", replace(secret, strings.Repeat(secret, MaxDocumentSize/8)), "more than the 262144 that a document may have"},
	}
	for _, tt := range tests {
		d, err := ParseDocument([]byte(tt.text))
		if err == nil || d != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v, want an error with %q", tt.name, d, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), secret[:4]) {
			t.Errorf("%s: the error shows the keyset", tt.name)
		}
		if newer := strings.Contains(tt.want, "newer format"); errors.Is(err, ErrNewerFormat) != newer {
			t.Errorf("%s: ErrNewerFormat: %v", tt.name, !newer)
		}
	}
}

// What is read is written back the same, and with the same associated data.
func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(`{"format":1,"domain":"d","method":"hash","normalizer":"text","normalizer_version":1,"region":"","created":"2026-01-31T12:00:00Z","keyset":"AA=="}`))
	f.Add([]byte(`{"format":1,"kind":"quarantine-private","created":"2026-01-31T12:00:00Z","keyset":"AA=="}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDocument(text)
		if err != nil {
			return
		}
		out, err := d.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseDocument(out)
		if err != nil {
			t.Fatal(err)
		}
		if back.Kind != d.Kind || back.Params != d.Params || !back.Created.Equal(d.Created) || !bytes.Equal(back.wrapped, d.wrapped) {
			t.Errorf("%+v is written and read as %+v", d, back)
		}
		if !bytes.Equal(back.associatedData(), d.associatedData()) {
			t.Error("the associated data changes on the way")
		}
	})
}
