package normalize

import (
	"bytes"

	"voile/crypto/checkdigit"
)

const (
	ibanVersion = 1
	maxIBAN     = 34 // ISO 13616-1 §5
)

// iban is the international bank account number in capitals without spaces: FR7630006000011234567890189.
//
// Spaces, dashes, small letters and the word IBAN in front, with a colon or without, do not count. Understood is what
// passes mod 97-10 (ISO 13616-1 §6) and has the length of its country in the IBAN registry. A country that is not in the
// registry may have any length from 15 on: countries use IBANs before they register them, and a token must not change on
// the day they do. What fails the check is no IBAN, and is tokenized as trimmed: which account was meant nobody knows.
type iban struct{}

func (iban) Name() string { return "iban" }
func (iban) Version() int { return ibanVersion }

func (iban) Append(dst, s []byte) ([]byte, bool) {
	var buf [maxIBAN]byte
	if number, ok := compact(buf[:0], afterWord(s), false); ok && isIBAN(number) {
		return append(dst, number...), true
	}
	return Trimmed(dst, s), false
}

// afterWord gives what comes after the word IBAN; no IBAN begins with four letters.
func afterWord(s []byte) []byte {
	rest := trim(s)
	if len(rest) < 4 || !bytes.EqualFold(rest[:4], []byte("IBAN")) {
		return s
	}
	rest = trim(rest[4:])
	return bytes.TrimPrefix(rest, []byte(":"))
}

func isIBAN(number []byte) bool {
	if !checkdigit.IBAN(number) {
		return false
	}
	length := checkdigit.IBANLength(number)
	return length == len(number) || length == 0 && len(number) >= 15
}
