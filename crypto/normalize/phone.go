package normalize

import (
	"bytes"
	"errors"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

const phoneVersion = 1

// phone is the number in E.164: a plus sign, the country code, the national number.
//
// A text is first reduced to its digits and a plus sign before them. What may stand between them is white space as
// Trimmed has it, dashes, dots, slashes, brackets and tildes; anything else (letters, so vanity numbers, extensions and
// tel: URIs too; commas, *, #) makes it a text that is no phone number. Digits of every script count, full-width ones
// too. JSON integers come as their text: 33612345678 and 612345678 are the same number in region FR.
//
// Then it is parsed as the library parses it, with the region as default country. A number is taken if the library calls it
// possible (length for its country), not valid: the tables of valid numbers change with each release, and a token must
// not. Those tables still say whether a first 0 or 33 is a prefix or a part of the number, so an update of the library can
// change an answer: the frozen ones are there to see it. A number so short that it can be dialed only locally counts as
// possible where the country has such numbers (seven digits in the US).
//
// The library's parsing takes some hundred times as long as all the rest; phoneplan.go parses by the library's tables.
type phone struct {
	region string
	plans  *numbering // nil where the library has to be asked
}

func newPhone(region string) (phone, error) {
	known := phonenumbers.GetSupportedRegions()
	if len(region) == 2 && known[region] {
		return phone{region, plans()}, nil
	}
	if region == "" {
		return phone{}, errors.New("normalizer phone needs a region: the country whose numbers are written without a country code, as FR")
	}
	upper := make([]byte, 0, len(region))
	for i := range len(region) {
		upper = append(upper, region[i]&^0x20)
	}
	if len(upper) == 2 && known[string(upper)] {
		return phone{}, errors.New("unknown region: did you mean " + string(upper) + "? (ISO 3166-1 alpha-2, in capitals)")
	}
	return phone{}, errors.New("unknown region: an ISO 3166-1 alpha-2 code in capitals is expected, as FR")
}

func (phone) Name() string { return "phone" }
func (phone) Version() int { return phoneVersion }

func (p phone) Append(dst, s []byte) ([]byte, bool) {
	var buf [maxDialed + 1]byte
	dialed, ok := reduce(buf[:0], s)
	if !ok {
		return Trimmed(dst, s), false
	}
	if p.plans != nil {
		if out, ok := p.appendShort(dst, dialed); ok {
			return out, true
		}
		return Trimmed(dst, s), false
	}
	e164, ok := p.e164(string(dialed))
	if !ok {
		return Trimmed(dst, s), false
	}
	return append(dst, e164...), true
}

// rounds is how often an answer is asked again before it is not understood.
const rounds = 4

// appendShort is e164 without the library; it is proved equal to it.
func (p phone) appendShort(dst, dialed []byte) (out []byte, ok bool) {
	home, rooms := p.plans.regions[p.region], [rounds][64]byte{}
	for i := range rounds {
		next, ok := p.plans.parse(rooms[i][:0], dialed, home)
		if !ok {
			return dst, false
		}
		if bytes.Equal(next, dialed) {
			return append(dst, next...), true
		}
		dialed = next
	}
	return dst, false
}

// e164 parses until the answer answers itself: the library strips a national prefix behind a country code too, so that
// its own E.164 form may parse to another one. A number that finds no rest is not understood.
func (p phone) e164(dialed string) (string, bool) {
	for range rounds {
		number, err := phonenumbers.Parse(dialed, p.region)
		if err != nil || !phonenumbers.IsPossibleNumber(number) {
			return "", false
		}
		next := phonenumbers.Format(number, phonenumbers.E164)
		if next == dialed {
			return next, true
		}
		dialed = next
	}
	return "", false
}

// maxDialed bounds the digits of a number: 15 (E.164 §6.2.1), an international prefix, and what people add.
const maxDialed = 32

// reduce appends the digits of s, and a plus sign before them, to dst; ok is false where s holds anything that does not
// belong into a phone number.
func reduce(dst, s []byte) (dialed []byte, ok bool) {
	if !isASCII(s) && norm.NFKC.QuickSpan(s) != len(s) {
		s = norm.NFKC.Bytes(s)
	}
	digits, plus := 0, false
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(s[i:])
		}
		i += size
		if d, isDigit := digit(r); isDigit {
			if digits++; digits > maxDialed {
				return dst, false
			}
			dst = append(dst, d)
			continue
		}
		switch {
		case r == '+' && !plus && digits == 0:
			plus = true
			dst = append(dst, '+')
		case isBlank(r), r == '(', r == ')', r == '[', r == ']':
		case (isDash(r) || r == '.' || r == '/' || r == '~') && digits > 0: // before the first digit it would be a minus sign or a decimal point
		default:
			return dst, false
		}
	}
	return dst, digits > 0
}

func isDash(r rune) bool {
	return r == '-' || 0x2010 <= r && r <= 0x2015 || r == 0x2212 || r == 0x30FC
}

// digit gives the ASCII digit of a decimal digit of any script. Unicode keeps the ten digits of a script together and in
// order, from zero on, and each range of the table holds whole tens.
func digit(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r), '0' <= r && r <= '9'
	}
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, decimal := range unicode.Nd.R16 {
		if lo := rune(decimal.Lo); lo <= r && r <= rune(decimal.Hi) {
			return '0' + byte((r-lo)%10), true
		}
	}
	for _, decimal := range unicode.Nd.R32 {
		if lo := rune(decimal.Lo); lo <= r && r <= rune(decimal.Hi) {
			return '0' + byte((r-lo)%10), true
		}
	}
	return 0, false
}
