// Package event makes the records that every contender of the benchmark is given: JSON events of some 1.2 KB, of a web
// shop, an app, a till, a call center and a mailing, of people who do not exist.
//
// The contract: event n of a Source is always the same bytes, whatever was asked before, so that whoever finds an event in
// a sink can make its raw form again and compare. Each person has values of their own for all twenty Fields, but for
// names, cities and phone numbers, which some share. No other string of the event is a field's value, so that a raw one in
// a sink is a field that was not replaced.
package event

import (
	"fmt"
	"math"
	"strconv"
)

// A Source gives events of so many People. Equal sources give equal events.
type Source struct {
	Seed   uint64
	People int
	Zipf   bool // the k-th person comes 1/k as often as the first; else all come equally often
}

// A Field is a place of every event that holds an identifier, always a string.
type Field struct {
	Path []string // names of members, from the outermost on
	Kind Kind
}

// A Kind says how the values of a field are made equal before they are replaced.
type Kind int

// The kinds.
const (
	Text  Kind = iota // not at all
	Email             // letters to lower case
)

// Fields are the twenty identifiers: the first is what one field means in a benchmark, the first six (e-mail, two ids, IP,
// two names) what six mean.
var Fields = []Field{
	{[]string{"context", "traits", "email"}, Email},
	{[]string{"userId"}, Text},
	{[]string{"anonymousId"}, Text},
	{[]string{"context", "ip"}, Text},
	{[]string{"context", "traits", "firstName"}, Text},
	{[]string{"context", "traits", "lastName"}, Text},
	{[]string{"context", "traits", "phone"}, Text},
	{[]string{"context", "traits", "street"}, Text},
	{[]string{"context", "traits", "city"}, Text},
	{[]string{"context", "traits", "loyalty"}, Text},
	{[]string{"context", "traits", "account"}, Text},
	{[]string{"context", "traits", "contract"}, Text},
	{[]string{"context", "traits", "plate"}, Text},
	{[]string{"context", "device", "advertisingId"}, Text},
	{[]string{"context", "device", "session"}, Text},
	{[]string{"context", "device", "push"}, Text},
	{[]string{"properties", "order_id"}, Text},
	{[]string{"properties", "ticket"}, Text},
	{[]string{"properties", "shipping", "parcel"}, Text},
	{[]string{"properties", "shipping", "recipient"}, Text},
}

// Person is whose event n is, from 0 to People-1.
func (s Source) Person(n int) int {
	x := s.draw(n, 0)
	if !s.Zipf {
		return int(x % uint64(s.People))
	}
	// The first k of N people have ln(k+1)/ln(N+1) of the events, of which this is the inverse.
	u := float64(x>>11) / (1 << 53)
	return min(int(math.Pow(float64(s.People+1), u))-1, s.People-1)
}

// Key is the record's key: all events of a person have the same one.
func (s Source) Key(n int) []byte { return fmt.Appendf(nil, "%d", s.Person(n)) }

// numberMark stands before the event's number, of numberDigits digits.
const (
	numberMark   = `"messageId":"seg-`
	numberDigits = 9
)

// Number reads the number of an event of which fields may have been replaced. ok is false where there is none.
func Number(value []byte) (n int, ok bool) {
	at := indexOf(value, numberMark)
	if at < 0 || at+len(numberMark)+numberDigits > len(value) {
		return 0, false
	}
	n, err := strconv.Atoi(string(value[at+len(numberMark) : at+len(numberMark)+numberDigits]))
	return n, err == nil
}

// Values are the raw values of the Fields of event n, in their order; none needs an escape in JSON.
func (s Source) Values(n int) []string {
	who := s.Person(n)
	p := func(what int) uint64 { return mix(s.Seed ^ mix(uint64(who)*64+uint64(what)+1)) }
	first, last := name(p(1), 3), name(p(2), 4)
	return []string{
		fmt.Sprintf("%s.%d@%s", capital(latin(p(3))), 1000+who, mailDomains[p(4)%uint64(len(mailDomains))]),
		fmt.Sprintf("crm-%09d", 100_000_000+who),
		uuid(p(5), p(6)),
		fmt.Sprintf("198.%d.%d.%d", 18+who>>16&1, who>>8&255, who&255), // RFC 2544's range for benchmarks
		first,
		last,
		fmt.Sprintf("+33 6 39 98 %02d %02d", who/100%100, who%100), // Arcep's range for fiction
		fmt.Sprintf("%d rue %s", 1+who, name(p(7), 3)),
		name(p(8), 3) + "-sur-" + name(p(9), 2),
		fmt.Sprintf("LOY%010d", 7_000_000_000+who),
		fmt.Sprintf("acc-%016x", p(10)),
		fmt.Sprintf("CTR/%d/%08d", 2018+p(11)%9, who),
		fmt.Sprintf("%c%c-%03d-%c%c", 'A'+p(12)%26, 'A'+p(13)%26, p(14)%1000, 'A'+p(15)%26, 'A'+p(16)%26),
		uuid(p(17), p(18)),
		fmt.Sprintf("%016x", s.draw(n, 1)),
		fmt.Sprintf("push:%016x%016x", p(19), p(20)),
		fmt.Sprintf("o-%09d", n),
		fmt.Sprintf("T%012d", s.draw(n, 2)%1_000_000_000_000),
		fmt.Sprintf("6A%011d", s.draw(n, 3)%100_000_000_000),
		first + " " + last,
	}
}

var mailDomains = []string{"Messagerie.test", "courriel.example", "example.org", "Poste.example", "mail.example.com"}

// draw is the what-th random number of event n.
func (s Source) draw(n, what int) uint64 { return mix(s.Seed + mix(uint64(n)*16+uint64(what)+1)*3) }

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection that leaves no pattern.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uuid is a UUID of version 4 (RFC 9562).
func uuid(hi, lo uint64) string {
	hi, lo = hi&^0xF000|0x4000, lo&^(3<<62)|2<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xFFFF, hi&0xFFFF, lo>>48, lo&0xFFFF_FFFF_FFFF)
}

var syllables = []string{"ba", "bé", "cor", "da", "del", "do", "é", "fa", "fi", "ga", "gré", "ha", "is", "jo", "ka", "la",
	"lè", "lin", "lo", "ma", "mé", "mi", "na", "nel", "no", "or", "pa", "pé", "quin", "ra", "ré", "ro", "sa", "sé", "si", "so",
	"ta", "té", "tho", "va", "vé", "vin", "xa", "ya", "zé", "ço", "ñu", "ül"}

// name is made of syllables: it is nobody's, and one in three has letters beyond ASCII.
func name(x uint64, length int) string {
	text := ""
	for range length {
		text += syllables[x%uint64(len(syllables))]
		x /= uint64(len(syllables))
	}
	return capital(text)
}

// latin is a name for an address: letters of ASCII only.
func latin(x uint64) string {
	text := make([]byte, 8)
	for i := range text {
		text[i] = "aeioulmnrst"[x%11]
		x /= 11
	}
	return string(text)
}

// capital writes the first letter large where it is one of ASCII.
func capital(text string) string {
	if c := text[0]; 'a' <= c && c <= 'z' {
		return string(c-'a'+'A') + text[1:]
	}
	return text
}
