package detect

import "voile/crypto/checkdigit"

// deTaxID finds German tax numbers for life (steuerliche Identifikationsnummer, § 139b AO): mod 11,10, and how often digits
// repeat.
var deTaxID = detector{
	kind:   DETaxID,
	needs:  []class{digits},
	digits: 11,
	first:  "123456789",
	runs:   1<<2 | 1<<11,
	find: func(c candidate) (start, end int) {
		return first(c, taxIDLayouts, apart, func(b bare) bool { return checkdigit.GermanTaxID(b.chars[:b.n]) })
	},
}

var taxIDLayouts = []layout{"99999999999", "99 999 999 999"}
