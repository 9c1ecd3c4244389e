package normalize

import "voile/crypto/checkdigit"

const (
	vatVersion = 1
	maxVAT     = 14 // SE and two letters before twelve digits
)

// vat is a VAT identification number of the European Union, Northern Ireland or, up to 2020, Great Britain: the country's
// code and the number, in capitals: FR40303265045.
//
// Spaces, dots, dashes and small letters do not count. Understood is what has the structure of its country (Directive
// 2006/112/EC article 215; the structures that VIES publishes); a French one must also have the right key. Without the
// country's code a number is not understood: nine digits are a number of many countries. Older spellings come
// to the one of today: Greece is EL, also where GR is written, and what was given out with nine digits in Belgium and
// eight in Greece has a 0 in front.
type vat struct{}

func (vat) Name() string { return "vat" }
func (vat) Version() int { return vatVersion }

func (vat) Append(dst, s []byte) ([]byte, bool) {
	var buf [maxVAT]byte
	number, ok := compact(buf[:0], s, true)
	if !ok || len(number) < 4 {
		return Trimmed(dst, s), false
	}
	country, rest := string(number[:2]), number[2:]
	if country == "GR" {
		country = "EL"
	}
	if country == "BE" && len(rest) == 9 || country == "EL" && len(rest) == 8 {
		number = append(number, 0)
		copy(number[3:], number[2:])
		number[2] = '0'
		rest = number[2:]
	}
	if !isVAT(country, rest) {
		return Trimmed(dst, s), false
	}
	return append(append(dst, country...), rest...), true
}

// What may come after each country's code: 9 is a digit, A a letter, X either, the rest stands for itself.
var vatShapes = map[string][]string{
	"AT": {"U99999999"},
	"BE": {"0999999999", "1999999999"},
	"BG": {"999999999", "9999999999"},
	"CY": {"99999999A"},
	"CZ": {"99999999", "999999999", "9999999999"},
	"DE": {"999999999"},
	"DK": {"99999999"},
	"EE": {"999999999"},
	"EL": {"999999999"},
	"ES": {"A9999999X", "99999999A"},
	"FI": {"99999999"},
	"FR": {"XX999999999"},
	"GB": {"999999999", "999999999999", "GD999", "HA999"},
	"HR": {"99999999999"},
	"HU": {"99999999"},
	"IE": {"9X99999A", "9999999AA"},
	"IT": {"99999999999"},
	"LT": {"999999999", "999999999999"},
	"LU": {"99999999"},
	"LV": {"99999999999"},
	"MT": {"99999999"},
	"NL": {"999999999B99"},
	"PL": {"9999999999"},
	"PT": {"999999999"},
	"RO": {"99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"},
	"SE": {"999999999999"},
	"SI": {"99999999"},
	"SK": {"9999999999"},
	"XI": {"999999999", "999999999999", "GD999", "HA999"},
}

func isVAT(country string, rest []byte) bool {
	for _, shape := range vatShapes[country] {
		if hasShape(rest, shape) {
			return country != "FR" || checkdigit.FrenchVAT(rest)
		}
	}
	return false
}

func hasShape(s []byte, shape string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i, c := range s {
		isDigit := '0' <= c && c <= '9'
		switch shape[i] {
		case '9':
			if !isDigit {
				return false
			}
		case 'A':
			if isDigit {
				return false
			}
		case 'X':
		default:
			if c != shape[i] {
				return false
			}
		}
	}
	return true
}
