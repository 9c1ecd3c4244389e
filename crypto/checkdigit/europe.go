package checkdigit

// GermanTaxID says whether eleven digits are a steuerliche Identifikationsnummer: mod 11,10, no zero in front, and among
// the first ten digits exactly one that occurs twice or three times, never three times in a row (BZSt, § 139b AO).
func GermanTaxID(digits []byte) bool {
	if !allDigits(digits, 11) || digits[0] == '0' || !Mod1110(digits) {
		return false
	}
	var seen [10]int
	for i, c := range digits[:10] {
		seen[c-'0']++
		if i >= 2 && c == digits[i-1] && c == digits[i-2] {
			return false
		}
	}
	repeated := 0
	for _, n := range seen {
		if n > 3 {
			return false
		}
		if n > 1 {
			repeated++
		}
	}
	return repeated == 1
}

// The 23 letters of a DNI by the number's remainder (Real Decreto 1553/2005).
const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// DNI says whether eight digits and a letter are a Spanish documento nacional de identidad.
func DNI(s []byte) bool {
	return len(s) == 9 && allDigits(s[:8], 8) && s[8]&^0x20 == dniLetters[number(s[:8])%23] && isLetter(s[8])
}

// NIE says whether X, Y or Z, seven digits and a letter are a Spanish número de identidad de extranjero: the first letter
// counts as 0, 1 or 2 before the digits.
func NIE(s []byte) bool {
	if len(s) != 9 || !allDigits(s[1:8], 7) || !isLetter(s[8]) {
		return false
	}
	first := int(s[0]&^0x20) - 'X'
	return isLetter(s[0]) && first >= 0 && first <= 2 && s[8]&^0x20 == dniLetters[(first*10_000_000+number(s[1:8]))%23]
}

// CIF says whether a letter, seven digits and a check character are the Spanish tax number of an organization (Orden
// EHA/451/2008): Luhn's sum over the seven, as a digit, or as a letter, J to I for 0 to 9. Sources disagree on which letters in
// front go with which of the two, so both pass. K, L and M are numbers of persons, with the letter of a DNI.
func CIF(s []byte) bool {
	if len(s) != 9 || !isLetter(s[0]) || !allDigits(s[1:8], 7) {
		return false
	}
	switch s[0] &^ 0x20 {
	case 'K', 'L', 'M', 'I', 'O', 'T', 'X', 'Y', 'Z':
		return false
	}
	sum := 0
	for i, c := range s[1:8] {
		d := int(c - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	check := (10 - sum%10) % 10
	return s[8] == '0'+byte(check) || isLetter(s[8]) && s[8]&^0x20 == "JABCDEFGHI"[check]
}

// What a character in an odd place (first, third …) of a codice fiscale counts, by its digit or letter.
var fiscaleOdd = [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}

// CodiceFiscale says whether 15 letters and digits and a letter pass the check of a person's Italian tax code (decreto
// ministeriale 23 December 1976). Where letters and digits have to stand, also those put in for digits where two persons
// would have one code, is the caller's.
func CodiceFiscale(s []byte) bool {
	if len(s) != 16 || !isLetter(s[15]) {
		return false
	}
	sum := 0
	for i, c := range s[:15] {
		value := alnum(c)
		if value < 0 {
			return false
		}
		if value >= 10 {
			value -= 10 // A counts as 0 does
		}
		if i%2 == 0 {
			value = fiscaleOdd[value]
		}
		sum += value
	}
	return s[15]&^0x20 == 'A'+byte(sum%26)
}

// PESEL says whether eleven digits pass the check of a Polish national number (weights 1 3 7 9, mod 10).
func PESEL(digits []byte) bool {
	return allDigits(digits, 11) && weighted(digits, "13791379131")%10 == 0
}

// BSN says whether nine digits pass the eleven test of a Dutch burgerservicenummer (weights 9 to 2, and -1).
func BSN(digits []byte) bool {
	if !allDigits(digits, 9) || number(digits) == 0 {
		return false
	}
	return (weighted(digits[:8], "98765432")-int(digits[8]-'0'))%11 == 0
}

// BelgianNationalNumber says whether eleven digits pass the check of a Belgian national number: the last two are 97 less
// the remainder by 97 of the nine before, with a 2 put in front for those born from 2000 on (arrêté royal of 3 April 1984).
func BelgianNationalNumber(digits []byte) bool {
	if !allDigits(digits, 11) {
		return false
	}
	body, check := number(digits[:9]), number(digits[9:])
	return check == 97-body%97 || check == 97-(2_000_000_000%97+body)%97
}

// NHSNumber says whether ten digits pass the check of a number of the National Health Service of England, Wales and the
// Isle of Man (NHS data dictionary: weights 10 to 2, mod 11; a check of ten is never given out).
func NHSNumber(digits []byte) bool {
	if !allDigits(digits, 10) {
		return false
	}
	check := 11 - (10*int(digits[0]-'0')+weighted(digits[1:9], "98765432"))%11
	return check != 10 && check%11 == int(digits[9]-'0')
}
