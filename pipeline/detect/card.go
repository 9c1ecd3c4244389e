package detect

import "voile/crypto/checkdigit"

// card finds numbers of payment cards (ISO/IEC 7812-1): the ranges and lengths that issuers use, and Luhn; as one word or
// in the groups that are embossed. It is not weak, though one in 40 random numbers of 16 digits passes: such numbers are
// rare otherwise, and a card's number in the clear costs more than a false alarm (PCI DSS 3.5).
var card = detector{
	kind:   Card,
	needs:  []class{digits},
	digits: 12,
	first:  "123456789",
	runs:   1<<4 | 1<<12 | 1<<13 | 1<<14 | 1<<15 | 1<<16 | 1<<17 | 1<<18 | 1<<19,
	find: func(c candidate) (start, end int) {
		if c.run > 4 {
			end = c.at + c.run
			if free(c.text, c.at, end) && isCard(c.text[c.at:end]) {
				return c.at, end
			}
			return 0, 0
		}
		return first(c, cardLayouts, free, func(b bare) bool { return isCard(b.chars[:b.n]) })
	},
}

// The longest first, for the next one begins alike.
var cardLayouts = []layout{
	"9999 9999 9999 9999 999", "9999 9999 9999 9999", "9999-9999-9999-9999",
	"9999 999999 99999", "9999-999999-99999", "9999 999999 9999", "9999-999999-9999",
}

func isCard(digits []byte) bool {
	return hasIssuer(digits) && checkdigit.Luhn(digits)
}

// An issuer has the numbers that begin with from to to, as far as these go, and have least to most digits.
type issuer struct {
	from, to, least, most int
}

// The ranges of the networks, as they publish them. First digits that no network has (0, 1, 7, 9 but Troy's) are no cards.
var issuers = []issuer{
	{4, 4, 16, 16}, {4, 4, 13, 13}, {4, 4, 19, 19}, // Visa
	{51, 55, 16, 16}, {2221, 2720, 16, 16}, // Mastercard
	{34, 34, 15, 15}, {37, 37, 15, 15}, // American Express
	{300, 305, 16, 19}, {300, 305, 14, 14}, {3095, 3095, 16, 19}, {36, 36, 14, 19}, {38, 39, 16, 19}, // Diners Club
	{6011, 6011, 16, 19}, {644, 649, 16, 19}, {65, 65, 16, 19}, // Discover
	{3528, 3589, 16, 19},                   // JCB
	{62, 62, 16, 19}, {8100, 8171, 16, 19}, // UnionPay
	{5018, 5018, 12, 19}, {5020, 5020, 12, 19}, {5038, 5038, 12, 19}, {5893, 5893, 12, 19}, // Maestro
	{6304, 6304, 12, 19}, {6759, 6759, 12, 19}, {6761, 6763, 12, 19},
	{2200, 2204, 16, 19},                                   // Mir
	{60, 60, 16, 16}, {81, 82, 16, 16}, {508, 508, 16, 16}, // RuPay
	{9792, 9792, 16, 16},                                                                               // Troy
	{636368, 636368, 16, 16}, {438935, 438935, 16, 16}, {504175, 504175, 16, 16}, {5067, 5067, 16, 16}, // Elo
}

func hasIssuer(number []byte) bool {
	for _, is := range issuers {
		if len(number) < is.least || len(number) > is.most {
			continue
		}
		prefix, width := 0, digitsOf(is.from)
		for _, c := range number[:width] {
			prefix = prefix*10 + int(c-'0')
		}
		if is.from <= prefix && prefix <= is.to {
			return true
		}
	}
	return false
}

func digitsOf(n int) int {
	width := 1
	for ; n > 9; n /= 10 {
		width++
	}
	return width
}
