// Package checkdigit has the check digits of identifiers: pure arithmetic on the identifier's own characters.
//
// Every function takes the identifier alone: no spaces, no dashes, no prefix of a country unless it says so. Digits are
// ASCII, letters are ASCII in either case. A wrong length, an empty text or a character that does not belong there gives
// false and never panics. Nothing allocates.
//
// A check digit says that a number was not mistyped. It does not say that the number was ever given out: one in ten
// random numbers passes Luhn, one in 97 passes mod 97-10. Ranges, dates and other structure are the caller's.
package checkdigit

// Luhn says whether the digits, check digit last, pass the formula of ISO/IEC 7812-1 annex B (payment cards, IMEI, SIREN,
// partita IVA). A single digit passes nothing: there is no number before it.
func Luhn(digits []byte) bool {
	if len(digits) < 2 {
		return false
	}
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}

// Mod97 gives the remainder by 97 of the number that the parts spell one after the other, where a letter stands for two
// digits, A for 10 to Z for 35 (ISO/IEC 7064 mod 97-10 as IBAN and LEI use it); -1 where a character is neither.
func Mod97(parts ...[]byte) int {
	remainder := 0
	for _, part := range parts {
		for _, c := range part {
			switch value := alnum(c); {
			case value < 0:
				return -1
			case value < 10:
				remainder = (remainder*10 + value) % 97
			default:
				remainder = (remainder*100 + value) % 97
			}
		}
	}
	return remainder
}

// LEI says whether 20 letters and digits, check digits last, are a legal entity identifier (ISO 17442-1: mod 97-10).
func LEI(s []byte) bool {
	return len(s) == 20 && isDigit(s[18]) && isDigit(s[19]) && Mod97(s) == 1
}

// Mod1110 says whether the digits, check digit last, pass the hybrid system mod 11,10 of ISO/IEC 7064.
func Mod1110(digits []byte) bool {
	if len(digits) < 2 {
		return false
	}
	product := 10
	for _, c := range digits[:len(digits)-1] {
		if !isDigit(c) {
			return false
		}
		sum := (product + int(c-'0')) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	check := digits[len(digits)-1]
	return isDigit(check) && (product+int(check-'0'))%10 == 1
}

// Mod112 says whether the digits, check character last, pass the pure system mod 11-2 of ISO/IEC 7064 (ISNI, ORCID). The
// check character is a digit or X for ten.
func Mod112(s []byte) bool {
	if len(s) < 2 {
		return false
	}
	remainder := 0
	for _, c := range s[:len(s)-1] {
		if !isDigit(c) {
			return false
		}
		remainder = (remainder + int(c-'0')) * 2 % 11
	}
	check := 10
	if c := s[len(s)-1]; isDigit(c) {
		check = int(c - '0')
	} else if c&^0x20 != 'X' {
		return false
	}
	return (remainder+check)%11 == 1
}

// alnum gives the value of a digit, 10 to 35 of a letter, or -1.
func alnum(c byte) int {
	switch upper := c &^ 0x20; {
	case isDigit(c):
		return int(c - '0')
	case 'A' <= upper && upper <= 'Z':
		return int(upper-'A') + 10
	}
	return -1
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'A' <= c&^0x20 && c&^0x20 <= 'Z' }

// allDigits says whether s is n digits.
func allDigits(s []byte, n int) bool {
	if len(s) != n {
		return false
	}
	for _, c := range s {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// number gives the value of at most 18 digits; its callers have looked that they are.
func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

// weighted gives the sum of the digits by the weights, which are as many.
func weighted(digits []byte, weights string) int {
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * int(weights[i]-'0')
	}
	return sum
}
