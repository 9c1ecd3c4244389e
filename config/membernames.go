package config

import (
	"strings"
	"unicode"

	"voile/pipeline/embedded"
)

// A MemberKind is a kind of value, as far as the name of the member that it lies in tells.
type MemberKind string

// The kinds.
const (
	KindEmail          MemberKind = "email"
	KindPhone          MemberKind = "phone"
	KindName           MemberKind = "name"
	KindBankAccount    MemberKind = "bank_account"
	KindCard           MemberKind = "card"
	KindNationalNumber MemberKind = "national_number"
	KindIP             MemberKind = "ip"
	KindIdentifier     MemberKind = "identifier" // of whatever kind
	KindGender         MemberKind = "gender"
	KindTitle          MemberKind = "title"
	KindBirthDate      MemberKind = "birth_date"
	KindAge            MemberKind = "age"
	KindPostcode       MemberKind = "postcode"
	KindCountry        MemberKind = "country"
	KindLanguage       MemberKind = "language"
	KindCivilStatus    MemberKind = "civil_status"
)

// MemberKinds gives all of them.
func MemberKinds() []MemberKind {
	kinds := make([]MemberKind, 0, len(kindPhrases))
	for k := range kindPhrases {
		kinds = append(kinds, k)
	}
	return kinds
}

// kindPhrases is what messages call them.
var kindPhrases = map[MemberKind]string{
	KindEmail:          "an e-mail address",
	KindPhone:          "a telephone number",
	KindName:           "a person's name",
	KindBankAccount:    "a bank account",
	KindCard:           "a payment card",
	KindNationalNumber: "a national number",
	KindIP:             "an IP address",
	KindIdentifier:     "an identifier",
	KindGender:         "a gender",
	KindTitle:          "a form of address",
	KindBirthDate:      "a birth date",
	KindAge:            "an age",
	KindPostcode:       "a postcode",
	KindCountry:        "a country",
	KindLanguage:       "a language",
	KindCivilStatus:    "a civil status",
}

func (k MemberKind) phrase() string { return kindPhrases[k] }

// memberNames are names of members in English, French, German and Spanish, folded: small letters without accents and without
// what stands between words. A name that a user has is in one line only.
var memberNames = map[MemberKind]string{
	KindEmail:          "email emails mail emailaddress mailaddress eml courriel adressemail adresseemail adressemel mel emailadresse mailadresse correo correoelectronico correos",
	KindPhone:          "phone phones phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone msisdn fax ani telefon telefonnummer handy handynummer mobilnummer rufnummer telefono movil celular numerotelephone numtel portable",
	KindName:           "firstname lastname givenname familyname fullname surname middlename maidenname prenom prenoms nomdefamille nomcomplet nomusage nomnaissance vorname nachname familienname vollername geburtsname nombre apellido apellidos nombrecompleto displayname",
	KindBankAccount:    "iban bankaccount accountiban compteiban kontonummer cuentabancaria rib",
	KindCard:           "cardnumber pan creditcard creditcardnumber numerocarte cartebancaire kartennummer kreditkarte numerotarjeta tarjeta",
	KindNationalNumber: "nir ssn socialsecuritynumber nationalid nationalnumber numerosecu securitesociale numss sozialversicherungsnummer steuerid dni nie nif passport passportnumber passeport reisepass pasaporte taxid",
	KindIP:             "ip ipaddress ipaddr clientip remoteip remoteaddr adresseip ipadresse direccionip xforwardedfor",
	KindIdentifier:     "userid customerid clientid personid memberid visitorid contactid profileid subscriberid loyaltyid crmid uid externalid anonymousid idclient idutilisateur numeroclient kundennummer kundenid benutzerid idcliente idusuario numerocliente",
	KindGender:         "gender sex sexe genre geschlecht sexo genero",
	KindTitle:          "salutation honorific civilite anrede tratamiento",
	KindBirthDate:      "birthdate dateofbirth dob birthday bday datenaissance datedenaissance naissance anniversaire geburtsdatum geburtstag fechanacimiento fechadenacimiento birthyear yearofbirth",
	KindAge:            "age alter edad",
	KindPostcode:       "postcode postalcode zip zipcode codepostal plz postleitzahl codigopostal",
	KindCountry:        "country countrycode pays codepays land laendercode landercode pais codigopais nationality nationalite nationalitat staatsangehorigkeit nacionalidad",
	KindLanguage:       "language lang locale langue sprache idioma",
	KindCivilStatus:    "maritalstatus civilstatus situationfamiliale etatcivil familienstand estadocivil",
}

