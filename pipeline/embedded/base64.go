package embedded

import (
	"bytes"
	"encoding/base64"
)

// A Codec is a text encoding of whole texts: base64 or base64url.
type Codec struct {
	padded, bare *base64.Encoding
	pads         bool // what a text does of which one cannot see whether it would
}

var (
	base64Standard = &Codec{base64.StdEncoding.Strict(), base64.RawStdEncoding.Strict(), true}
	base64Safe     = &Codec{base64.URLEncoding.Strict(), base64.RawURLEncoding.Strict(), false}
)

// NewCodec gives the codec of that name; nil where a decoder of that name is none.
func NewCodec(decoder string) *Codec {
	switch decoder {
	case Base64:
		return base64Standard
	case Base64URL:
		return base64Safe
	}
	return nil
}

// Decode appends the bytes that text encodes. ok is false where Encode would not give back the very same text: another alphabet,
// line breaks, bits that nobody needs. padded is for Encode.
func (c *Codec) Decode(dst, text []byte) (out []byte, padded, ok bool) {
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 { // which the standard library skips
		return dst, false, false
	}
	padded, e := c.pads && len(text)%4 == 0, c.bare
	if n := len(text); n > 0 && text[n-1] == '=' {
		padded, e = true, c.padded
	}
	start := len(dst)
	dst, err := e.AppendDecode(dst, text)
	if err != nil {
		return dst[:start], false, false
	}
	return dst, padded, true
}

// Encode appends the encoded bytes, with padding as Decode saw it.
func (c *Codec) Encode(dst, plain []byte, padded bool) []byte {
	if padded {
		return c.padded.AppendEncode(dst, plain)
	}
	return c.bare.AppendEncode(dst, plain)
}
