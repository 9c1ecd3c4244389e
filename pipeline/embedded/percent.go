package embedded

// AppendUnescaped appends raw with its percent-encoding undone (RFC 3986 §2.1), and with form also + as a space. A percent sign
// that begins no escape stays what it is, as browsers have it (WHATWG URL §1.3), so that there is no raw that cannot be read.
func AppendUnescaped(dst, raw []byte, form bool) []byte {
	for i := 0; i < len(raw); {
		c, n := Unit(raw[i:], form)
		dst = append(dst, c)
		i += n
	}
	return dst
}

// Unit gives the byte that raw begins with and how many bytes of raw spell it. raw is not empty.
func Unit(raw []byte, form bool) (c byte, n int) {
	switch c = raw[0]; {
	case c == '+' && form:
		return ' ', 1
	case c == '%' && len(raw) > 2:
		high, ok := unhex(raw[1])
		if low, okLow := unhex(raw[2]); ok && okLow {
			return high<<4 | low, 3
		}
	}
	return c, 1
}

// AppendEscaped appends text such that AppendUnescaped reads it back in a query, a path, a fragment or a form: all but the
// unreserved characters (RFC 3986 §2.3) are escaped.
func AppendEscaped(dst, text []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range text {
		if unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
