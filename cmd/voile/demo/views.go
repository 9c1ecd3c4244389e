package demo

import (
	"bytes"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// views are the readings of a text in which an identifier may stand. Its buffers are used again and again.
type views struct {
	lower, plain, next, decoded []byte
}

// each calls look with every reading of data, in small letters. The slice is valid during the call.
func (v *views) each(data []byte, look func([]byte)) {
	v.lower = appendLower(v.lower[:0], data)
	look(v.lower)
	plain := v.unescape(data)
	if len(plain) != len(data) { // an escape taken makes the text shorter
		v.lower = appendLower(v.lower[:0], plain)
		look(v.lower)
	}
	for start := 0; start < len(plain); {
		if sextets[plain[start]] < 0 {
			start++
			continue
		}
		end := start
		for end < len(plain) && sextets[plain[end]] >= 0 {
			end++
		}
		if end-start >= minBase64 {
			v.base64(plain[start:end], look)
		}
		start = end
	}
}

// minBase64 is the shortest run of base64 that can hold a spelling.
const minBase64 = minSpelling * 4 / 3

// base64 reads a run at each of the four offsets that the text's beginning may have in it.
func (v *views) base64(run []byte, look func([]byte)) {
	for offset := range min(4, len(run)) {
		v.decoded = appendBase64(v.decoded[:0], run[offset:])
		v.lower = appendLower(v.lower[:0], v.decoded)
		look(v.lower)
		if bytes.IndexByte(v.decoded, '\\') < 0 && bytes.IndexByte(v.decoded, '%') < 0 {
			continue
		}
		v.decoded, v.next = unescapeOnce(v.next[:0], v.decoded), v.decoded
		v.lower = appendLower(v.lower[:0], v.decoded)
		look(v.lower)
	}
}

// unescape takes escapes until none is left: JSON stands in strings of JSON, and URLs in both.
func (v *views) unescape(data []byte) []byte {
	plain := data
	for range 8 { // text in text in text: more is nobody's envelope
		if bytes.IndexByte(plain, '\\') < 0 && bytes.IndexByte(plain, '%') < 0 {
			break
		}
		v.next = unescapeOnce(v.next[:0], plain)
		if len(v.next) == len(plain) {
			break
		}
		v.plain, v.next = v.next, v.plain
		plain = v.plain
	}
	return plain
}

// unescapeOnce takes the escapes of JSON (RFC 8259 §7) and of URLs (RFC 3986 §2.1) in one pass. What is no escape stays.
func unescapeOnce(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			r, size := jsonEscape(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += size
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			dst = append(dst, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 3
		default:
			dst = append(dst, s[i])
			i++
		}
	}
	return dst
}

// jsonEscape reads the escape at the start of s, which is a backslash and at least one byte more.
func jsonEscape(s []byte) (r rune, size int) {
	switch s[1] {
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'r':
		return '\r', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'u':
		first, ok := unit(s)
		if !ok {
			break
		}
		if second, ok := unit(s[6:]); ok && utf16.IsSurrogate(first) {
			if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return first, 6
	}
	r, size = utf8.DecodeRune(s[1:])
	return r, 1 + size
}

// unit reads \uXXXX at the start of s.
func unit(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	r := rune(0)
	for _, c := range s[2:6] {
		if !isHex(c) {
			return 0, false
		}
		r = r<<4 | rune(hexValue(c))
	}
	return r, true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func hexValue(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// sextets gives the six bits of a character of base64, of either alphabet (RFC 4648 §4 and §5), -1 for others.
var sextets = func() (table [256]int8) {
	for i := range table {
		table[i] = -1
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		table[alphabet[i]] = int8(i)
	}
	table['-'], table['_'] = 62, 63
	return table
}()

// appendBase64 decodes a run of the alphabet; bits that make no whole byte are dropped.
func appendBase64(dst, run []byte) []byte {
	for ; len(run) >= 4; run = run[4:] {
		word := uint32(sextets[run[0]])<<18 | uint32(sextets[run[1]])<<12 | uint32(sextets[run[2]])<<6 | uint32(sextets[run[3]])
		dst = append(dst, byte(word>>16), byte(word>>8), byte(word))
	}
	if len(run) >= 2 {
		dst = append(dst, byte(sextets[run[0]])<<2|byte(sextets[run[1]])>>4)
	}
	if len(run) == 3 {
		dst = append(dst, byte(sextets[run[1]])<<4|byte(sextets[run[2]])>>2)
	}
	return dst
}

// appendLower appends s in small letters; bytes that are no UTF-8 stay as they are.
func appendLower(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = append(dst, lowerASCII[c])
			i++
			continue
		}
		if c < 0xC2 || i+1 == len(s) || s[i+1]&0xC0 != 0x80 { // most bytes of what decodes to nothing
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += size
	}
	return dst
}

var lowerASCII = func() (table [utf8.RuneSelf]byte) {
	for i := range table {
		table[i] = byte(unicode.ToLower(rune(i)))
	}
	return table
}()
