package detect

import "voile/crypto/checkdigit"

// vatLayouts has each country's prefix (Greece's is EL) with its structure, as VIES and, for check digits, the countries'
// authorities have it. Left out are forms without a check digit: nine digits in Czechia, government departments in Britain,
// fewer than six digits in Romania.
var vatLayouts = map[[2]byte][]layout{
	{'A', 'T'}: {"A99999999"},
	{'B', 'E'}: {"9999999999", "9999.999.999", "9999 999 999"},
	{'B', 'G'}: {"999999999", "9999999999"},
	{'C', 'Y'}: {"99999999A"},
	{'C', 'Z'}: {"99999999", "9999999999"},
	{'D', 'E'}: {"999999999", "999 999 999"},
	{'D', 'K'}: {"99999999", "99 99 99 99"},
	{'E', 'E'}: {"999999999"},
	{'E', 'L'}: {"999999999"},
	{'E', 'S'}: {"X9999999X"},
	{'F', 'I'}: {"99999999"},
	{'F', 'R'}: {"XX999999999", "XX 999999999", "XX 999 999 999"},
	{'G', 'B'}: {"999999999", "999 9999 99", "999999999999"},
	{'H', 'R'}: {"99999999999"},
	{'H', 'U'}: {"99999999"},
	{'I', 'E'}: {"9X99999A", "9999999AA"},
	{'I', 'T'}: {"99999999999"},
	{'L', 'T'}: {"999999999", "999999999999"},
	{'L', 'U'}: {"99999999"},
	{'L', 'V'}: {"99999999999"},
	{'M', 'T'}: {"99999999"},
	{'N', 'L'}: {"999999999A99"},
	{'P', 'L'}: {"9999999999", "999-999-99-99", "999 999 99 99"},
	{'P', 'T'}: {"999999999", "999 999 999"},
	{'R', 'O'}: {"999999", "9999999", "99999999", "999999999", "9999999999"},
	{'S', 'E'}: {"999999999999"},
	{'S', 'I'}: {"99999999"},
	{'S', 'K'}: {"9999999999"},
	{'X', 'I'}: {"999999999", "999 9999 99", "999999999999"},
}

