package detect

// usSSN finds social security numbers of the United States (20 CFR 422.103; SSA, "Social Security Number Randomization"):
// three, two and four digits between dashes or spaces, no group of zeros, no area 666 or from 900 on, and not the two
// numbers that became known by advertisements. Weak: there is no check digit.
var usSSN = detector{
	kind:   USSSN,
	weak:   true,
	needs:  []class{digits},
	digits: 9,
	first:  "012345678",
	runs:   1 << 3,
	find: func(c candidate) (start, end int) {
		return first(c, ssnLayouts, apart, func(b bare) bool {
			s := b.chars[:b.n]
			area, group, serial := string(s[:3]), string(s[3:5]), string(s[5:])
			return area != "000" && area != "666" && group != "00" && serial != "0000" &&
				string(s) != "078051120" && string(s) != "219099999"
		})
	},
}

var ssnLayouts = []layout{"999-99-9999", "999 99 9999"}
