package crypto

import (
	"math/bits"
	"slices"
)

// Padding is ISO/IEC 7816-4 inside a buffer whose size is a function of the length alone: the value, one byte 0x80,
// then zeros to the end. The marker is always there, so the value is what lies before the last byte that is not zero,
// whatever the value ends with.
const (
	padMarker = 0x80
	padBlock  = 16
)

// blockSize returns the size that tokenize pads to: the next multiple of 16 that holds n bytes and the marker.
func blockSize(n int) int { return (n/padBlock + 1) * padBlock }

// padmeSize returns the size that encrypt pads to: the next multiple of 16 up to 64 that holds n bytes and the marker,
// above that the next Padmé length.
func padmeSize(n int) int {
	if n < 4*padBlock {
		return blockSize(n)
	}
	return padme(n + 1)
}

// padme returns the smallest Padmé length that is not below n, for n ≥ 2: one whose binary form has at most as many
// significant bits as it takes to write down its exponent. At most 12 % are added, and a length L gives away
// O(log log L) bits. Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with
// PURBs", PoPETs 2019(4), section 4.
func padme(n int) int {
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	low := 1<<(e-s) - 1
	return (n + low) &^ low
}

// appendPadded appends value, marker and zeros, size bytes in all; size is above len(value).
func appendPadded(dst, value []byte, size int) []byte {
	dst = slices.Grow(dst, size)
	dst = append(append(dst, value...), padMarker)
	zeros := dst[len(dst) : len(dst)+size-len(value)-1]
	clear(zeros)
	return dst[:len(dst)+len(zeros)]
}

// unpad returns the value inside padded, and false unless padded is exactly what size says of that value's length.
// It is called on authenticated bytes only, so its time tells nobody anything.
func unpad(padded []byte, size func(int) int) ([]byte, bool) {
	n := len(padded) - 1
	for n >= 0 && padded[n] == 0 {
		n--
	}
	if n < 0 || padded[n] != padMarker || size(n) != len(padded) {
		return nil, false
	}
	return padded[:n], true
}
