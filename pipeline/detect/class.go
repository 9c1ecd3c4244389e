package detect

import (
	"unicode"
	"unicode/utf8"
)

// A class is a set of kinds of bytes. What a text holds of them is known after one cheap pass, and most detectors are out.
type class uint8

const (
	digits class = 1 << iota // 0 to 9; the lowest bit, so that adding it counts
	letters
	at    // @, the percent sign that may begin %40, and the byte that begins ＠
	colon // :
	dash  // -
	dot   // .
	comma // , and ;
	plus  // + and (
)

var classes = func() (t [256]class) {
	for c := range t {
		switch c := byte(c); {
		case isDigit(c):
			t[c] = digits
		case isLetter(c):
			t[c] = letters
		case c == '@', c == '%', c == wideAt[0]:
			t[c] = at
		case c == ':':
			t[c] = colon
		case c == '-':
			t[c] = dash
		case c == '.':
			t[c] = dot
		case c == ',', c == ';':
			t[c] = comma
		case c == '+', c == '(':
			t[c] = plus
		}
	}
	return t
}()

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'A' <= c&^0x20 && c&^0x20 <= 'Z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isHex(c byte) bool    { return isDigit(c) || 'A' <= c&^0x20 && c&^0x20 <= 'F' }

// boundaryBefore says whether a word may begin at i: no letter, digit or mark stands right before.
func boundaryBefore(text []byte, i int) bool {
	if i == 0 {
		return true
	}
	if c := text[i-1]; c < utf8.RuneSelf {
		return classes[c]&(digits|letters) == 0
	}
	r, _ := utf8.DecodeLastRune(text[:i])
	return !isWordRune(r)
}

// boundaryBehind says whether a word may end at i: no letter, digit or mark follows.
func boundaryBehind(text []byte, i int) bool {
	if i >= len(text) {
		return true
	}
	if c := text[i]; c < utf8.RuneSelf {
		return !isAlnum(c)
	}
	r, _ := utf8.DecodeRune(text[i:])
	return !isWordRune(r)
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// apart says whether the number from i to end stands for itself: it is no part of a decimal fraction, has no sign, no dash
// or underscore ties it to letters or digits ("WEB-17"), and no slash or colon to digits ("01/02", "12:30", but "tel:30"). It
// is for numbers that little else tells from others.
func apart(text []byte, i, end int) bool {
	if !free(text, i, end) || i >= 1 && (text[i-1] == '-' || text[i-1] == '+') {
		return false
	}
	return (i < 2 || !ties(text[i-1], text[i-2])) && (end+1 >= len(text) || !ties(text[end], text[end+1]))
}

// ties says whether the sign ties a number to the character beyond.
func ties(sign, beyond byte) bool {
	switch sign {
	case '-', '_':
		return isAlnum(beyond)
	case '/', ':':
		return isDigit(beyond)
	}
	return false
}

// free says whether the word from i to end is whole: boundaries at both ends, and no part of a decimal fraction.
func free(text []byte, i, end int) bool {
	if !boundaryBefore(text, i) || !boundaryBehind(text, end) {
		return false
	}
	if i >= 2 && isPoint(text[i-1]) && isDigit(text[i-2]) && isDigit(text[i]) {
		return false
	}
	return end+1 >= len(text) || !isPoint(text[end]) || !isDigit(text[end+1]) || !isDigit(text[end-1])
}

func isPoint(c byte) bool { return c == '.' || c == ',' }

// blank gives the length of the space at i that people write inside numbers: a space, a no-break space (U+00A0) or a narrow
// one (U+202F); 0 where there is none.
func blank(text []byte, i int) int {
	switch {
	case i >= len(text):
		return 0
	case text[i] == ' ':
		return 1
	case text[i] == 0xC2 && i+1 < len(text) && text[i+1] == 0xA0:
		return 2
	case text[i] == 0xE2 && i+2 < len(text) && text[i+1] == 0x80 && text[i+2] == 0xAF:
		return 3
	}
	return 0
}
