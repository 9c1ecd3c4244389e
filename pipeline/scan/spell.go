package scan

import "unicode/utf8"

// Unit gives how many bytes of body spell the character that it begins with, and how many bytes that is in the text. body is not
// empty, and a part of what Unescape took that begins where an escape or a character does; of a character without escape, one
// byte at a time.
func Unit(body []byte) (spelling, length int) {
	if body[0] != '\\' {
		return 1, 1
	}
	r, spelling, err := decodeEscape(body)
	if err != nil {
		return 1, 1 // not of what Unescape took
	}
	return spelling, utf8.RuneLen(r)
}