// passesVAT says whether what stands behind a country's prefix has its check digits. A switch and not a table of functions,
// so that s does not escape to the heap.
func passesVAT(country [2]byte, s []byte) bool {
	switch string(country[:]) {
	case "AT":
		return austrianVAT(s)
	case "BE":
		return belgianVAT(s)
	case "BG":
		return bulgarianVAT(s)
	case "CY":
		return cypriotVAT(s)
	case "CZ":
		return czechVAT(s)
	case "DE":
		return s[0] != '0' && checkdigit.Mod1110(s)
	case "DK":
		return s[0] != '0' && weighted(s, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	case "EE":
		return nonzero(s) && weighted(s, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0
	case "EL":
		return greekVAT(s)
	case "ES":
		return spanishVAT(s)
	case "FI":
		return nonzero(s) && weighted(s, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	case "FR":
		return nonzero(s[2:]) && checkdigit.FrenchVAT(s)
	case "GB", "XI":
		return britishVAT(s)
	case "HR":
		return checkdigit.Mod1110(s)
	case "HU":
		return nonzero(s) && weighted(s, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0
	case "IE":
		return irishVAT(s)
	case "IT":
		return italianVAT(s)
	case "LT":
		return lithuanianVAT(s)
	case "LU":
		return nonzero(s) && number(s[:6])%89 == number(s[6:])
	case "LV":
		return latvianVAT(s)
	case "MT":
		return s[0] != '0' && weighted(s, 3, 4, 6, 7, 8, 9, 10, 1)%37 == 0
	case "NL":
		return dutchVAT(s)
	case "PL":
		return nonzero(s) && weighted(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == number(s[9:])
	case "PT":
		return s[0] != '0' && (11-weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == number(s[8:])
	case "RO":
		return romanianVAT(s)
	case "SE":
		return nonzero(s) && string(s[10:]) == "01" && checkdigit.Luhn(s[:10])
	case "SI":
		return s[0] != '0' && (11-weighted(s, 8, 7, 6, 5, 4, 3, 2)%11)%10 == number(s[7:])
	case "SK":
		return slovakVAT(s)
	}
	return false
}

func austrianVAT(s []byte) bool {
	if s[0] != 'U' {
		return false
	}
	sum := 4
	for i, c := range s[1:8] {
		d := int(c-'0') * (1 + i%2)
		sum += d/10 + d%10
	}
	return (10-sum%10)%10 == number(s[8:])
}

func belgianVAT(s []byte) bool {
	return s[0] <= '1' && nonzero(s) && 97-number(s[:8])%97 == number(s[8:])
}

// bulgarianVAT: nine digits are a company's; ten a person's (EGN, or a foreigner's) or another's.
func bulgarianVAT(s []byte) bool {
	if len(s) == 9 {
		check := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if check == 10 {
			check = weighted(s, 3, 4, 5, 6, 7, 8, 9, 10) % 11
		}
		return nonzero(s) && check%10 == number(s[8:])
	}
	check, month := number(s[9:]), number(s[2:4])
	return month <= 52 && isDay(month%20, number(s[4:6])) && weighted(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == check ||
		nonzero(s) && (weighted(s, 21, 19, 17, 13, 11, 9, 7, 3, 1)%10 == check || (11-weighted(s, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == check)
}

func cypriotVAT(s []byte) bool {
	sum := 0
	for i, c := range s[:8] {
		d := int(c - '0')
		if i%2 == 0 {
			d = [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}[d]
		}
		sum += d
	}
	return string(s[:2]) != "12" && s[8] == 'A'+byte(sum%26)
}

// czechVAT: eight digits are a company's, ten a person's number of birth (women's months plus 50, and 20 more from 2004 on).
func czechVAT(s []byte) bool {
	if len(s) == 8 {
		check := (11 - weighted(s, 8, 7, 6, 5, 4, 3, 2)%11) % 11
		if check == 0 {
			check = 1
		}
		return s[0] != '9' && check%10 == number(s[7:])
	}
	month := number(s[2:4]) % 50
	if month > 20 {
		month -= 20
	}
	return isDay(month, number(s[4:6])) && number(s[:9])%11%10 == number(s[9:])
}

func greekVAT(s []byte) bool {
	sum := 0
	for _, c := range s[:8] {
		sum = sum*2 + int(c-'0')
	}
	return nonzero(s) && sum*2%11%10 == number(s[8:])
}

// spanishVAT: an organization's CIF, a person's DNI or NIE, or K, L or M for a person who has none of these.
func spanishVAT(s []byte) bool {
	return isKLM(s) || checkdigit.DNI(s) || checkdigit.NIE(s) || checkdigit.CIF(s)
}

func britishVAT(s []byte) bool {
	switch weighted(s, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97 {
	case 0:
		return nonzero(s[:9])
	case 42, 55:
		return number(s[:3]) >= 100
	}
	return false
}

func irishVAT(s []byte) bool {
	sum := 0
	switch {
	case isLetter(s[1]): // the form before 2013
		sum = weighted(s[2:], 7, 6, 5, 4, 3) + 2*int(s[0]-'0')
	default:
		sum = weighted(s, 8, 7, 6, 5, 4, 3, 2)
	}
	if len(s) == 9 {
		if s[8] > 'I' && s[8] != 'W' {
			return false
		}
		if s[8] != 'W' {
			sum += 9 * int(s[8]-'A'+1)
		}
	}
	return s[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum%23]
}

// italianVAT: Luhn, behind the number of the office of a province (999 and 888 for some abroad).
func italianVAT(s []byte) bool {
	office := number(s[7:10])
	return (office >= 1 && office <= 100 || office == 120 || office == 121 || office == 888 || office == 999) &&
		number(s[:7]) > 0 && checkdigit.Luhn(s)
}

func lithuanianVAT(s []byte) bool {
	last := len(s) - 1
	if s[last-1] != '1' {
		return false
	}
	check, again := 0, 0
	for i, c := range s[:last] {
		check += (1 + i%9) * int(c-'0')
		again += (1 + (i+2)%9) * int(c-'0')
	}
	if check %= 11; check == 10 {
		check = again % 11 % 10
	}
	return check == number(s[last:])
}

// latvianVAT: from 4 on a company's, else a person's with a day of birth.
func latvianVAT(s []byte) bool {
	if s[0] > '3' {
		return weighted(s, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
	}
	return isDay(number(s[2:4]), number(s[:2])) && s[6] <= '2' && (1+weighted(s, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == number(s[10:])
}

// dutchVAT: the eleven test (companies), or mod 97-10 with the prefix (people who trade alone, since 2020).
func dutchVAT(s []byte) bool {
	return s[9] == 'B' && nonzero(s[10:]) && (checkdigit.BSN(s[:9]) || checkdigit.Mod97([]byte("NL"), s) == 1)
}

func romanianVAT(s []byte) bool {
	weights := [9]int{7, 5, 3, 2, 1, 7, 5, 3, 2}
	last := len(s) - 1
	return s[0] != '0' && weighted(s, weights[9-last:]...)*10%11%10 == number(s[last:])
}

func slovakVAT(s []byte) bool {
	switch s[2] {
	case '2', '3', '4', '7', '8', '9':
		return s[0] != '0' && number(s)%11 == 0
	}
	return false
}

// weighted gives the sum of the first digits by the weights.
func weighted(digits []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return sum
}

// number gives the value of at most 18 digits.
func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

func nonzero(digits []byte) bool {
	for _, c := range digits {
		if c != '0' {
			return true
		}
	}
	return false
}
