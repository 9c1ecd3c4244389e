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
	MAC           Kind = "mac"
	IPv6          Kind = "ipv6"
	IPv4          Kind = "ipv4"
	Card          Kind = "card"
	Phone         Kind = "phone"
)

// The one table of what exists, the most specific first: where two overlap, the earlier one stands.
var catalog = []detector{
	jwt, email, advertisingID, uuid, iban, mac, ipv6, ipv4, card, phone,
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
