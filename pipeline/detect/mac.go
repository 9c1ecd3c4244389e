package detect

// mac finds addresses of network interfaces (EUI-48, IEEE 802-2014 §8): six groups of two hexadecimal digits, between
// colons or dashes, or three groups of four between dots. With dashes or dots one of the digits has to be a letter, or
// dates and versions would pass; one real address in 280 has none. Those of letters alone, one in 100,000, are not looked for.
// All zeros and all ones are nobody's.
var mac = detector{
	kind:  MAC,
	needs: []class{colon | digits, dash | digits, dot | digits},
	first: "0123456789abcdefABCDEF",
	runs:  1<<1 | 1<<2 | 1<<3 | 1<<4,
	find: func(c candidate) (start, end int) {
		end = readMAC(c.text, c.at)
		if end == 0 || !free(c.text, c.at, end) || tied(c.text, c.at, end) {
			return 0, 0
		}
		return c.at, end
	},
}

func readMAC(text []byte, i int) (end int) {
	group, sign := 2, byte(0)
	switch {
	case i+17 <= len(text) && (text[i+2] == ':' || text[i+2] == '-'):
		end, sign = i+17, text[i+2]
	case i+14 <= len(text) && text[i+4] == '.':
		end, sign, group = i+14, '.', 4
	default:
		return 0
	}
	letters, same := 0, true
	for j := i; j < end; j++ {
		c := text[j]
		if (j-i)%(group+1) == group {
			if c != sign {
				return 0
			}
			continue
		}
		if !isHex(c) {
			return 0
		}
		if isLetter(c) {
			letters++
		}
		same = same && c|0x20 == text[i]|0x20
	}
	if same && (text[i] == '0' || text[i]|0x20 == 'f') || letters == 0 && sign != ':' {
		return 0
	}
	return end
}

// tied says whether a colon or a dash ties text[i:end] to more of the like, as in an address of IPv6 or a UUID.
func tied(text []byte, i, end int) bool {
	return i > 1 && (text[i-1] == ':' || text[i-1] == '-') && isHex(text[i-2]) ||
		end+1 < len(text) && (text[end] == ':' || text[end] == '-') && isHex(text[end+1])
}
