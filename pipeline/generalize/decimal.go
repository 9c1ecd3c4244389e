package generalize

// A decimal is a number cut to a scale: its digits up to the scale-th behind the point, as an integer.
type decimal struct {
	negative bool
	digits   uint64 // at most maxDigits
	more     bool   // there are digits behind the scale that are not 0
	huge     bool   // more than maxDigits; digits says nothing then
}

// maxDigits leaves room to round up, and for a sign.
const maxDigits = 1_000_000_000_000_000_000

// readDecimal reads a decimal number: a sign, digits with a point among them, an exponent; the numbers of JSON (RFC 8259 §6)
// and their like. No separators of thousands and no decimal commas: 1,234 is two numbers to two people.
func readDecimal(text []byte, scale int) (d decimal, ok bool) {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		d.negative, text = text[0] == '-', text[1:]
	}
	whole := digitsAt(text, 0)
	rest := text[whole:]
	var behind []byte
	if len(rest) > 0 && rest[0] == '.' {
		n := digitsAt(rest, 1)
		behind, rest = rest[1:1+n], rest[1+n:]
	}
	exponent, ok := readExponent(rest)
	if !ok || whole+len(behind) == 0 {
		return d, false
	}
	d.take(text[:whole], behind, whole+exponent+scale)
	return d, true
}

// take takes the first keep digits of a number, and zeros where it has fewer.
func (d *decimal) take(whole, behind []byte, keep int) {
	n := 0
	for _, part := range [2][]byte{whole, behind} {
		for _, c := range part {
			switch {
			case n >= keep:
				d.more = d.more || c != '0'
			case d.digits > maxDigits/10-1:
				d.huge = true
			default:
				d.digits = 10*d.digits + uint64(c-'0')
			}
			n++
		}
	}
	for ; n < keep && d.digits > 0 && !d.huge; n++ {
		if d.digits > maxDigits/10-1 {
			d.huge = true
		}
		d.digits *= 10
	}
}

// readExponent reads nothing, or e and an integer; one that is out of all bounds counts as ±100000.
func readExponent(text []byte) (n int, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0]|0x20 != 'e' {
		return 0, false
	}
	text = text[1:]
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative, text = text[0] == '-', text[1:]
	}
	for _, c := range text {
		if !digit(c) {
			return 0, false
		}
		n = min(10*n+int(c-'0'), 100_000)
	}
	if negative {
		n = -n
	}
	return n, len(text) > 0
}

// floor is the largest integer that is not above the cut number; not for a huge one.
func (d decimal) floor() int64 {
	n := int64(d.digits)
	if d.negative {
		if n = -n; d.more {
			n--
		}
	}
	return n
}

// rounded is the multiple of step that is nearest; of two, the one farther from 0. Where d is cut to one digit more than step
// counts, what was cut off makes no difference: half a step is a whole number of such digits.
func (d decimal) rounded(step uint64) int64 {
	fine := 10 * step
	n := int64((d.digits + fine/2) / fine * step)
	if d.negative {
		n = -n
	}
	return n
}

// appendScaled appends n with its last scale digits behind a point.
func appendScaled(dst []byte, n int64, scale int) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	var digits [24]byte
	at := len(digits)
	for i := 0; n > 0 || i <= scale; i++ {
		if i == scale && scale > 0 {
			at--
			digits[at] = '.'
		}
		at--
		digits[at] = '0' + byte(n%10)
		n /= 10
	}
	return append(dst, digits[at:]...)
}

// exact reads a number of the configuration: ok where it is one that has no more than scale digits behind the point.
func exact(text string, scale int) (n int64, ok bool) {
	d, ok := readDecimal([]byte(text), scale)
	return d.floor(), ok && !d.more && !d.huge
}

// scaleOf is how many digits text has behind its point.
func scaleOf(text string) int {
	for i := range len(text) {
		if text[i] == '.' {
			return len(text) - i - 1
		}
	}
	return 0
}
