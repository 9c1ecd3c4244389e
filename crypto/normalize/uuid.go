package normalize

import "bytes"

const uuidVersion = 1

// uuid is the identifier of RFC 9562 in small letters with dashes: f81d4fae-7dec-11d0-a765-00a0c91e6bf6.
//
// Capitals, braces, urn:uuid: in front (RFC 9562 §4) and the spelling without dashes do not count. Version and variant are
// not judged, so that advertising ids of all makes are understood. The nil UUID is understood too: where a phone sends
// it for everybody who has turned tracking off, all of them have one token.
type uuid struct{}

func (uuid) Name() string { return "uuid" }
func (uuid) Version() int { return uuidVersion }

func (uuid) Append(dst, s []byte) ([]byte, bool) {
	bare := trim(s)
	if prefix := []byte("urn:uuid:"); len(bare) > len(prefix) && bytes.EqualFold(bare[:len(prefix)], prefix) {
		bare = bare[len(prefix):]
	}
	if n := len(bare); n > 2 && bare[0] == '{' && bare[n-1] == '}' {
		bare = bare[1 : n-1]
	}
	if len(bare) != 36 && len(bare) != 32 {
		return Trimmed(dst, s), false
	}
	start := len(dst)
	for i, c := range bare {
		dash := len(bare) == 36 && (i == 8 || i == 13 || i == 18 || i == 23)
		switch {
		case dash && c == '-':
			continue
		case dash:
			return Trimmed(dst[:start], s), false
		case 'A' <= c && c <= 'F':
			c += 'a' - 'A'
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f':
		default:
			return Trimmed(dst[:start], s), false
		}
		switch len(dst) - start {
		case 8, 13, 18, 23:
			dst = append(dst, '-')
		}
		dst = append(dst, c)
	}
	return dst, true
}
