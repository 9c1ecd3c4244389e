package normalize

import (
	"net/netip"
)

const ipVersion = 1

// ip is an IPv4 address as four decimal numbers, an IPv6 address as RFC 5952 wants it: 2001:db8::1.
//
// All spellings of RFC 4291 §2.2 are understood, in brackets too. An IPv4 address that is mapped into IPv6
// (::ffff:192.0.2.1) is that IPv4 address: servers that listen on both log it so. The zone (fe80::1%eth0) is dropped: it
// names an interface of the machine that wrote it down, not the one the address belongs to.
//
// Not understood: numbers with leading zeros (192.0.2.010), which some programs read as octal; fewer than four
// numbers; ports and prefix lengths; lists of addresses.
type ip struct{}

func (ip) Name() string { return "ip" }
func (ip) Version() int { return ipVersion }

func (ip) Append(dst, s []byte) ([]byte, bool) {
	bare := trim(s)
	if n := len(bare); n > 2 && bare[0] == '[' && bare[n-1] == ']' {
		bare = bare[1 : n-1]
		if v6, ok := parseV6(bare); ok {
			return v6.Unmap().AppendTo(dst), true
		}
		return Trimmed(dst, s), false
	}
	if v4, ok := parseV4(bare); ok {
		return netip.AddrFrom4(v4).AppendTo(dst), true
	}
	if v6, ok := parseV6(bare); ok {
		return v6.Unmap().AppendTo(dst), true
	}
	return Trimmed(dst, s), false
}

// parseV4 reads four decimal numbers without leading zeros. netip.ParseAddr would do, but takes a string and so a copy.
func parseV4(s []byte) (v4 [4]byte, ok bool) {
	part, digits, value := 0, 0, 0
	for _, c := range s {
		switch {
		case c == '.' && digits > 0 && part < 3:
			v4[part] = byte(value) //nolint:gosec // at most 255
			part, digits, value = part+1, 0, 0
		case '0' <= c && c <= '9':
			if digits > 0 && value == 0 {
				return v4, false
			}
			digits++
			if value = value*10 + int(c-'0'); value > 255 {
				return v4, false
			}
		default:
			return v4, false
		}
	}
	v4[part] = byte(value) //nolint:gosec // at most 255
	return v4, part == 3 && digits > 0
}

// parseV6 reads groups of up to four hexadecimal digits, one run of zeros left out, an IPv4 address at the end, a zone.
func parseV6(s []byte) (v6 netip.Addr, ok bool) {
	for i, c := range s {
		if c == '%' {
			if i == len(s)-1 {
				return v6, false
			}
			s = s[:i]
			break
		}
	}
	var groups [16]byte
	at, gap := 0, -1
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		gap, s = 0, s[2:]
	}
	for len(s) > 0 {
		if at == 16 {
			return v6, false
		}
		value, digits := 0, 0
		for digits < len(s) && hex(s[digits]) >= 0 {
			value = value<<4 | hex(s[digits])
			if digits++; digits > 4 {
				return v6, false
			}
		}
		if digits < len(s) && s[digits] == '.' {
			v4, ok := parseV4(s)
			if !ok || at > 12 {
				return v6, false
			}
			at += copy(groups[at:], v4[:])
			break
		}
		if digits == 0 {
			return v6, false
		}
		groups[at], groups[at+1] = byte(value>>8), byte(value) //nolint:gosec // the low byte is meant
		at += 2
		if s = s[digits:]; len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return v6, false
		}
		if s = s[1:]; s[0] == ':' {
			if gap >= 0 {
				return v6, false
			}
			gap, s = at, s[1:]
		}
	}
	switch {
	case gap < 0 && at < 16 || gap >= 0 && at == 16:
		return v6, false
	case gap >= 0:
		end := copy(groups[16-(at-gap):], groups[gap:at])
		clear(groups[gap : 16-end])
	}
	return netip.AddrFrom16(groups), true
}

func hex(c byte) int {
	switch lower := c | 0x20; {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= lower && lower <= 'f':
		return int(lower-'a') + 10
	}
	return -1
}
