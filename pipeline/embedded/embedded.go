// Package embedded knows the formats that identifiers hide in inside a text: base64, the parts of a URL, forms, and the escapes
// in which each spells what it holds.
//
// Before: a text as a person means it, its JSON escapes undone. After: where in it the parts lie that somebody asked for, or the
// bytes that it encodes; and, the other way, those bytes encoded as they were. Nothing here changes a byte that it was not asked
// for: a part is put back in the same encoding, and what lies between the parts is not looked at twice.
//
// JSON, the one format that has paths, is voile/pipeline/scan's; it has a name here only.
//
// Everything is immutable, safe for concurrent use, and allocates nothing of its own per text.
package embedded

import (
	"bytes"
	"encoding/json"
)

// The decoders, by their names in the configuration.
const (
	JSON      = "json"      // RFC 8259
	Base64    = "base64"    // RFC 4648 §4
	Base64URL = "base64url" // RFC 4648 §5
	URL       = "url"       // RFC 3986, absolute or relative
	Form      = "form"      // application/x-www-form-urlencoded: WHATWG URL §5
)

// Decoders lists them in the order of the documentation.
func Decoders() []string { return []string{JSON, Base64, Base64URL, URL, Form} }

// HasParts says whether a text of this format is looked into by parts (ParsePart), and not by paths or as a whole.
func HasParts(decoder string) bool { return decoder == URL || decoder == Form }

// minGuess is the least length at which a text is taken for base64: shorter words are.
const minGuess = 16

// Guess says which decoders a text plainly asks for, in their order: none, json, base64 and json, base64url and json, url for
// one with a query, or form. It is a guess that holds: JSON is valid JSON, and base64 holds some.
func Guess(text []byte) []string {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) < 2:
		return nil
	case text[0] == '{' || text[0] == '[':
		if json.Valid(text) {
			return guesses.json
		}
		return nil
	case len(text) >= minGuess && beginsLikeJSON(text):
		if holdsJSON(text, base64Standard) {
			return guesses.base64
		}
		if holdsJSON(text, base64Safe) {
			return guesses.base64url
		}
	}
	return guessParameters(text)
}

// The answers of Guess; not to be changed.
var guesses = struct{ json, base64, base64url, url, form []string }{
	[]string{JSON}, []string{Base64, JSON}, []string{Base64URL, JSON}, []string{URL}, []string{Form},
}

// beginsLikeJSON says whether text begins like the base64 of a brace or a bracket: six bits that are e or W, then two ones.
func beginsLikeJSON(text []byte) bool {
	c := text[1]
	return (text[0] == 'e' || text[0] == 'W') &&
		('w' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_')
}

// holdsJSON decodes, which only a text gets that begins like that.
func holdsJSON(text []byte, c *Codec) bool {
	out, _, ok := c.Decode(nil, text)
	out = bytes.TrimSpace(out)
	return ok && len(out) > 1 && (out[0] == '{' || out[0] == '[') && json.Valid(out)
}

// guessParameters knows a URL by its question mark, and a form by two parameters or more.
func guessParameters(text []byte) []string {
	if bytes.IndexByte(text, '=') < 0 { // most texts are done with here
		return nil
	}
	for _, c := range text {
		if c <= ' ' || c == 0x7f {
			return nil
		}
	}
	at := split(text)
	switch {
	case at.queryEnd > at.query && bytes.IndexByte(text[at.query:at.queryEnd], '=') > 0 && (at.scheme > 0 || text[0] == '/' || text[0] == '?'):
		return guesses.url
	case bytes.IndexByte(text, '&') > 0 && bytes.Count(text, []byte("=")) > bytes.Count(text, []byte("&")) && bytes.IndexByte(text, '?') < 0:
		return guesses.form
	}
	return nil
}
