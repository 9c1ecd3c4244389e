package jsonpath

import (
	"strconv"
	"strings"
)

// A number is a JSON number by its value, exact: ±digits·10^exp, where digits have no zero at either end. No digits are 0,
// which has no sign. So numbers are equal where they are ==, and 1, 1.0 and 10e-1 are.
type number struct {
	negative bool
	digits   string
	exp      int
}

// maxExponent bounds the exponents that are told apart. Beyond it lies no number that somebody compares with.
const maxExponent = 1 << 30

// readNumber gives the value of a valid JSON number.
func readNumber(text string) number {
	var digits strings.Builder
	d := decimal[string]{text: text}
	for c := d.next(); c != 0; c = d.next() {
		digits.WriteByte(c)
	}
	n := number{negative: d.negative(), digits: strings.TrimRight(digits.String(), "0")}
	if n.digits == "" {
		return number{}
	}
	n.exp = d.exponent() + digits.Len() - len(n.digits)
	return n
}

// is says whether text, a valid JSON number, has the value of n.
func (n *number) is(text []byte) bool {
	d := decimal[[]byte]{text: text}
	same, zeros := 0, 0 // how many digits are those of n, and how many zeros were read behind them
	for c := d.next(); c != 0; c = d.next() {
		if c == '0' {
			zeros++
			continue
		}
		for ; zeros > 0; zeros-- {
			if same == len(n.digits) || n.digits[same] != '0' {
				return false
			}
			same++
		}
		if same == len(n.digits) || n.digits[same] != c {
			return false
		}
		same++
	}
	return same == len(n.digits) && (same == 0 || d.negative() == n.negative && d.exponent()+zeros == n.exp)
}

// String gives a JSON number of the value, without an exponent where that takes no more than 21 digits.
func (n *number) String() string {
	var b strings.Builder
	if n.negative {
		b.WriteByte('-')
	}
	point := len(n.digits) + n.exp // how many digits are before the point
	switch {
	case n.digits == "":
		return "0"
	case n.exp >= 0 && point <= 21:
		b.WriteString(n.digits + strings.Repeat("0", n.exp))
	case 0 < point && point <= 21:
		b.WriteString(n.digits[:point] + "." + n.digits[point:])
	case -6 < point && point <= 0:
		b.WriteString("0." + strings.Repeat("0", -point) + n.digits)
	default:
		b.WriteString(n.digits[:1])
		if len(n.digits) > 1 {
			b.WriteString("." + n.digits[1:])
		}
		b.WriteString("e" + strconv.Itoa(point-1))
	}
	return b.String()
}

// A decimal reads the parts of a valid JSON number from left to right.
type decimal[T string | []byte] struct {
	text     T
	at       int
	begun    bool // a digit other than 0 was read
	point    bool
	fraction int // how many digits were read behind the point
}

func (d *decimal[T]) negative() bool { return len(d.text) > 0 && d.text[0] == '-' }

// next gives the next digit before the exponent, without the zeros in front, and 0 at the end.
func (d *decimal[T]) next() byte {
	for ; d.at < len(d.text) && d.text[d.at]|0x20 != 'e'; d.at++ {
		c := d.text[d.at]
		switch {
		case c == '.':
			d.point = true
			continue
		case c == '-':
			continue
		case d.point:
			d.fraction++
		}
		if d.begun = d.begun || c != '0'; d.begun {
			d.at++
			return c
		}
	}
	return 0
}

// exponent, once next is through, gives that of the last digit.
func (d *decimal[T]) exponent() int {
	exp, sign := 0, 1
	for i := d.at + 1; i < len(d.text); i++ {
		switch c := d.text[i]; c {
		case '-':
			sign = -1
		case '+':
		default:
			exp = min(exp*10+int(c-'0'), maxExponent)
		}
	}
	return sign*exp - d.fraction
}
