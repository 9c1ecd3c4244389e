package leaktest

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"unicode"
)

// The syllables of names that nobody has, in four scripts.
var syllables = [][]string{
	{"bra", "vel", "zo", "quin", "tar", "mel", "ghis", "dro", "nai", "fel", "ull", "kor", "sab", "wen", "yx", "pli"},
	{"é", "lè", "ço", "ñar", "gü", "bræ", "søl", "ti", "ma", "rô", "ny", "věr", "ška", "łu", "da", "ïs"},
	{"بر", "سم", "نا", "دل", "رق", "شو", "مي", "لا", "خت", "ور"},
	{"みつ", "たけ", "さく", "はる", "なお", "しん", "ゆき", "かわ", "もり", "ほし"},
	{"βα", "λε", "νι", "δρο", "μα", "θη", "ρο", "σι", "κα", "πυ"},
}

// One domain in three is internationalized: its labels in Unicode and as they stand in the DNS.
var mailDomains = [][2]string{
	{"example.com", ""}, {"example.org", ""}, {"mail.example.net", ""}, {"courrier.test", ""},
	{"bücher.example", "xn--bcher-kva.example"}, {"españa.test", "xn--espaa-rta.test"}, {"例え.test", "xn--r8jz45g.test"},
}

// A world gives each identity of the events that are re-planted another one, the same wherever it is met.
type world struct{ seed uint64 }

// of is a generator of its own for one identity.
func (w world) of(class, canonical string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s\x00%s", w.seed, class, canonical)
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// canonical is what takes the place of an identity: the form that all its spellings have in common.
func (w world) canonical(class, old string) string {
	r := w.of(class, old)
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte('0' + byte(r.IntN(10)))
		}
		return b.String()
	}
	hex := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("0123456789abcdef"[r.IntN(16)])
		}
		return b.String()
	}
	switch class {
	case "email":
		tag := ""
		if r.IntN(5) == 0 {
			tag = "+" + asciiName(r)
		}
		return asciiName(r) + [...]string{".", "-", "_", ""}[r.IntN(4)] + asciiName(r) + digits(5) + tag + "@" + mailDomains[r.IntN(len(mailDomains))][0]
	case "phone":
		if r.IntN(6) == 0 { // the numbers of North America that are kept for fiction
			return "+1" + [...]string{"202", "312", "617", "713"}[r.IntN(4)] + "5550" + fmt.Sprint(100+r.IntN(100))
		}
		return "+33" + [...]string{"46571", "53649"}[r.IntN(2)] + digits(4)
	case "user_id":
		if r.IntN(3) == 0 { // a number, too large for a double
			return "9" + digits(18)
		}
		return "crm-" + digits(9)
	case "loyalty_id":
		return "FID" + digits(10)
	case "device_id", "anonymous_id", "advertising_id":
		return hex(8) + "-" + hex(4) + "-4" + hex(3) + "-a" + hex(3) + "-" + hex(12)
	case "ip":
		if r.IntN(4) == 0 {
			return "2001:db8:" + fmt.Sprintf("%x:%x::%x", 0x1000+r.IntN(0xefff), 0x1000+r.IntN(0xefff), 1+r.IntN(0xfffe))
		}
		return fmt.Sprintf("198.18.%d.%d", 100+r.IntN(156), 100+r.IntN(156))
	case "iban":
		bban := "99999" + digits(18)
		return fmt.Sprintf("FR%02d%s", 98-mod97(bban+"152700"), bban) // F is 15, R is 27 (ISO 13616)
	case "card":
		return luhn("400000" + digits(9))
	case "nir":
		head := fmt.Sprintf("%d%s%02d", 1+r.IntN(2), digits(2), 1+r.IntN(12))
		tail := digits(6)
		return fmt.Sprintf("%s2A%s%02d", head, tail, 97-mod97(head+"19"+tail)) // 2A counts as 19 (INSEE)
	case "birth_date":
		return fmt.Sprintf("19%02d-%02d-%02d", 30+r.IntN(70), 1+r.IntN(12), 1+r.IntN(28))
	case "street":
		return digits(3) + " rue " + name(r) + " bât. " + digits(6)
	}
	if class == "full_name" {
		return name(r) + " " + name(r)
	}
	return name(r)
}

func asciiName(r *rand.Rand) string {
	return syllables[0][r.IntN(16)] + syllables[0][r.IntN(16)] + syllables[0][r.IntN(16)]
}

func name(r *rand.Rand) string {
	of := syllables[r.IntN(len(syllables))]
	var b strings.Builder
	for range 3 + r.IntN(3) {
		b.WriteString(of[r.IntN(len(of))])
	}
	runes := []rune(b.String())
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// mod97 is the remainder of a number that no integer holds.
func mod97(digits string) (rest int) {
	for _, c := range digits {
		rest = (rest*10 + int(c-'0')) % 97
	}
	return rest
}

// luhn puts the check digit behind the digits.
func luhn(digits string) string {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + fmt.Sprint((10-sum%10)%10)
}
