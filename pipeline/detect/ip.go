package detect

// ipv4 finds addresses of the Internet in four decimal octets, without zeros in front (RFC 6943 §3.1.1 says why those are
// ambiguous). What is nobody's address is left out: this host (0.0.0.0/8), loopback (127.0.0.0/8), broadcast (RFC 6890),
// and whatever ends with .0.0.0, which is a network or a version. So is a version behind the product's name, as RFC 9110
// §10.1.5 has it: Chrome/87.0.42.88.
var ipv4 = detector{
	kind:   IPv4,
	needs:  []class{dot},
	digits: 4,
	first:  "0123456789",
	runs:   1<<1 | 1<<2 | 1<<3,
	find: func(c candidate) (start, end int) {
		n := parseIPv4(c.text[c.at:])
		end = c.at + n
		if n == 0 || !free(c.text, c.at, end) || isNobodys(c.text[c.at:end]) || isProductVersion(c.text, c.at) {
			return 0, 0
		}
		if c.at > 0 && c.text[c.at-1] == '-' || end < len(c.text) && c.text[end] == '-' {
			return 0, 0 // 1.2.3.4-rc1
		}
		return c.at, end
	},
}

// parseIPv4 gives the length of the address at the begin of text, or 0.
func parseIPv4(text []byte) int {
	i := 0
	for octet := range 4 {
		if octet > 0 {
			if i >= len(text) || text[i] != '.' {
				return 0
			}
			i++
		}
		begin, value := i, 0
		for i < len(text) && i-begin < 3 && isDigit(text[i]) {
			value = value*10 + int(text[i]-'0')
			i++
		}
		if i == begin || value > 255 || text[begin] == '0' && i-begin > 1 {
			return 0
		}
	}
	if i < len(text) && isDigit(text[i]) {
		return 0
	}
	return i
}

func isNobodys(address []byte) bool {
	s := string(address)
	if s[:2] == "0." || s == "255.255.255.255" || len(s) > 4 && s[:4] == "127." {
		return true
	}
	return s[len(s)-6:] == ".0.0.0"
}

// isProductVersion says whether what stands at i follows a product's name and a slash: a word that does not itself follow
// a slash, as in a URL.
func isProductVersion(text []byte, i int) bool {
	if i < 2 || text[i-1] != '/' || !isAlnum(text[i-2]) {
		return false
	}
	j := i - 2
	for j >= 0 && (isAlnum(text[j]) || text[j] == '_' || text[j] == '-' || text[j] == '.') && i-j < 64 {
		j--
	}
	return j < 0 || text[j] != '/' && text[j] != '@' && text[j] != ':'
}

// ipv6 finds addresses in the text forms of RFC 4291 §2.2, also with an IPv4 address at the end and with a zone (RFC 4007
// §11). The unspecified and the loopback address are nobody's. Two groups of letters alone, as abc::def, are more often
// names of programs than addresses.
var ipv6 = detector{
	kind:  IPv6,
	needs: []class{colon | digits},
	first: ":0123456789abcdefABCDEF",
	runs:  1<<1 | 1<<2 | 1<<3 | 1<<4,
	find: func(c candidate) (start, end int) {
		n := parseIPv6(c.text[c.at:])
		end = c.at + n
		if n < 4 || !free(c.text, c.at, end) || c.at > 0 && c.text[c.at-1] == ':' {
			return 0, 0
		}
		for _, b := range c.text[c.at:end] {
			if isDigit(b) {
				return c.at, end + zone(c.text[end:])
			}
		}
		return 0, 0
	},
}

// parseIPv6 gives the length of the address at the begin of text, or 0.
func parseIPv6(text []byte) int {
	groups, i, gap := 0, 0, false
	for groups < 8 {
		if i+1 < len(text) && text[i] == ':' && text[i+1] == ':' {
			if gap {
				break
			}
			gap = true
			if i += 2; i >= len(text) || !isHex(text[i]) {
				break
			}
		} else if groups > 0 {
			if i+1 >= len(text) || text[i] != ':' || !isHex(text[i+1]) {
				break
			}
			i++
		}
		if groups <= 6 && groups > 0 || gap {
			if n := parseIPv4(text[i:]); n > 0 {
				groups, i = groups+2, i+n
				break
			}
		}
		begin := i
		for i < len(text) && isHex(text[i]) {
			i++
		}
		if i == begin || i-begin > 4 {
			return 0
		}
		groups++
	}
	if groups == 8 && !gap || gap && groups < 8 {
		if i < len(text) && (text[i] == ':' || isHex(text[i])) {
			return 0
		}
		return i
	}
	return 0
}

// zone gives the length of the zone index at the begin of text: a percent sign and the name of an interface.
func zone(text []byte) int {
	n := 1
	for n < len(text) && n <= 16 && isAlnum(text[n]) {
		n++
	}
	if len(text) < 2 || text[0] != '%' || n == 1 || n > 16 {
		return 0
	}
	return n
}
