package normalize

import "voile/crypto/checkdigit"

const (
	sirenVersion = 1
	siretVersion = 1
)

// siren is the number of a French company in nine digits: 732829320. Spaces, dots and dashes do not count; the Luhn digit
// has to be right (code de commerce, article R123-220).
type siren struct{}

func (siren) Name() string { return "siren" }
func (siren) Version() int { return sirenVersion }

func (siren) Append(dst, s []byte) ([]byte, bool) {
	var buf [9]byte
	if number, ok := compact(buf[:0], s, true); ok && checkdigit.SIREN(number) {
		return append(dst, number...), true
	}
	return Trimmed(dst, s), false
}

// siret is the number of a French establishment in 14 digits, its company's SIREN first: 73282932000074. Spaces, dots and
// dashes do not count; the Luhn digits of both have to be right, or La Poste's own sum where it is La Poste's.
type siret struct{}

func (siret) Name() string { return "siret" }
func (siret) Version() int { return siretVersion }

func (siret) Append(dst, s []byte) ([]byte, bool) {
	var buf [14]byte
	if number, ok := compact(buf[:0], s, true); ok && checkdigit.SIRET(number) {
		return append(dst, number...), true
	}
	return Trimmed(dst, s), false
}
