package checkdigit

// Country codes and how long their IBANs are, in order (IBAN registry, release 100: 89 countries). The French, British
// and Finnish territories write the codes of FR, GB and FI.
const ibanLengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28" +
	"EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26" +
	"IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28" +
	"NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25" +
	"SV28TL23TN24TR26UA29VA22VG24XK20YE30"

// IBANLength gives the number of characters of the IBANs of a country, country code and check digits among them, by the
// two letters that a text begins with; 0 where the registry does not have that country.
func IBANLength(s []byte) int {
	if len(s) < 2 || !isLetter(s[0]) || !isLetter(s[1]) {
		return 0
	}
	a, b := s[0]&^0x20, s[1]&^0x20
	lo, hi := 0, len(ibanLengths)/4
	for lo < hi {
		switch mid := (lo + hi) / 2; {
		case ibanLengths[4*mid] == a && ibanLengths[4*mid+1] == b:
			return int(ibanLengths[4*mid+2]-'0')*10 + int(ibanLengths[4*mid+3]-'0')
		case ibanLengths[4*mid] < a || ibanLengths[4*mid] == a && ibanLengths[4*mid+1] < b:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0
}

// IBAN says whether country code, check digits and account number pass mod 97-10 (ISO 13616-1 §6). The check digits 00,
// 01 and 99 are never given out and are refused: they are other spellings of 97, 98 and 02. How long it has to be says
// IBANLength.
func IBAN(s []byte) bool {
	if len(s) < 5 || !isLetter(s[0]) || !isLetter(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return false
	}
	if check := int(s[2]-'0')*10 + int(s[3]-'0'); check < 2 || check > 98 {
		return false
	}
	return Mod97(s[4:], s[:4]) == 1
}
