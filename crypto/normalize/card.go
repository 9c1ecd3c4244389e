package normalize

const (
	cardVersion = 1
	minCard     = 12
	maxCard     = 19
)

// card is the number of a payment card (ISO/IEC 7812-1) in digits alone: 4000003700752666.
//
// Understood is 12 to 19 digits, with spaces and dashes among them or without. The Luhn digit is not asked: gift cards and
// cards of stores often have none, and a number that was mistyped once is copied on in every spelling. Structure decides, so
// that one number has one form even so. Numbers that are masked (411111******1111) are not understood.
type card struct{}

func (card) Name() string { return "card" }
func (card) Version() int { return cardVersion }

func (card) Append(dst, s []byte) ([]byte, bool) {
	var buf [maxCard]byte
	if number, ok := compact(buf[:0], s, false); ok && len(number) >= minCard && areDigits(number) {
		return append(dst, number...), true
	}
	return Trimmed(dst, s), false
}
