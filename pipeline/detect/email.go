package detect

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// email finds e-mail addresses (RFC 5321 §4.1.2, in Unicode RFC 6531 §3.3): a local part of atoms and dots or in quotes, at
// most 64 bytes, and a domain of at least two labels that ends like a top-level domain, or an address literal. The at sign
// may be full width, or percent-encoded as in a URL's parameter.
//
// Atoms may hold nearly every sign (RFC 5322 §3.2.3), but what stands between texts is no part of the address here:
// = ? & / { } | ` in a URL's encoding, too, and, at its begin, anything but a letter, a digit or an underscore. Where letters of another script than
// the address's run into it without a space, it ends there.
var email = detector{
	kind:   Email,
	needs:  []class{at},
	first:  "@%" + wideAt[:1],
	inside: true,
	find: func(c candidate) (start, end int) {
		sign := atSign(c.text, c.at)
		if sign == 0 {
			return 0, 0
		}
		start = localPart(c.text, c.at)
		end = domain(c.text, c.at+sign)
		if start == c.at || end == 0 || isPictureName(c.text[c.at+sign:end]) {
			return 0, 0
		}
		return start, end
	},
}

const wideAt = "\uFF20" // FULLWIDTH COMMERCIAL AT

// The longest local part and domain (RFC 5321 §4.5.3.1) and label (RFC 1035 §2.3.4), in bytes.
const (
	maxLocal  = 64
	maxDomain = 255
	maxLabel  = 63
)

// atSign gives the length of the at sign at i, or 0.
func atSign(text []byte, i int) int {
	switch {
	case text[i] == '@':
		return 1
	case bytes.HasPrefix(text[i:], []byte("%40")), bytes.HasPrefix(text[i:], []byte(wideAt)):
		return 3
	}
	return 0
}

// localPart gives where the local part before the at sign begins; the at sign itself where there is none.
func localPart(text []byte, sign int) int {
	if sign > 0 && text[sign-1] == '"' {
		return quotedPart(text, sign)
	}
	start, script := sign, 0
	for start > 0 {
		r, size := utf8.DecodeLastRune(text[:start])
		if r == '%' {
			if n := escapedDelimiter(text[start-size : sign]); n > 0 {
				start += n - size
				break
			}
		}
		if r == '.' && (start == sign || text[start] == '.') || !isAtom(r) && r != '.' {
			break
		}
		if s := scriptOf(r); s != 0 {
			if script != 0 && s != script {
				break
			}
			script = s
		}
		if start -= size; sign-start > maxLocal {
			return sign
		}
	}
	for start < sign {
		r, size := utf8.DecodeRune(text[start:])
		if isWordRune(r) || r == '_' {
			break
		}
		if r == '%' && start+2 < sign && isHex(text[start+1]) && isHex(text[start+2]) {
			size = 3 // of a URL: a space, a quote, a bracket
		}
		start += size
	}
	return start
}

// escapedDelimiter gives the length of the percent-encoding, once or more often, that text begins with of a sign that is in no
// local part: of = or & of a URL in a URL, of a quote, of a space. It is 0 where there is none.
func escapedDelimiter(text []byte) int {
	i := 1
	for i+4 <= len(text) && text[i] == '2' && text[i+1] == '5' && isHex(text[i+2]) && isHex(text[i+3]) {
		i += 2
	}
	if i+2 > len(text) || !isHex(text[i]) || !isHex(text[i+1]) {
		return 0
	}
	if c := rune(unhex(text[i])<<4 | unhex(text[i+1])); c >= utf8.RuneSelf || c == '.' || c == '@' || isAtom(c) {
		return 0
	}
	return i + 2
}

// unhex is the value of a hexadecimal digit.
func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// quotedPart gives where a local part in quotes begins.
func quotedPart(text []byte, sign int) int {
	for i := sign - 2; i >= 0 && sign-i <= maxLocal; i-- {
		switch c := text[i]; {
		case c == '"' && (i == 0 || text[i-1] != '\\'):
			if i == sign-2 {
				return sign // "" is no local part
			}
			return i
		case c < ' ' || c == 0x7F:
			return sign
		}
	}
	return sign
}

