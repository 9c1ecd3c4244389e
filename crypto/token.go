package crypto

import (
	"encoding/base64"
	"encoding/binary"
)

// MaxTokenLen is the greatest length in bytes of a token's text that [FindTokens] and [ReplaceTokens] look for. It is
// far above what a Kafka record holds.
const MaxTokenLen = 16 << 20

// What stands in every token before its own: Tink's prefix, a version byte and the key ID, big-endian.
const (
	prefixLen  = 5
	prefixByte = 0x01
)

const versionLen = len("vt1.")

// A Token is what the text of a token says of itself. It says nothing about whether the token is genuine: anybody can
// write such a text, and only the domain's keys can tell.
type Token struct {
	Method Method
	Domain string
	KeyID  uint32
}

// ParseToken reads the whole text as a token; false means that it has not the form of one. The form is strict: a known
// version, a domain name, a body in canonical unpadded base64url (the bytes encode to this very text again: no line
// breaks, no loose bits), of a length that its method gives.
func ParseToken(text []byte) (Token, bool) {
	f, ok := parseForm(text)
	if !ok {
		return Token{}, false
	}
	var head [6]byte // of 8 characters, the shortest token being longer; the first 5 bytes are the prefix
	if _, err := base64.RawURLEncoding.Decode(head[:], f.body[:8]); err != nil {
		return Token{}, false
	}
	return Token{Method: f.method, Domain: string(f.domain), KeyID: binary.BigEndian.Uint32(head[1:prefixLen])}, true
}

// A form is a text cut where a token has its dots; domain and body alias the text.
type form struct {
	method       Method
	domain, body []byte
}

// parseForm cuts text and checks everything that can be checked without a key. It allocates nothing.
func parseForm(text []byte) (form, bool) {
	m := methodOf(text)
	if m == "" {
		return form{}, false
	}
	rest := text[versionLen:]
	n := domainNameLen(rest)
	if n == 0 || n == len(rest) || rest[n] != '.' {
		return form{}, false
	}
	f := form{method: m, domain: rest[:n], body: rest[n+1:]}
	return f, canonicalBody(m, f.body)
}

// canonicalBody says whether body is the one text of some bytes that begin with Tink's prefix byte and have a length
// that the method gives. Go's own decoder would let line breaks and loose trailing bits through, so that one token
// could be written in many ways.
func canonicalBody(m Method, body []byte) bool {
	if len(body)%4 == 1 || !validTokenLen(m, base64.RawURLEncoding.DecodedLen(len(body))) {
		return false
	}
	var last byte
	for _, c := range body {
		v, ok := sextet(c)
		if !ok {
			return false
		}
		last = v
	}
	switch len(body) % 4 { // bits of the last character that belong to no byte
	case 2:
		if last&0x0f != 0 {
			return false
		}
	case 3:
		if last&0x03 != 0 {
			return false
		}
	}
	first, _ := sextet(body[0])
	second, _ := sextet(body[1])
	return first<<2|second>>4 == prefixByte
}

// sextet returns the six bits that a character of base64url stands for.
func sextet(c byte) (byte, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A', true
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26, true
	case c >= '0' && c <= '9':
		return c - '0' + 52, true
	case c == '-':
		return 62, true
	case c == '_':
		return 63, true
	}
	return 0, false
}

// validTokenLen says whether the method's tokens may have n bytes below their base64url.
func validTokenLen(m Method, n int) bool {
	switch m {
	case Tokenize:
		n -= prefixLen + sivLen
		return n > 0 && n%padBlock == 0
	case Hash:
		return n == hashTokenLen
	case Encrypt:
		n -= prefixLen + nonceLen + tagLen
		return n > 0 && padmeSize(n-1) == n
	}
	return false
}

// methodOf says which method's token a text claims to be: the fast path, which nearly every value leaves at its first
// bytes.
func methodOf(text []byte) Method {
	if len(text) <= versionLen || text[0] != 'v' || text[2] != '1' || text[3] != '.' {
		return ""
	}
	switch text[1] {
	case 't':
		return Tokenize
	case 'h':
		return Hash
	case 'e':
		return Encrypt
	}
	return ""
}
