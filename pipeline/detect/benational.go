package detect

import "voile/crypto/checkdigit"

// beNational finds Belgian national numbers (arrêté royal of 3 April 1984), and the bis numbers of people who are not in
// the register: day of birth, order, and mod 97. Month and day are 0 where they are not known; bis numbers add 20 or 40 to
// the month.
var beNational = detector{
	kind:   BENational,
	needs:  []class{digits},
	digits: 11,
	first:  "0123456789",
	runs:   1<<2 | 1<<6 | 1<<11,
	find: func(c candidate) (start, end int) {
		return first(c, belgianLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			month, day, order := number(s[2:4])%20, number(s[4:6]), number(s[6:9])
			if number(s[2:4]) >= 60 || month > 12 || day > 31 || month > 0 && day > 0 && !isDay(month, day) || order == 0 || order == 999 {
				return false
			}
			return checkdigit.BelgianNationalNumber(s)
		})
	},
}

var belgianLayouts = []layout{"99999999999", "99.99.99-999.99", "99.99.99 999.99", "99.99.99.999.99", "99 99 99 999 99", "999999-999-99", "999999 999 99"}
