package detect

import "strings"

// A Kind says what an identifier is. It is the name in the configuration, in metrics and in reports.
type Kind string

// The kinds, as the catalog has them; docs/detectors.md tells of each.
const (
	JWT           Kind = "jwt"
	Email         Kind = "email"
	AdvertisingID Kind = "advertising_id"
	UUID          Kind = "uuid"
	IBAN          Kind = "iban"
	VAT           Kind = "vat"
	ITFiscalCode  Kind = "it_fiscal_code"
	NIR           Kind = "nir"
	MAC           Kind = "mac"
	IPv6          Kind = "ipv6"
	IPv4          Kind = "ipv4"
	Geo           Kind = "geo"
	Card          Kind = "card"
	Phone         Kind = "phone"
	SIRET         Kind = "siret"
	BENational    Kind = "be_national"
	DETaxID       Kind = "de_tax_id"
	PLPESEL       Kind = "pl_pesel"
	ESDNI         Kind = "es_dni"
	UKNINO        Kind = "uk_nino"
	USSSN         Kind = "us_ssn"
	IMEI          Kind = "imei"
	SIREN         Kind = "siren"
	NLBSN         Kind = "nl_bsn"
	UKNHS         Kind = "uk_nhs"
)

// The one table of what exists, the most specific first: where two overlap, the earlier one stands. Eleven digits that
// begin with the region's country code are a phone number sooner than another country's national number.
var catalog = []detector{
	jwt, email, advertisingID, uuid, iban, vat, itFiscalCode, nir, mac, ipv6, ipv4, geo, card,
	phone, siret, beNational, deTaxID, plPESEL, esDNI, ukNINO, usSSN, imei, siren, nlBSN, ukNHS,
}

// Kinds gives all kinds, the most specific first.
func Kinds() []Kind { return kinds(func(detector) bool { return true }) }

// Strong gives the kinds that are not Weak: those that a Set looks for unless it is told otherwise.
func Strong() []Kind { return kinds(func(d detector) bool { return !d.weak }) }

func kinds(which func(detector) bool) []Kind {
	var list []Kind
	for _, d := range catalog {
		if which(d) {
			list = append(list, d.kind)
		}
	}
	return list
}

// Weak says that a match alone is not enough: so many numbers of the same length that are nobody's pass too, or the form
// is one that things have as well (a UUID names an event as often as a device), that the member's name has to support it.
// An unknown kind is weak.
func (k Kind) Weak() bool {
	for _, d := range catalog {
		if d.kind == k {
			return d.weak
		}
	}
	return true
}

func names(list []Kind) string {
	var b strings.Builder
	for i, k := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(k))
	}
	return b.String()
}
