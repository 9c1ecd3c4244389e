package config

import (
	"strings"
	"unicode"

	"voile/pipeline/embedded"
)

// A memberKind is a kind of value, as far as the name of the member that it lies in tells.
type memberKind string

// The kinds, as messages name them.
const (
	anEmail      memberKind = "an e-mail address"
	aPhone       memberKind = "a telephone number"
	aName        memberKind = "a person's name"
	anIBAN       memberKind = "a bank account"
	aCard        memberKind = "a payment card"
	aNationalID  memberKind = "a national number"
	anIP         memberKind = "an IP address"
	aPersonsID   memberKind = "an identifier" // of whatever kind
	aGender      memberKind = "a gender"
	aTitle       memberKind = "a form of address"
	aBirthDate   memberKind = "a birth date"
	anAge        memberKind = "an age"
	aPostcode    memberKind = "a postcode"
	aCountry     memberKind = "a country"
	aLanguage    memberKind = "a language"
	aCivilStatus memberKind = "a civil status"
)

// memberNames are names of members in English, French, German and Spanish, folded: small letters without accents and without
// what stands between words. A name that a user has is in one line only.
var memberNames = map[memberKind]string{
	anEmail:      "email emails mail emailaddress mailaddress eml courriel adressemail adresseemail adressemel mel emailadresse mailadresse correo correoelectronico correos emailhash",
	aPhone:       "phone phones phonenumber telephone telephonenumber tel mobile mobilephone mobilenumber cell cellphone msisdn fax ani telefon telefonnummer handy handynummer mobilnummer rufnummer telefono movil celular numerotelephone numtel portable",
	aName:        "firstname lastname givenname familyname fullname surname middlename maidenname prenom prenoms nomdefamille nomcomplet nomusage nomnaissance vorname nachname familienname vollername geburtsname nombre apellido apellidos nombrecompleto displayname",
	anIBAN:       "iban bankaccount accountiban compteiban kontonummer cuentabancaria rib",
	aCard:        "cardnumber pan creditcard creditcardnumber numerocarte cartebancaire kartennummer kreditkarte numerotarjeta tarjeta",
	aNationalID:  "nir ssn socialsecuritynumber nationalid nationalnumber numerosecu securitesociale numss sozialversicherungsnummer steuerid dni nie nif passport passportnumber passeport reisepass pasaporte taxid",
	anIP:         "ip ipaddress ipaddr clientip remoteip remoteaddr adresseip ipadresse direccionip xforwardedfor",
	aPersonsID:   "userid customerid clientid personid memberid visitorid contactid profileid subscriberid loyaltyid crmid uid externalid anonymousid idclient idutilisateur numeroclient kundennummer kundenid benutzerid idcliente idusuario numerocliente",
	aGender:      "gender sex sexe genre geschlecht sexo genero",
	aTitle:       "salutation honorific civilite anrede tratamiento",
	aBirthDate:   "birthdate dateofbirth dob birthday bday datenaissance datedenaissance naissance anniversaire geburtsdatum geburtstag fechanacimiento fechadenacimiento birthyear yearofbirth",
	anAge:        "age alter edad",
	aPostcode:    "postcode postalcode zip zipcode codepostal plz postleitzahl codigopostal",
	aCountry:     "country countrycode pays codepays land laendercode landercode pais codigopais nationality nationalite nationalitat staatsangehorigkeit nacionalidad",
	aLanguage:    "language lang locale langue sprache idioma",
	aCivilStatus: "maritalstatus civilstatus situationfamiliale etatcivil familienstand estadocivil",
}

// fewValues says whether there are so few values of a kind that counting how often each occurs, or trying them all, tells
// them apart.
func (k memberKind) fewValues() bool {
	switch k {
	case aGender, aTitle, aBirthDate, anAge, aPostcode, aCountry, aLanguage, aCivilStatus:
		return true
	}
	return false
}

// identifies says whether a value of the kind names one person, and is what channels are joined by.
func (k memberKind) identifies() bool {
	switch k {
	case anEmail, aPhone, anIBAN, aCard, aNationalID, aPersonsID:
		return true
	}
	return false
}

// vague are names that say nothing of what lies there; the name around them may.
var vague = map[string]bool{"": true, "value": true, "values": true, "id": true, "ids": true, "address": true, "number": true, "text": true, "raw": true, "data": true, "v": true, "wert": true, "valeur": true, "valor": true}

// kindsOf are the kinds that a rule takes, by the names in its selector; none where they tell nothing.
func (r *Rule) kindsOf() (kinds []memberKind) {
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
func kindsOfNames(segments [][]string) (kinds []memberKind) {
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
func kindOf(words []string) memberKind {
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
