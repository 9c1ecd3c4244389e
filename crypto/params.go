package crypto

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"voile/crypto/normalize"
)

// A Method is what a domain does with a value.
type Method string

// The methods. Their names are the words of the configuration and part of the associated data of every token.
const (
	Tokenize Method = "tokenize" // AES-SIV: reversible, deterministic
	Hash     Method = "hash"     // PRF: one-way, deterministic
	Encrypt  Method = "encrypt"  // randomized AEAD: reversible, equal values give different tokens
)

// Methods returns all methods in the order in which the documentation lists them.
func Methods() []Method { return []Method{Tokenize, Hash, Encrypt} }

// version returns the token version, which is what a token's text begins with, and "" for an unknown method.
func (m Method) version() string {
	switch m {
	case Tokenize:
		return "vt1"
	case Hash:
		return "vh1"
	case Encrypt:
		return "ve1"
	}
	return ""
}

// Params is what makes a domain's tokens what they are, apart from its keys. Two proxies that share a keyset but not
// the Params would give one person two tokens, so Params are bound to the keyset document and, but for the region, to
// every token.
type Params struct {
	Domain            string // [a-z][a-z0-9-]{0,62}
	Method            Method
	Normalizer        string // a name of package normalize; always text for encrypt, which keeps the JSON as it is
	NormalizerVersion int
	Region            string // ISO 3166-1 alpha-2 for the normalizers that need one, else empty
}

// NewParams returns the Params of a domain as this program makes its tokens: with the normalizer's version of today. An
// empty normalizer is text.
func NewParams(domain string, m Method, normalizer, region string) (Params, error) {
	if normalizer == "" {
		normalizer = "text"
	}
	p := Params{Domain: domain, Method: m, Normalizer: normalizer, Region: region}
	n, err := normalize.New(normalizer, region)
	if err != nil {
		return Params{}, fmt.Errorf("crypto: %w", err)
	}
	p.NormalizerVersion = n.Version()
	if err := p.validate(); err != nil {
		return Params{}, err
	}
	return p, nil
}

// validate checks the form of p. It does not ask whether this program has that normalizer in that version. Its errors
// repeat only what has passed, so that a secret in the wrong place does not show.
func (p Params) validate() error {
	if !ValidDomainName(p.Domain) {
		return errors.New("crypto: not a domain name: want a letter a-z, then at most 62 of a-z, 0-9 and -")
	}
	if p.Method.version() == "" {
		return fmt.Errorf("crypto: domain %q: unknown method: want tokenize, hash or encrypt", p.Domain)
	}
	if !ValidDomainName(p.Normalizer) {
		return fmt.Errorf("crypto: domain %q: not a normalizer's name", p.Domain)
	}
	if p.Method == Encrypt && p.Normalizer != "text" {
		return fmt.Errorf("crypto: domain %q: method encrypt keeps the JSON value as it is and takes no normalizer but text", p.Domain)
	}
	if p.NormalizerVersion < 1 || p.NormalizerVersion > 1<<16 {
		return fmt.Errorf("crypto: domain %q: %d is no version of a normalizer", p.Domain, p.NormalizerVersion)
	}
	if !validRegion(p.Region) {
		return fmt.Errorf("crypto: domain %q: not a region: want two letters A-Z, as FR", p.Domain)
	}
	return nil
}

// ValidDomainName says whether s may name a domain: [a-z][a-z0-9-]{0,62}. A domain's name stands in every token, in
// Vault's paths and in metrics, so it is plain ASCII and holds no dot.
func ValidDomainName(s string) bool { return domainNameLen([]byte(s)) == len(s) && s != "" }

// maxDomainName is the greatest length of a domain's name in bytes.
const maxDomainName = 63

// domainNameLen returns the length of the longest domain name that text begins with, 0 for none.
func domainNameLen(text []byte) int {
	n := 0
	for n < len(text) && n < maxDomainName && domainNameByte(text[n], n == 0) {
		n++
	}
	return n
}

func domainNameByte(c byte, first bool) bool {
	return c >= 'a' && c <= 'z' || !first && (c >= '0' && c <= '9' || c == '-')
}

func validRegion(s string) bool {
	return s == "" || len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// tokenAD returns the associated data of every token of the domain.
//
// The region is left out on purpose: it only helps to read a value that is written without its country, and what is
// tokenized is the E.164 form, which names it. The keyset document binds the region.
func (p Params) tokenAD() []byte {
	return appendFields(nil, p.Method.version(), string(p.Method), p.Domain, p.Normalizer, strconv.Itoa(p.NormalizerVersion))
}

// appendFields appends each field behind its length. Two different lists never give the same bytes, nor is one the
// beginning of the other: read from the left, each length says where the next field begins, and the first field says
// how many there are.
func appendFields(dst []byte, fields ...string) []byte {
	for _, f := range fields {
		dst = binary.AppendUvarint(dst, uint64(len(f)))
		dst = append(dst, f...)
	}
	return dst
}
