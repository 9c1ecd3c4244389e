package detect

import "voile/crypto/checkdigit"

// esDNI finds Spanish numbers of persons (Real Decreto 1553/2005, 557/2011): DNI, eight digits and a letter by mod 23, and
// NIE of foreigners, X, Y or Z before seven digits; K, L or M for people who have neither (children, Spaniards abroad).
var esDNI = detector{
	kind:   ESDNI,
	needs:  []class{digits | letters},
	digits: 7,
	first:  "0123456789KLMXYZklmxyz",
	runs:   1<<2 | 1<<8,
	find: func(c candidate) (start, end int) {
		layouts := dniLayouts
		if c.run == 0 {
			if layouts = nieLayouts; c.at+1 == len(c.text) || isLetter(c.text[c.at+1]) { // a word
				return 0, 0
			}
		}
		return first(c, layouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			return checkdigit.DNI(s) && string(s[:8]) != "00000000" || checkdigit.NIE(s) || isKLM(s)
		})
	},
}

var (
	dniLayouts = []layout{"99999999A", "99999999-A", "99999999 A", "99.999.999-A", "99.999.999A", "99.999.999 A"}
	nieLayouts = []layout{"A9999999A", "A-9999999-A", "A9999999-A", "A 9999999 A"}
)

// isKLM says whether s is K, L or M, seven digits and a letter by mod 23 of these.
func isKLM(s []byte) bool {
	if s[0] != 'K' && s[0] != 'L' && s[0] != 'M' {
		return false
	}
	x := [9]byte{'X'} // which counts nothing
	copy(x[1:], s[1:])
	return checkdigit.NIE(x[:])
}
