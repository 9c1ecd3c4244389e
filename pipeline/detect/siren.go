package detect

import "voile/crypto/checkdigit"

// siret finds numbers of French establishments (code de commerce, article R123-221): Luhn over its 14 digits and over the
// first nine, La Poste's apart. One random number in a hundred passes; those that read as a date and a time do not.
var siret = detector{
	kind:   SIRET,
	needs:  []class{digits},
	digits: 14,
	first:  "0123456789",
	runs:   1<<3 | 1<<9 | 1<<14,
	find: func(c candidate) (start, end int) {
		return first(c, siretLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			return checkdigit.SIRET(s) && string(s[:9]) != "000000000" && !isMoment(s)
		})
	},
}

var siretLayouts = []layout{"99999999999999", "999 999 999 99999", "999 999 999 999 99", "999999999 99999"}

// isMoment says whether 14 digits read as year, month, day, hour, minute and second.
func isMoment(s []byte) bool {
	century := number(s[:2])
	return (century == 19 || century == 20) && isDay(number(s[4:6]), number(s[6:8])) && number(s[8:10]) < 24 && number(s[10:12]) < 60 && number(s[12:14]) < 60
}

// isDay says whether there is such a month and such a day in it, in some year.
func isDay(month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && day <= int("\x1F\x1D\x1F\x1E\x1F\x1E\x1F\x1F\x1E\x1F\x1E\x1F"[month-1])
}

// siren finds numbers of French companies (article R123-220). Weak: every tenth number of nine digits passes Luhn.
var siren = detector{
	kind:   SIREN,
	weak:   true,
	needs:  []class{digits},
	digits: 9,
	first:  "0123456789",
	runs:   1<<3 | 1<<9,
	find: func(c candidate) (start, end int) {
		return first(c, sirenLayouts, apart, func(b bare) bool {
			return checkdigit.SIREN(b.chars[:b.n]) && string(b.chars[:b.n]) != "000000000"
		})
	},
}

var sirenLayouts = []layout{"999999999", "999 999 999"}
