package normalize

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	textVersion    = 1
	trimmedVersion = 1
)

// text takes a value as it is: spellings that differ in one byte are different values.
type text struct{}

func (text) Name() string { return "text" }
func (text) Version() int { return textVersion }

func (text) Append(dst, s []byte) ([]byte, bool) { return append(dst, s...), true }

// trimmed takes a value in NFC without outer white space.
type trimmed struct{}

func (trimmed) Name() string { return "trimmed" }
func (trimmed) Version() int { return trimmedVersion }

func (trimmed) Append(dst, s []byte) ([]byte, bool) { return Trimmed(dst, s), true }

// Trimmed appends s in Unicode normalization form C without the white space around it.
//
// White space here is what unicode.IsSpace says (no-break spaces among it) and the characters that nobody sees and that
// come along when a value is copied from a page, a spreadsheet or a contact list: byte order mark, zero-width and word
// joiners, directional marks, soft hyphen. Inside the value all of them stay.
func Trimmed(dst, s []byte) []byte {
	if isASCII(s) {
		return append(dst, trimASCII(s)...)
	}
	if norm.NFC.QuickSpan(s) != len(s) {
		s = norm.NFC.Bytes(s)
	}
	return append(dst, trim(s)...)
}

// trim cuts outer white space. A part of a normalized text is normalized, so trimming keeps a form.
func trim(s []byte) []byte {
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if !isBlank(r) {
			break
		}
		s = s[size:]
	}
	for len(s) > 0 {
		r, size := utf8.DecodeLastRune(s)
		if !isBlank(r) {
			break
		}
		s = s[:len(s)-size]
	}
	return s
}

// isBlank is white space in the sense of Trimmed. The list is written out, not taken from a property of Unicode that
// grows with its releases.
func isBlank(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return isASCIISpace(byte(r))
	case r == 0x00AD, r == 0x061C, r == 0x180E, r == 0xFEFF: // soft hyphen, Arabic letter mark, Mongolian vowel separator, BOM
		return true
	case 0x200B <= r && r <= 0x200F: // zero-width space, non-joiner and joiner, left-to-right and right-to-left marks
		return true
	case 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x2064, 0x2066 <= r && r <= 0x2069: // embeddings, word joiner, isolates
		return true
	}
	return unicode.IsSpace(r)
}

func trimASCII(s []byte) []byte {
	for len(s) > 0 && isASCIISpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isASCIISpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isASCIISpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func isASCII(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
