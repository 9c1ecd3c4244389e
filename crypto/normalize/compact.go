package normalize

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// compact appends the letters in capitals and the digits of an identifier to dst, which its caller gives just the room
// that the longest identifier takes. Digits of every script count, full-width letters too. White space as Trimmed has it may stand
// anywhere, dashes and, with dots, full stops behind the first character. ok is false where anything else stands in s, or
// more than fits.
func compact(dst, s []byte, dots bool) (out []byte, ok bool) {
	if !isASCII(s) && norm.NFKC.QuickSpan(s) != len(s) {
		s = norm.NFKC.Bytes(s)
	}
	start := len(dst)
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(s[i:])
		}
		i += size
		c, isDigit := digit(r)
		switch upper := r &^ 0x20; {
		case isDigit:
		case 'A' <= upper && upper <= 'Z':
			c = byte(upper)
		case isBlank(r), (isDash(r) || dots && r == '.') && len(dst) > start: // in front it would be a minus sign or a decimal point
			continue
		default:
			return dst, false
		}
		if len(dst) == cap(dst) {
			return dst, false
		}
		dst = append(dst, c)
	}
	return dst, len(dst) > start
}

// areDigits says whether s is digits only.
func areDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
