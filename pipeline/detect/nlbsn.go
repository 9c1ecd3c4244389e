package detect

import "voile/crypto/checkdigit"

// nlBSN finds Dutch burgerservicenummers (Wet algemene bepalingen burgerservicenummer): the eleven test. Weak: every
// eleventh number of nine digits passes.
var nlBSN = detector{
	kind:   NLBSN,
	weak:   true,
	needs:  []class{digits},
	digits: 9,
	first:  "0123456789",
	runs:   1<<3 | 1<<4 | 1<<9,
	find: func(c candidate) (start, end int) {
		return first(c, bsnLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			return (s[0] != '0' || s[1] != '0') && checkdigit.BSN(s)
		})
	},
}

var bsnLayouts = []layout{"999999999", "999 999 999", "9999.99.999", "9999 99 999", "999.999.999"}
