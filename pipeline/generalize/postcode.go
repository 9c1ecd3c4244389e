package generalize

import "bytes"

// A Postcode keeps the first characters of postal codes.
type Postcode struct{ Keep int }

const (
	longestPostcode = 12 // letters and digits; ten are the most that a country has
	mostLetters     = 3  // before the first digit
)

// Append appends the first letters and digits of a postal code, in capitals, without the spaces and dashes between them. What
// has no digit among its first four letters and digits is no postal code, unless it is no longer than three and than what is
// kept: the first characters of one.
func (g Postcode) Append(dst, text []byte) (out []byte, ok bool) {
	out = dst
	count, digits := 0, false
	for _, c := range bytes.TrimSpace(text) {
		switch {
		case c == ' ' || c == '-':
			continue
		case digit(c):
			digits = digits || count <= mostLetters
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			c &^= 0x20
		default:
			return dst, false
		}
		if count++; count <= g.Keep {
			out = append(out, c)
		}
	}
	if count == 0 || count > longestPostcode || !digits && (count > mostLetters || count > g.Keep) {
		return dst, false
	}
	return out, true
}
