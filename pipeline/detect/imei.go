package detect

import "voile/crypto/checkdigit"

// imei finds numbers of mobile equipment (3GPP TS 23.003 §6.2, GSMA TS.06): 15 digits, the first two of which are those of
// a body that gives out type codes, and Luhn (annex B). Weak: one in 60 numbers of 15 digits passes.
var imei = detector{
	kind:   IMEI,
	weak:   true,
	needs:  []class{digits},
	digits: 15,
	first:  "013456789",
	runs:   1<<2 | 1<<6 | 1<<8 | 1<<15,
	find: func(c candidate) (start, end int) {
		return first(c, imeiLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			switch number(s[:2]) {
			case 1, 10, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 98, 99:
				return string(s[2:8]) != "000000" && checkdigit.Luhn(s)
			}
			return false
		})
	},
}

var imeiLayouts = []layout{"999999999999999", "99-999999-999999-9", "99 999999 999999 9", "999999-99-999999-9", "999999 99 999999 9", "99999999-999999-9"}
