package crypto

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"

	"github.com/tink-crypto/tink-go/v2/keyset"

	"voile/crypto/normalize"
)

// What a token may be refused for. They say no more, on purpose.
var (
	// ErrNotGenuine means that a text is no token that this domain made under a key it still holds.
	ErrNotGenuine = errors.New("crypto: not a genuine token of this domain")
	// ErrOneWay means that a token is genuine, but of a method that cannot be undone.
	ErrOneWay = errors.New("crypto: a token of method hash cannot be revealed; tokenize the suspected value and compare")
)

// A Domain makes, recognizes and reveals the tokens of one pseudonymisation domain. Equal values get equal tokens inside
// it (but for method encrypt), and nothing links them to the tokens of another.
//
// A Domain is immutable and safe for concurrent use. Per token it allocates nothing beyond what Tink and Go's ciphers do.
type Domain struct {
	params Params
	norm   normalize.Normalizer
	mech   mechanism
	head   []byte // the text that every token of the domain begins with, as vt1.customer-email.
	keys   []Key
	keyset *keyset.Handle
	pool   sync.Pool // of *scratch
}

// scratch is working memory of one call. It holds plaintext for as long as the call lasts.
type scratch struct {
	work []byte // inputs of the primitives
	raw  []byte // bytes of a token
}

// maxScratch bounds what a scratch keeps from one call to the next.
const maxScratch = 64 << 10

// NewDomain returns the domain of p under the keys of h, which must all be of p's method. p must say what this program
// does: a normalizer that it has, in the version that it has.
func NewDomain(p Params, h *keyset.Handle) (*Domain, error) {
	if err := p.validate(); err != nil {
		return nil, err
	}
	norm, err := normalize.New(p.Normalizer, p.Region)
	if err != nil {
		return nil, fmt.Errorf("crypto: domain %q: %w", p.Domain, err)
	}
	if v := norm.Version(); v != p.NormalizerVersion {
		return nil, fmt.Errorf("crypto: domain %q: its tokens are made with version %d of normalizer %s, and this program has version %d: run a release of voile that has version %d, or start a new domain",
			p.Domain, p.NormalizerVersion, p.Normalizer, v, p.NormalizerVersion)
	}
	mech, err := newMechanism(p, h)
	if err != nil {
		return nil, fmt.Errorf("crypto: domain %q, method %s: %w", p.Domain, p.Method, err)
	}
	return &Domain{
		params: p,
		norm:   norm,
		mech:   mech,
		head:   []byte(p.Method.version() + "." + p.Domain + "."),
		keys:   Keys(h),
		keyset: h,
		pool:   sync.Pool{New: func() any { return new(scratch) }},
	}, nil
}

// NewEphemeralDomain returns a domain under a fresh key that nobody else has and that ends with the process: for trying
// a configuration out, and for the demo. Its tokens can be compared with each other and with nothing else.
func NewEphemeralDomain(p Params) (*Domain, error) {
	h, err := NewKeyset(p.Method)
	if err != nil {
		return nil, err
	}
	return NewDomain(p, h)
}

// Params returns what the domain was made with.
func (d *Domain) Params() Params { return d.params }

// Keys lists the domain's keys. Nothing in it is secret.
func (d *Domain) Keys() []Key { return append([]Key(nil), d.keys...) }

// Normalize appends the canonical form of text to dst. understood is false where the domain's normalizer does not
// understand the text; its trimmed form is appended then. For method encrypt text is appended as it is.
func (d *Domain) Normalize(dst, text []byte) (out []byte, understood bool) {
	if d.params.Method == Encrypt {
		return append(dst, text...), true
	}
	return d.norm.Append(dst, text)
}

// AppendToken appends the text of plaintext's token to dst: ASCII that needs no escape in JSON, in a URL or in a CSV.
// plaintext MUST be what Normalize gave, for method encrypt the raw JSON value; it is not normalized here.
func (d *Domain) AppendToken(dst, plaintext []byte) ([]byte, error) {
	s := d.scratch()
	defer d.release(s)
	raw, err := d.mech.seal(&s.work, plaintext)
	if err != nil {
		return dst, fmt.Errorf("crypto: domain %q: make a token: %w", d.params.Domain, err)
	}
	dst = append(dst, d.head...)
	return appendBase64(dst, raw), nil
}

// Recognize says what text is to this domain.
//
//   - own: a genuine token of this domain and method: it opens, or its check holds, under a key of the keyset that is
//     enabled, the primary one or not.
//   - foreign: it has the form of a token, but is not own: another domain's, another method's, one made under a key that
//     this keyset does not hold, or made up. It is to be treated as any other value, and counted.
//   - neither: a plain value.
//
// A made-up token of this very domain is therefore never taken for a token, only for a value that looks like one.
// Whether a foreign token is genuine cannot be known here. A text that does not begin like a token costs a comparison
// of four bytes.
func (d *Domain) Recognize(text []byte) (own, foreign bool) {
	if methodOf(text) == "" {
		return false, false
	}
	f, ok := parseForm(text)
	if !ok {
		return false, false
	}
	if !bytes.HasPrefix(text, d.head) {
		return false, true
	}
	s := d.scratch()
	defer d.release(s)
	plaintext, own := d.open(s, f)
	clear(plaintext)
	return own, !own
}

// Reveal returns the value inside a token of this domain: the normalized value for tokenize, the raw JSON value for
// encrypt. The error is [ErrOneWay] for a genuine token of method hash and [ErrNotGenuine] for everything else.
func (d *Domain) Reveal(token []byte) ([]byte, error) {
	f, ok := parseForm(token)
	if !ok || !bytes.HasPrefix(token, d.head) {
		return nil, ErrNotGenuine
	}
	s := d.scratch()
	defer d.release(s)
	plaintext, genuine := d.open(s, f)
	switch {
	case !genuine:
		return nil, ErrNotGenuine
	case d.params.Method == Hash:
		return nil, ErrOneWay
	}
	return plaintext, nil
}

// open decodes and opens a token that has the form and the head of the domain's own.
func (d *Domain) open(s *scratch, f form) (plaintext []byte, genuine bool) {
	raw, err := base64.RawURLEncoding.AppendDecode(s.raw, f.body)
	s.raw = raw
	if err != nil {
		return nil, false
	}
	return d.mech.open(&s.work, raw)
}

func (d *Domain) scratch() *scratch { return d.pool.Get().(*scratch) }

// release overwrites what a call left and gives the scratch back. Garbage that Tink made is out of reach; what stays in
// a pool for the life of the process is not.
func (d *Domain) release(s *scratch) {
	if cap(s.work) > maxScratch || cap(s.raw) > maxScratch {
		clear(s.work)
		return
	}
	clear(s.work)
	s.work, s.raw = s.work[:0], s.raw[:0]
	d.pool.Put(s)
}
