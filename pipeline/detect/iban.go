package detect

import "voile/crypto/checkdigit"

// iban finds international bank account numbers (ISO 13616-1): a country of the registry, its length and structure, and
// mod 97-10; as one word, or in groups of four as on paper.
var iban = detector{
	kind:   IBAN,
	needs:  []class{digits | letters},
	digits: 2,
	first:  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	find: func(c candidate) (start, end int) {
		if len(c.text)-c.at < 15 || !isLetter(c.text[c.at+1]) || !isDigit(c.text[c.at+2]) || !isDigit(c.text[c.at+3]) {
			return 0, 0
		}
		country := [2]byte{c.text[c.at] &^ 0x20, c.text[c.at+1] &^ 0x20}
		structure, known := ibanStructures[country]
		if !known {
			return 0, 0
		}
		var room [34]byte
		bare, end := readFours(room[:4+structure.length()], c.text, c.at)
		if end == 0 || !free(c.text, c.at, end) || !structure.fits(bare[4:]) || !checkdigit.IBAN(bare) {
			return 0, 0
		}
		return c.at, end
	},
}

// readFours fills bare with the letters, in capitals, and digits at i, which may stand in groups of four between spaces or
// dashes. end is 0 where there are not as many.
func readFours(bare, text []byte, i int) (filled []byte, end int) {
	for n := range bare {
		if n > 0 && n%4 == 0 && i < len(text) {
			if width := blank(text, i); width > 0 {
				i += width
			} else if text[i] == '-' {
				i++
			}
		}
		if i >= len(text) || !isAlnum(text[i]) {
			return bare, 0
		}
		c := text[i]
		if isLetter(c) {
			c &^= 0x20
		}
		bare[n] = c
		i++
	}
	return bare, i
}

// A bban is the structure of a country's account numbers: pairs of what stands there (n digits, a letters, c either) and
// how often.
type bban []part

type part struct {
	of    byte
	times int
}

func (b bban) length() int {
	n := 0
	for _, p := range b {
		n += p.times
	}
	return n
}

func (b bban) fits(s []byte) bool {
	for _, p := range b {
		for _, c := range s[:p.times] {
			if p.of == 'n' && !isDigit(c) || p.of == 'a' && !isLetter(c) {
				return false
			}
		}
		s = s[p.times:]
	}
	return len(s) == 0
}
