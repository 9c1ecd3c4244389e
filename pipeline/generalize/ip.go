package generalize

import (
	"bytes"
	"math"
	"net/netip"
)

// An IP says how many leading bits of an address stay: 0 to 32 of an IPv4 address, 0 to 64 of an IPv6 address. The others
// become 0.
type IP struct{ V4, V6 int }

// Append appends the address of the network that the address text lies in.
//
// It takes IPv4 addresses in dotted form, IPv6 addresses as RFC 4291 §2.2 spells them, and lists of them with commas, such
// as a header X-Forwarded-For. IPv6 comes out as RFC 5952 spells it. An IPv4 address inside an IPv6 address (mapped, RFC
// 4291 §2.5.5.2, or 6to4, RFC 3056) is cut as IPv4. Brackets stay. A port becomes 0: behind a carrier's NAT it says who it
// was as well as the address does. A zone (RFC 4007 §11) goes.
func (g IP) Append(dst, text []byte) (out []byte, ok bool) {
	out = dst
	for more := true; more; {
		var item []byte
		if item, text, more = bytes.Cut(text, comma); len(out) > len(dst) {
			out = append(out, ", "...)
		}
		if out, ok = g.appendOne(out, bytes.TrimSpace(item)); !ok {
			return dst, false
		}
	}
	return out, true
}

var (
	comma   = []byte{','}
	percent = []byte{'%'}
)

// appendOne takes one address, with brackets, a zone or a port.
func (g IP) appendOne(dst, text []byte) (out []byte, ok bool) {
	bracket := len(text) > 0 && text[0] == '['
	port := false
	if bracket {
		end := bytes.IndexByte(text, ']')
		if end < 0 {
			return dst, false
		}
		if rest := text[end+1:]; len(rest) > 0 {
			if port = portNumber(rest); !port {
				return dst, false
			}
		}
		text = text[1:end]
	} else if i := bytes.IndexByte(text, ':'); i > 0 && bytes.IndexByte(text[:i], '.') > 0 {
		if port = portNumber(text[i:]); !port {
			return dst, false
		}
		text = text[:i]
	}
	if a, ok := parse4(text); ok && !bracket {
		dst = netip.AddrFrom4(cut4(a, g.V4)).AppendTo(dst)
		return appendPort(dst, port), true
	}
	text, zone, zoned := bytes.Cut(text, percent)
	a, ok := parse6(text)
	if !ok || zoned && (len(zone) == 0 || mapped(a)) {
		return dst, false
	}
	if bracket {
		dst = append(dst, '[')
	}
	dst = netip.AddrFrom16(g.cut6(a)).AppendTo(dst)
	if bracket {
		dst = append(dst, ']')
	}
	return appendPort(dst, port), true
}

// portNumber says whether text is a colon and a port.
func portNumber(text []byte) bool {
	if len(text) < 2 || len(text) > 6 || text[0] != ':' {
		return false
	}
	n, ok := number(text[1:])
	return ok && n <= math.MaxUint16
}

func appendPort(dst []byte, port bool) []byte {
	if port {
		dst = append(dst, ":0"...)
	}
	return dst
}

func cut4(a [4]byte, keep int) [4]byte {
	cutBits(a[:], keep)
	return a
}

// cut6 cuts an IPv6 address, and as IPv4 what lies in it of one.
func (g IP) cut6(a [16]byte) [16]byte {
	switch {
	case mapped(a):
		cutBits(a[12:], g.V4)
	case a[0] == 0x20 && a[1] == 0x02: // 6to4: the IPv4 address is the next 32 bits
		cutBits(a[:], min(g.V6, 16+g.V4))
	default:
		cutBits(a[:], g.V6)
	}
	return a
}

// mapped says whether a is an IPv4-mapped address.
func mapped(a [16]byte) bool { return [12]byte(a[:12]) == [12]byte{10: 0xff, 11: 0xff} }

// cutBits makes 0 of all bits but the first keep.
func cutBits(a []byte, keep int) {
	for i := range a {
		switch left := keep - 8*i; {
		case left <= 0:
			a[i] = 0
		case left < 8:
			a[i] &= 0xff << (8 - left)
		}
	}
}

// parse4 reads four decimal numbers without leading zeros, which some read as octal. The parsers here are own ones because
// netip's keep the text in their errors, and so allocate; a test holds them against netip's.
func parse4(text []byte) (a [4]byte, ok bool) {
	for i := range a {
		if i > 0 {
			if len(text) == 0 || text[0] != '.' {
				return a, false
			}
			text = text[1:]
		}
		n, size := 0, 0
		for size < len(text) && size < 4 && digit(text[size]) {
			n = 10*n + int(text[size]-'0')
			size++
		}
		if size == 0 || n > 255 || size > 1 && text[0] == '0' {
			return a, false
		}
		a[i], text = byte(n), text[size:]
	}
	return a, len(text) == 0
}

// parse6 reads eight groups of hexadecimal digits; one :: stands for groups of 0, the last two may be an IPv4 address.
func parse6(text []byte) (a [16]byte, ok bool) {
	at, gap := 0, -1
	if len(text) >= 2 && text[0] == ':' && text[1] == ':' {
		gap, text = 0, text[2:]
	}
	for at < 16 && len(text) > 0 {
		n, size := hexGroup(text)
		if size == 0 {
			return a, false
		}
		if size < len(text) && text[size] == '.' {
			four, ok := parse4(text)
			if !ok || at > 12 || gap < 0 && at != 12 {
				return a, false
			}
			at, text = at+copy(a[at:], four[:]), nil
			break
		}
		a[at], a[at+1] = byte(n>>8), byte(n)
		at += 2
		if text = text[size:]; len(text) == 0 {
			break
		}
		if text[0] != ':' || len(text) == 1 {
			return a, false
		}
		if text = text[1:]; text[0] == ':' {
			if gap >= 0 {
				return a, false
			}
			gap, text = at, text[1:]
		}
	}
	switch {
	case len(text) > 0 || gap < 0 && at != 16 || gap >= 0 && at == 16:
		return a, false
	case gap >= 0:
		moved := copy(a[16-(at-gap):], a[gap:at])
		clear(a[gap : 16-moved])
	}
	return a, true
}

// hexGroup reads up to four hexadecimal digits; size 0 says that there are none, or too many.
func hexGroup(text []byte) (n uint16, size int) {
	for size < len(text) {
		c := text[size]
		switch {
		case digit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return n, size
		}
		if size++; size > 4 {
			return 0, 0
		}
		n = n<<4 | uint16(c)
	}
	return n, size
}

func digit(c byte) bool { return c-'0' <= 9 }
