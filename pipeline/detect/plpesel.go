package detect

import "voile/crypto/checkdigit"

// plPESEL finds Polish national numbers (ustawa o ewidencji ludności, article 15): day of birth, order, and a check digit.
// The month says the century; 1900 and 2000 are taken.
var plPESEL = detector{
	kind:   PLPESEL,
	needs:  []class{digits},
	digits: 11,
	first:  "0123456789",
	runs:   1 << 11,
	find: func(c candidate) (start, end int) {
		return first(c, peselLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			month := number(s[2:4])
			return (month <= 12 && isDay(month, number(s[4:6])) || month > 20 && isDay(month-20, number(s[4:6]))) && checkdigit.PESEL(s)
		})
	},
}

var peselLayouts = []layout{"99999999999"}
