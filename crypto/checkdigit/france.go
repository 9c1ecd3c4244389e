package checkdigit

// NIR says whether 13 characters and their key of two digits are a French social security number by its key (décret
// n° 82-103 of 22 January 1982, article 4; INSEE). What the 13 say (sex, month, place) is the caller's to judge.
func NIR(s []byte) bool {
	if len(s) != 15 || !isDigit(s[13]) || !isDigit(s[14]) {
		return false
	}
	key, ok := NIRKey(s[:13])
	return ok && int(s[13]-'0')*10+int(s[14]-'0') == key
}

// NIRKey gives the key, 1 to 97, of the 13 characters of a NIR: 97 less the remainder by 97. Corsica's departments 2A and 2B
// count as 19 and 18, which is the number with a zero for the letter, less 1,000,000 or 2,000,000. ok is false where these
// are not 13 digits, but for one letter A or B in seventh place behind a 2.
func NIRKey(body []byte) (key int, ok bool) {
	if len(body) != 13 {
		return 0, false
	}
	n := int64(0) // 13 digits are more than 32 bits
	for i, c := range body {
		switch {
		case isDigit(c):
		case i == 6 && body[5] == '2' && (c&^0x20 == 'A' || c&^0x20 == 'B'):
			c = '0'
		default:
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	switch body[6] &^ 0x20 {
	case 'A':
		n -= 1_000_000
	case 'B':
		n -= 2_000_000
	}
	return int(97 - n%97), true
}

// SIREN says whether nine digits are the number of a French company (Luhn; code de commerce, article R123-220).
func SIREN(digits []byte) bool { return len(digits) == 9 && Luhn(digits) }

// SIRET says whether 14 digits are the number of an establishment: Luhn over all of them, and over its SIREN. La Poste has
// more establishments than Luhn leaves room for: behind its SIREN 356000000 the sum of all digits is divisible by 5 instead
// (INSEE, Sirene documentation). Its head office passes Luhn, not that sum.
func SIRET(digits []byte) bool {
	if !allDigits(digits, 14) || !Luhn(digits[:9]) {
		return false
	}
	if Luhn(digits) {
		return true
	}
	if string(digits[:9]) != "356000000" {
		return false
	}
	sum := 0
	for _, c := range digits {
		sum += int(c - '0')
	}
	return sum%5 == 0
}

// FrenchVAT says whether a key of two characters and a SIREN, without FR before them, are a French VAT number. In place of
// a SIREN stand nine digits that begin with 000 where it is of Monaco. A key of digits is (12 + 3 × SIREN mod 97) mod 97; one
// with a letter (no I, no O) follows another rule, mod 11.
func FrenchVAT(s []byte) bool {
	if len(s) != 11 || !allDigits(s[2:], 9) || string(s[2:5]) != "000" && !Luhn(s[2:]) {
		return false
	}
	siren := number(s[2:])
	if isDigit(s[0]) && isDigit(s[1]) {
		return (12+3*(siren%97))%97 == number(s[:2])
	}
	first, second := vatKey(s[0]), vatKey(s[1])
	if first < 0 || second < 0 {
		return false
	}
	check := first*34 + second - 100
	if first < 10 {
		check = first*24 + second - 10
	}
	return (siren+1+check/11)%11 == check%11
}

// vatKey gives the value of a character in a French key: letters without I and O, or -1.
func vatKey(c byte) int {
	value, upper := alnum(c), c&^0x20
	switch {
	case upper == 'I' || upper == 'O':
		return -1
	case value >= 10 && upper > 'O':
		return value - 2
	case value >= 10 && upper > 'I':
		return value - 1
	}
	return value
}
