package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A person is one of the fictitious customers, with the canonical form of each identifier.
//
// None of it can be somebody's: mail domains are those of RFC 2606 and 6761, telephone numbers of the ranges that the
// French regulator (Arcep) keeps for fiction, addresses of the documentation ranges (RFC 5737, 3849), and card numbers
// begin with digits that no issuer has.
type person struct {
	first, last string
	email       string // lower case, the domain in Unicode
	phone       string // nine digits, without the trunk zero
	customer    string
	device      string // UUID
	advertising string // UUID in capitals
	card        string // sixteen digits
	ip          string
}

// Names are long enough for the Judge, and unlike any word of an envelope, a log or a metric, so that finding one means
// a leak. The part after the colon is how the name is written in an e-mail address.
var (
	firstNames = strings.Fields(`Séverine:severine Camille:camille Inessa:inessa Maëlle:maelle Anaïs:anais Clémence:clemence Théophile:theophile
		Gaëtan:gaetan Benoît:benoit Ludovic:ludovic Aurélie:aurelie Héloïse:heloise Thibault:thibault Océane:oceane Solène:solene
		Jürgen:juergen Łukasz:lukasz Żaneta:zaneta Iñigo:inigo Çağla:cagla Søren:soeren Håkan:hakan Noémie:noemie Raphaël:raphael`)
	lastNames = strings.Fields(`Lefèvre:lefevre Garnier:garnier Béranger:beranger Vasseur:vasseur Delacroix:delacroix
		Guérin:guerin Müller-Roux:muellerroux Kowalczyk:kowalczyk Núñez:nunez Çelik:celik Ångström:angstroem Perrault:perrault
		Chevallier:chevallier Boissière:boissiere Quéméneur:quemeneur Tsiranana:tsiranana Benkirane:benkirane Østergård:oestergaard
		Lacombe:lacombe Fauvel:fauvel Giraudon:giraudon Marchetti:marchetti Ollivier:ollivier Rousselot:rousselot`)
	mailDomains  = []string{"example.org", "example.com", "example.net", "courriel.example", "bücher.example"}
	fictionRange = []string{"19900", "26191", "35301", "46571", "53649", "63998"} // 01 99 00, 02 61 91, 03 53 01, 04 65 71, 05 36 49, 06 39 98
)

// newPeople makes n people. No two share an identifier but for names and addresses.
func newPeople(random *rand.Rand, n int) []person {
	people := make([]person, n)
	lines := random.Perm(10_000)
	for i := range people {
		first, firstMail, _ := strings.Cut(firstNames[random.IntN(len(firstNames))], ":")
		last, lastMail, _ := strings.Cut(lastNames[random.IntN(len(lastNames))], ":")
		people[i] = person{
			first: first, last: last,
			email:       fmt.Sprintf("%s.%s%d@%s", firstMail, lastMail, 10+i, mailDomains[i%len(mailDomains)]),
			phone:       fmt.Sprintf("%s%04d", fictionRange[i%len(fictionRange)], lines[i/len(fictionRange)%len(lines)]),
			customer:    fmt.Sprintf("crm-%07d", 1_000_000+(i*7_654_321+3_141_592)%9_000_000),
			device:      uuid(random),
			advertising: strings.ToUpper(uuid(random)),
			card:        card(random),
			ip:          address(i),
		}
	}
	return people
}

// uuid is a random UUID (RFC 9562, version 4).
func uuid(random *rand.Rand) string {
	hi, lo := random.Uint64()&^0xF000|0x4000, random.Uint64()&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xFFFF, hi&0xFFFF, lo>>48, lo&0xFFFF_FFFF_FFFF)
}

// card is a number with the right check digit (ISO/IEC 7812) of an issuer that does not exist.
func card(random *rand.Rand) string {
	digits := []byte(fmt.Sprintf("999999%09d0", random.IntN(1_000_000_000)))
	sum := 0
	for i, c := range digits {
		d := int(c - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	digits[len(digits)-1] = '0' + byte((10-sum%10)%10)
	return string(digits)
}

// address gives one person of four an IPv6 address.
func address(i int) string {
	if i%4 == 3 {
		return fmt.Sprintf("2001:db8:%x::%x:17", i/256+16, i%256+16)
	}
	return fmt.Sprintf("%s.%d", []string{"192.0.2", "198.51.100", "203.0.113"}[i%3], 1+i/4%254)
}
