package shape

import (
	"math/big"
	"strconv"
)

// MaxDigits is the greatest length of a number of digits: what the widest decimal column of databases holds.
const MaxDigits = 38

// blockDigits is how many digits one block of random bytes gives: 10^19 is the greatest power of ten below 2^64.
const blockDigits = 19

// NeedsMore says whether a number of so many digits takes a second block of random bytes.
func NeedsMore(length int) bool { return length > blockDigits }

// AppendDigits appends length digits, from 1 to MaxDigits, the first of them none of 0, so that they may stand as a JSON number
// as well, and a value has the same digits as text and as number. There are 9 × 10^(length-1) of them, each as likely as the
// others. more counts only where NeedsMore says so, and MUST NOT depend on first then but through the value.
func AppendDigits(dst []byte, length int, first, more Random) []byte {
	n := min(length, blockDigits)
	least := pow10(n - 1)
	dst = strconv.AppendUint(dst, least+first.Below(9*least), 10)
	if n == length {
		return dst
	}
	return appendPadded(dst, more.Below(pow10(length-n)), length-n)
}

// appendPadded appends v as n digits, with zeros in front.
func appendPadded(dst []byte, v uint64, n int) []byte {
	at := len(dst)
	for range n {
		dst = append(dst, '0')
	}
	for i := at + n - 1; v > 0; i-- {
		dst[i] = '0' + byte(v%10)
		v /= 10
	}
	return dst
}

// pow10 is 10^n, for n up to 19.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// riskiest is the chance, as one in so many, at which two of all persons may share their digits.
const riskiest = 1000

// LeastDigits is the least length at which the chance that any two of so many persons share their digits is at most 1 in 1,000:
// the birthday bound persons × (persons − 1) / 2 / (9 × 10^(length−1)). ok is false where MaxDigits do not suffice.
func LeastDigits(persons int) (length int, ok bool) {
	n := big.NewInt(int64(persons))
	pairs := new(big.Int).Mul(n, new(big.Int).Sub(n, big.NewInt(1)))
	want := pairs.Mul(pairs, big.NewInt(riskiest)) // 2 × pairs × riskiest
	have := big.NewInt(18)                         // 2 × 9 × 10^(length-1)
	for length = 1; length <= MaxDigits; length++ {
		if have.Cmp(want) >= 0 {
			return length, true
		}
		have.Mul(have, big.NewInt(10))
	}
	return 0, false
}
