package detect

import "voile/crypto/checkdigit"

// nir finds numbers of the French répertoire national d'identification (décret n° 82-103, INSEE): sex, year and month of
// birth, département (2A and 2B for Corsica), commune, order and key; the key has to stand there.
var nir = detector{
	kind:   NIR,
	needs:  []class{digits},
	digits: 14,
	first:  "123478",
	runs:   1<<1 | 1<<6 | 1<<13 | 1<<15,
	find: func(c candidate) (start, end int) {
		return first(c, nirLayouts, free, func(b bare) bool { return isNIR(b.chars[:b.n]) })
	},
}

var nirLayouts = []layout{"999999X99999999", "999999X999999 99", "9 99 99 9X 999 999 99", "9.99.99.9X.999.999.99", "9-99-99-9X-999-999-99"}

// The months 20, 30 to 42 and 50 to 99 stand for certificates of birth that tell none (INSEE).
func isNIR(s []byte) bool {
	month := number(s[3:5])
	if month == 0 || month > 12 && month < 20 || month > 20 && month < 30 || month > 42 && month < 50 {
		return false
	}
	if isDigit(s[6]) && number(s[5:7]) == 0 || string(s[10:13]) == "000" {
		return false
	}
	return checkdigit.NIR(s)
}
