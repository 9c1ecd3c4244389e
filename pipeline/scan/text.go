package scan

import (
	"bytes"
	"errors"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// What Unescape refuses. Replacement characters in their place would make equal what was different.
var (
	ErrLoneSurrogate = errors.New("a string with half of a surrogate pair")
	ErrInvalidUTF8   = errors.New("a string that is not UTF-8")
	ErrEscape        = errors.New("a string with a broken escape") // only where body did not come from a Scan
)

// Unescape appends the text of a JSON string to dst. body is what stands between the quotes. With an error, what it gives is
// dst as it was.
func Unescape(dst, body []byte) ([]byte, error) {
	start := len(dst)
	for {
		n := bytes.IndexByte(body, '\\')
		if n < 0 {
			break
		}
		dst = append(dst, body[:n]...)
		r, size, err := decodeEscape(body[n:])
		if err != nil {
			return dst[:start], err
		}
		dst = utf8.AppendRune(dst, r)
		body = body[n+size:]
	}
	dst = append(dst, body...)
	// An escape gives whole characters, so bytes that are not UTF-8 stay so, whatever escapes stand between them.
	if !utf8.Valid(dst[start:]) {
		return dst[:start], ErrInvalidUTF8
	}
	return dst, nil
}

// decodeEscape gives the character of the escape, or of the two that are a surrogate pair, at the start of body, and its size
// in bytes.
func decodeEscape(body []byte) (r rune, size int, err error) {
	if len(body) < 2 {
		return 0, 0, ErrEscape
	}
	switch body[1] {
	case '"', '\\', '/':
		return rune(body[1]), 2, nil
	case 'b':
		return '\b', 2, nil
	case 'f':
		return '\f', 2, nil
	case 'n':
		return '\n', 2, nil
	case 'r':
		return '\r', 2, nil
	case 't':
		return '\t', 2, nil
	case 'u':
	default:
		return 0, 0, ErrEscape
	}
	r, ok := hex4(body[2:])
	if !ok {
		return 0, 0, ErrEscape
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, nil
	}
	if len(body) >= 12 && body[6] == '\\' && body[7] == 'u' {
		low, _ := hex4(body[8:])
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, 12, nil
		}
	}
	return 0, 0, ErrLoneSurrogate
}

// hex4 reads the four hexadecimal digits at the start of text.
func hex4(text []byte) (r rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, c := range text[:4] {
		switch {
		case c-'0' <= 9:
			r = r<<4 | rune(c-'0')
		case c|0x20-'a' <= 5:
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// AppendString appends text, which MUST be UTF-8, as a JSON string with its quotes, and with no escape but those that RFC 8259
// §7 demands: of quotes, backslashes and control characters.
func AppendString(dst, text []byte) []byte {
	dst = append(dst, '"')
	return append(AppendBody(dst, text), '"')
}

// AppendBody is AppendString without the quotes.
func AppendBody(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	for {
		n := plain(text)
		dst = append(dst, text[:n]...)
		if n == len(text) {
			return dst
		}
		c := text[n]
		text = text[n+1:]
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
}

// plain gives how many bytes of text come before the first that needs an escape.
func plain(text []byte) int {
	i := 0
	for ; len(text)-i >= 8; i += 8 {
		if m := special(word(text, i)); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(text) && text[i] != '"' && text[i] != '\\' && text[i] >= ' ' {
		i++
	}
	return i
}
