package detect

import "voile/crypto/checkdigit"

// itFiscalCode finds the tax codes of persons in Italy (decreto ministeriale of 23 December 1976): six letters of the
// name, year, letter of the month, day (plus 40 for women), place, and a check letter. Digits may be replaced by letters
// where two people would have one code; codes with less than two digits left are not looked for.
var itFiscalCode = detector{
	kind:   ITFiscalCode,
	needs:  []class{digits | letters},
	digits: 2,
	first:  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	find: func(c candidate) (start, end int) {
		if len(c.text)-c.at < 16 {
			return 0, 0
		}
		// Most words end before.
		word := c.text[c.at : c.at+16]
		if !(isAlnum(word[7]) && isLetter(word[8]) && isAlnum(word[15])) && !(word[3] == ' ' && word[7] == ' ') {
			return 0, 0
		}
		return first(c, fiscalLayouts, free, func(b bare) bool { return isFiscalCode(b.chars[:b.n]) })
	},
}

var fiscalLayouts = []layout{"AAAAAAXXAXXAXXXA", "AAA AAA XXAXX AXXXA"}

func isFiscalCode(s []byte) bool {
	var digits [7]int
	for n, i := range [7]int{6, 7, 9, 10, 12, 13, 14} {
		if digits[n] = fiscalDigit(s[i]); digits[n] < 0 {
			return false
		}
	}
	month := -1
	for i, c := range []byte("ABCDEHLMPRST") {
		if s[8] == c {
			month = i + 1
		}
	}
	day := digits[2]*10 + digits[3]
	if day > 40 {
		day -= 40
	}
	return isDay(month, day) && checkdigit.CodiceFiscale(s)
}

// fiscalDigit gives the value of a digit, or of the letter that stands for it; -1 where there is none.
func fiscalDigit(c byte) int {
	if isDigit(c) {
		return int(c - '0')
	}
	for i, letter := range []byte("LMNPQRSTUV") {
		if c == letter {
			return i
		}
	}
	return -1
}