// fewValues says whether there are so few values of a kind that counting how often each occurs, or trying them all, tells
// them apart.
func (k MemberKind) fewValues() bool {
	switch k {
	case KindGender, KindTitle, KindBirthDate, KindAge, KindPostcode, KindCountry, KindLanguage, KindCivilStatus:
		return true
	}
	return false
}

// identifies says whether a value of the kind names one person, and is what channels are joined by.
func (k MemberKind) identifies() bool {
	switch k {
	case KindEmail, KindPhone, KindBankAccount, KindCard, KindNationalNumber, KindIdentifier:
		return true
	}
	return false
}

// vague are names that say nothing of what lies there; the name around them may.
var vague = map[string]bool{"": true, "value": true, "values": true, "id": true, "ids": true, "address": true, "number": true, "text": true, "raw": true, "data": true, "v": true, "wert": true, "valeur": true, "valor": true}

// hashed are words that say that a value is not what the others name.
var hashed = map[string]bool{"hash": true, "hashed": true, "md5": true, "sha1": true, "sha256": true, "sha512": true}

// Kinds are the kinds of value that a rule takes, by the names in its selector; none where they tell nothing. It is a guess.
func (r *Rule) Kinds() (kinds []MemberKind) {
	if n := len(r.Inside); n > 0 {
		switch s := r.Inside[n-1]; s.Decoder {
		case embedded.JSON:
			return kindsOfNames(s.Path.Names())
		case embedded.URL:
			name, _ := strings.CutPrefix(s.Part.String(), "query.")
			return kindsOfNames([][]string{{name}})
		case embedded.Form:
			return kindsOfNames([][]string{{s.Part.Form()}})
		}
		return nil
	}
	if r.Target == Header {
		return kindsOfNames([][]string{{r.Header}})
	}
	return kindsOfNames(r.Path.Names())
}

// kindsOfNames looks at the last names of a path; behind those that are vague, at the ones before.
func kindsOfNames(segments [][]string) (kinds []MemberKind) {
	for i := len(segments) - 1; i >= 0; i-- {
		telling := false
		for _, name := range segments[i] {
			folded := foldName(name)
			if k := kindOf(folded); k != "" {
				kinds = append(kinds, k)
			}
			telling = telling || !vague[strings.Join(folded, "")]
		}
		if telling || len(kinds) > 0 {
			return kinds
		}
	}
	return nil
}

// kindOf is the kind of a name in words: of all of it, or of its last words, as in billing_email.
func kindOf(words []string) MemberKind {
	for _, w := range words {
		if hashed[w] {
			return "" // what somebody has hashed is no address any more: nothing normalizes it
		}
	}
	for from := range words {
		name := strings.Join(words[from:], "")
		for kind, names := range memberNames {
			if strings.Contains(" "+names+" ", " "+name+" ") {
				return kind
			}
		}
	}
	return ""
}

// foldName gives the words of a name: camelCase, snake_case, kebab-case and dots, in small letters without accents.
func foldName(name string) (words []string) {
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	lower := false // the letter before was a small one
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			flush()
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		r = unicode.ToLower(r)
		if i := strings.IndexRune(accented, r); i >= 0 {
			r = rune(plainLetters[len([]rune(accented[:i]))])
		}
		word.WriteRune(r)
	}
	flush()
	return words
}

// The letters with accents of the four languages, and the letters without.
const (
	accented     = "àâäáéèêëíîïñóôöúùûüç"
	plainLetters = "aaaaeeeeiiinooouuuuc"
)
