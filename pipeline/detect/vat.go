package detect

// vat finds numbers for the value added tax of the European Union (directive 2006/112/EC, article 215; the structures of
// the Commission's VIES, and Northern Ireland's XI) and of the United Kingdom: the country's prefix, its structure, and its
// check digits. A number may be that of a person who trades alone.
var vat = detector{
	kind:   VAT,
	needs:  []class{digits | letters},
	digits: 6,
	first:  "ABCDEFGHILMNPRSXabcdefghilmnprsx",
	find: func(c candidate) (start, end int) {
		if len(c.text)-c.at < 8 || !isLetter(c.text[c.at+1]) {
			return 0, 0
		}
		country := [2]byte{c.text[c.at] &^ 0x20, c.text[c.at+1] &^ 0x20}
		if isLetter(c.text[c.at+2]) && !mayHaveLetter(country) { // as most words have
			return 0, 0
		}
		layouts, known := vatLayouts[country]
		if !known {
			return 0, 0
		}
		i := c.at + 2
		i += blank(c.text, i)
		for _, l := range layouts {
			if b, end := l.read(c.text, i); end > 0 && apart(c.text, c.at, end) && passesVAT(country, b.chars[:b.n]) {
				return c.at, end
			}
		}
		return 0, 0
	},
}

// mayHaveLetter says whether the first character behind the country's prefix may be a letter.
func mayHaveLetter(country [2]byte) bool {
	switch country {
	case [2]byte{'A', 'T'}, [2]byte{'E', 'S'}, [2]byte{'F', 'R'}:
		return true
	}
	return false
}
