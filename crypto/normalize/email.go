package normalize

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

const emailVersion = 1

// email is the address in NFKC and lower case, its domain in ASCII.
//
// The local part is lower-cased too: the standard lets a server tell "Ana@" from "ana@" (RFC 5321 §2.4), no customer base
// does. What comes after a plus sign is kept: ana+shop@ and ana@ are two addresses that may belong to two people. Dots of
// the local part are kept for the same reason.
//
// The domain goes through IDNA (UTS #46, non-transitional, STD3 rules, Bidi rule), so that "bücher.example" and
// "xn--bcher-kva.example" are equal; where IDNA refuses it, lower case alone is taken. Dots at its end are dropped.
//
// Understood is what reads something@something: local part and domain are not empty, nothing in it is white space or a
// control character, and before the last @ there is none but in a local part in quotes. That is a plausible address, not
// a deliverable one.
type email struct{ domains *idna.Profile }

func newEmail() email {
	// Not idna.Lookup, whose exact configuration may change over time, as its documentation says.
	return email{idna.New(idna.MapForLookup(), idna.StrictDomainName(true), idna.CheckHyphens(true),
		idna.CheckJoiners(true), idna.BidiRule(), idna.Transitional(false))}
}

func (email) Name() string { return "email" }
func (email) Version() int { return emailVersion }

func (e email) Append(dst, s []byte) ([]byte, bool) {
	if out, understood, ok := appendPlainEmail(dst, s); ok {
		return out, understood
	}
	return e.appendAny(dst, s)
}

// appendPlainEmail is the way of most addresses: ASCII, no domain label in Punycode. NFKC does not change ASCII, and
// IDNA answers an ASCII domain without Punycode with itself or refuses it, so that lower case is all there is to do.
// ok is false, and nothing was appended, where that does not hold.
func appendPlainEmail(dst, s []byte) (out []byte, understood, ok bool) {
	if !isASCII(s) {
		return dst, false, false
	}
	s = trimASCII(s)
	start := len(dst)
	for _, c := range s {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	at := bytes.LastIndexByte(dst[start:], '@')
	if at < 0 {
		return append(dst[:start], s...), false, true
	}
	domain := dst[start+at+1:]
	if bytes.Contains(domain, punycodePrefix) {
		return dst[:start], false, false
	}
	dst = dst[:len(dst)-len(domain)+len(bytes.TrimRight(domain, "."))]
	if !isPlausible(dst[start:start+at:start+at], dst[start+at+1:]) {
		return append(dst[:start], s...), false, true
	}
	return dst, true, true
}

var punycodePrefix = []byte("xn--")

// appendAny is right for every text; appendPlainEmail is proved equal to it where it answers.
func (e email) appendAny(dst, s []byte) ([]byte, bool) {
	folded := trim(fold(s))
	at := bytes.LastIndexByte(folded, '@')
	if at < 0 {
		return Trimmed(dst, s), false
	}
	local, domain := folded[:at], e.domain(string(folded[at+1:]))
	if !isPlausible(local, []byte(domain)) {
		return Trimmed(dst, s), false
	}
	dst = append(dst, local...)
	dst = append(dst, '@')
	return append(dst, domain...), true
}

// domain gives the ASCII form of a folded domain, or the domain itself where IDNA refuses it. An ASCII form that IDNA
// would not give back for itself counts as refused, which makes the answer stable whatever the library does.
func (e email) domain(d string) string {
	d = strings.TrimRight(strings.ReplaceAll(d, "\u3002", "."), ".") // IDEOGRAPHIC FULL STOP separates labels (UTS #46 §2.3)
	if isASCII([]byte(d)) && !strings.Contains(d, string(punycodePrefix)) {
		return d
	}
	ascii, err := e.domains.ToASCII(d)
	if err != nil {
		return d
	}
	ascii = strings.TrimRight(ascii, ".")
	if again, err := e.domains.ToASCII(ascii); err != nil || again != ascii || !isASCII([]byte(ascii)) {
		return d
	}
	return ascii
}

// isPlausible is the structure that email understands, judged on the finished form.
func isPlausible(local, domain []byte) bool {
	if len(local) == 0 || len(domain) == 0 || hasBlankOrControl(local) || hasBlankOrControl(domain) {
		return false
	}
	quoted := len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"'
	return quoted || bytes.IndexByte(local, '@') < 0
}

func hasBlankOrControl(s []byte) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c <= ' ' || c == 0x7F {
				return true
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if isBlank(r) || unicode.IsControl(r) {
			return true
		}
		i += size
	}
	return false
}

// fold gives the fixed point of NFKC and simple lower case. One after the other is not enough: NFKC makes capitals
// (KELVIN SIGN gives K), and lower case makes sequences that compose (H with a macron below only as a small letter).
// The point is reached after two rounds at most; the bound is there for tables that nobody has seen.
func fold(s []byte) []byte {
	for range 8 {
		next := appendLower(make([]byte, 0, len(s)+8), norm.NFKC.Bytes(s))
		if bytes.Equal(next, s) {
			break
		}
		s = next
	}
	return s
}

// appendLower appends s in lower case, rune by rune: neither locale (the Turkish I) nor context (the final sigma) counts.
func appendLower(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[i])
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += size
	}
	return dst
}
