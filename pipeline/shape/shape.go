// Package shape makes what a schema insists on out of pseudorandom bytes: a UUID, digits, an e-mail address, one of a
// number of things.
//
// Before: 16 bytes that nobody can tell from random ones without a key ([Random]), the same for the same value. After: a text
// or a number that depends on nothing else, so that equal values get equal texts; different values share one only by chance,
// and how great that chance is stands at each function. What comes out has the form of a real value and cannot be told from one:
// a second pass takes it for a value and makes another of it.
//
// Nothing here knows a record, a key or a configuration.
package shape

import (
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Random is 128 bits of a pseudorandom function.
type Random [16]byte

// Below gives a number below n, which is not 0, each as likely as the others but for one part in 2^64 at most: a remainder of at
// least 64 bits more than n has (FIPS 186-5, appendix A.2.1, which takes 64 extra bits for enough).
func (r Random) Below(n uint64) uint64 {
	hi, lo := binary.BigEndian.Uint64(r[:8]), binary.BigEndian.Uint64(r[8:])
	return bits.Rem64(hi, lo, n)
}

// AppendUUID appends a UUID of version 8 (RFC 9562 §5.8) in lower case: 122 bits of r around the version's four bits and the
// variant's two. Among 10^9 values two share one with a chance of 10^-19.
func AppendUUID(dst []byte, r Random) []byte {
	r[6] = r[6]&0x0f | 0x80 // version 8
	r[8] = r[8]&0x3f | 0x80 // variant 10
	start := 0
	for _, end := range [...]int{4, 6, 8, 10, 16} {
		if start > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, r[start:end])
		start = end
	}
	return dst
}

// base32Lower is base32 (RFC 4648 §6) in lower case without padding: letters that survive whoever changes capitals, as mail
// systems may.
var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// AppendLocal appends the local part of an address: 26 characters, all of r.
func AppendLocal(dst []byte, r Random) []byte { return base32Lower.AppendEncode(dst, r[:]) }

// AppendDomain appends a mail domain that nobody can have: 16 characters, 80 bits of r, under the top-level domain invalid, which
// is reserved (RFC 2606 §2). Among 10^6 domains two share one with a chance of 4 × 10^-13.
func AppendDomain(dst []byte, r Random) []byte {
	return append(base32Lower.AppendEncode(dst, r[:10]), ".invalid"...)
}
