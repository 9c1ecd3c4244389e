package detect

import "voile/crypto/checkdigit"

// esDNI finds Spanish numbers of persons (Real Decreto 1553/2005, 557/2011): DNI, eight digits and a letter by mod 23, and
// NIE of foreigners, X, Y or Z before seven digits.
var esDNI = detector{
	kind:   ESDNI,
	needs:  []class{digits | letters},
	digits: 7,
	first:  "0123456789XYZxyz",
	runs:   1<<2 | 1<<8,
	find: func(c candidate) (start, end int) {
		return first(c, dniLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			return checkdigit.DNI(s) && string(s[:8]) != "00000000" || checkdigit.NIE(s)
		})
	},
}

var dniLayouts = []layout{"99999999A", "99999999-A", "99999999 A", "99.999.999-A", "99.999.999A", "99.999.999 A", "A9999999A", "A-9999999-A", "A9999999-A", "A 9999999 A"}
