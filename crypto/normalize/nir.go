package normalize

import "voile/crypto/checkdigit"

const nirVersion = 1

// nir is the French social security number (numéro d'inscription au répertoire) with its key, in 15 characters:
// 253072B07300470. Corsica's departments are 2A and 2B.
//
// Spaces, dots, dashes and small letters do not count. Where the key is missing it is computed; where it is there it has to
// be right. Understood is also asked to begin with 1 or 2, with 3 or 4 (numbers of persons who are being registered), 7 or
// 8 (provisional numbers). Month and place are not judged: numbers of births that were registered late are outside the calendar.
type nir struct{}

func (nir) Name() string { return "nir" }
func (nir) Version() int { return nirVersion }

func (nir) Append(dst, s []byte) ([]byte, bool) {
	var buf [15]byte
	number, ok := compact(buf[:0], s, true)
	if ok && len(number) == 13 {
		var key int
		if key, ok = checkdigit.NIRKey(number); ok {
			number = append(number, '0'+byte(key/10), '0'+byte(key%10))
		}
	}
	if !ok || !checkdigit.NIR(number) || !isSex(number[0]) {
		return Trimmed(dst, s), false
	}
	return append(dst, number...), true
}

func isSex(c byte) bool { return '1' <= c && c <= '4' || c == '7' || c == '8' }
