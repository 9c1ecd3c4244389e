package generalize

import "unicode/utf8"

// Truncated is the first keep characters (Unicode code points) of text, which is UTF-8; all of a text that has no more.
func Truncated(text []byte, keep int) []byte {
	if len(text) <= keep {
		return text
	}
	end := 0
	for ; keep > 0 && end < len(text); keep-- {
		_, n := utf8.DecodeRune(text[end:])
		end += n
	}
	return text[:end]
}
