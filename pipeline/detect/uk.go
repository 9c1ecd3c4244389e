package detect

import "voile/crypto/checkdigit"

// ukNHS finds numbers of patients of the National Health Service (NHS data dictionary): ten digits, mod 11. Weak: every
// eleventh number of ten digits passes, times in seconds among them.
var ukNHS = detector{
	kind:   UKNHS,
	weak:   true,
	needs:  []class{digits},
	digits: 10,
	first:  "123456789",
	runs:   1<<3 | 1<<10,
	find: func(c candidate) (start, end int) {
		return first(c, nhsLayouts, apart, func(b bare) bool { return checkdigit.NHSNumber(b.chars[:b.n]) })
	},
}

var nhsLayouts = []layout{"9999999999", "999 999 9999", "999-999-9999"}

// ukNINO finds National Insurance numbers (HMRC manual NIM39110): two letters, of which some are never given out, six
// digits, and A to D. Weak: there is no check digit.
var ukNINO = detector{
	kind:   UKNINO,
	weak:   true,
	needs:  []class{digits | letters},
	digits: 6,
	first:  "ABCEGHJKLMNOPRSTWXYZabceghjklmnoprstwxyz",
	find: func(c candidate) (start, end int) {
		if len(c.text)-c.at < 9 || !isLetter(c.text[c.at+1]) {
			return 0, 0
		}
		return first(c, ninoLayouts, apart, func(b bare) bool { return isNINO(b.chars[:b.n]) })
	},
}

var ninoLayouts = []layout{"AA999999A", "AA 99 99 99 A", "AA 999999 A", "AA-99-99-99-A"}

func isNINO(s []byte) bool {
	for i, c := range s[:2] {
		switch c {
		case 'D', 'F', 'I', 'Q', 'U', 'V':
			return false
		case 'O':
			if i == 1 {
				return false
			}
		}
	}
	switch string(s[:2]) {
	case "BG", "GB", "KN", "NK", "NT", "TN", "ZZ":
		return false
	}
	return s[8] <= 'D'
}