// isAtom says whether r may stand in an atom of a local part (RFC 5322 §3.2.3, RFC 6531 §3.3), and is not one of the signs
// that stand between texts.
func isAtom(r rune) bool {
	if r < utf8.RuneSelf {
		switch r {
		case '!', '#', '$', '%', '\'', '*', '+', '-', '^', '_', '~':
			return true
		}
		return isAlnum(byte(r))
	}
	return r != utf8.RuneError && isWordRune(r)
}

// scriptOf gives 1 for a Latin letter, 2 for one of another script, 0 for all else.
func scriptOf(r rune) int {
	switch {
	case !unicode.IsLetter(r):
		return 0
	case r < 0x250: // the end of LATIN EXTENDED-B
		return 1
	}
	return 2
}

// domain gives the end of the domain at i, or 0.
func domain(text []byte, i int) int {
	if i < len(text) && text[i] == '[' {
		return addressLiteral(text, i)
	}
	end, begin, labels := 0, i, 0
	for i-begin <= maxDomain {
		next := label(text, i)
		if next == i {
			break
		}
		labels++
		if last := topLabel(text, i, next); labels > 1 && last > 0 && last-begin <= maxDomain {
			end = last
		}
		width := labelDot(text, next)
		if width == 0 {
			break
		}
		i = next + width
	}
	return end
}

// label gives the end of the label at i: letters, digits, marks and inner dashes; i where there is none, or it is too long.
func label(text []byte, i int) int {
	end := i
	for j := i; j < len(text); {
		r, size := utf8.DecodeRune(text[j:])
		if r != '-' && !isWordRune(r) || r == '-' && j == i {
			break
		}
		if j += size; j-i > maxLabel {
			return i
		}
		if r != '-' {
			end = j
		}
	}
	return end
}

// topLabel gives where the label from i to end, taken for a top-level domain, ends, or 0. Those have no digits and no
// dashes, unless they are A-labels (RFC 1123 §2.1, RFC 5890 §2.3.2.1), and at least two letters.
func topLabel(text []byte, i, end int) int {
	if end-i > 4 && bytes.EqualFold(text[i:i+4], []byte("xn--")) {
		return end
	}
	letters, script, j := 0, 0, i
	for j < end {
		r, size := utf8.DecodeRune(text[j:])
		s := scriptOf(r)
		if s == 0 && !unicode.IsMark(r) || s != 0 && script != 0 && s != script {
			break
		}
		if s != 0 {
			script = s
		}
		letters++
		j += size
	}
	if letters < 2 || j < end && isAlnum(text[j]) {
		return 0
	}
	return j
}

// labelDot gives the length of the dot between two labels at i, or 0 (UTS #46 §2.3 has four of them).
func labelDot(text []byte, i int) int {
	switch {
	case i >= len(text):
		return 0
	case text[i] == '.':
		return 1
	}
	switch r, size := utf8.DecodeRune(text[i:]); r {
	case '\u3002', '\uFF0E', '\uFF61':
		return size
	}
	return 0
}

// addressLiteral gives the end of an address in brackets (RFC 5321 §4.1.3), or 0.
func addressLiteral(text []byte, i int) int {
	closing := bytes.IndexByte(text[i:min(len(text), i+64)], ']')
	if closing < 0 {
		return 0
	}
	inner := text[i+1 : i+closing]
	if rest, ok := bytes.CutPrefix(inner, []byte("IPv6:")); ok {
		if n := parseIPv6(rest); n == 0 || n != len(rest) {
			return 0
		}
		return i + closing + 1
	}
	if n := parseIPv4(inner); n == 0 || n != len(inner) {
		return 0
	}
	return i + closing + 1
}

// isPictureName says whether a domain is the end of a file's name for screens of two or three times the density, as
// logo@2x.png.
func isPictureName(domain []byte) bool {
	return len(domain) > 3 && isDigit(domain[0]) && domain[1] == 'x' && domain[2] == '.' && bytes.IndexByte(domain[3:], '.') < 0
}
