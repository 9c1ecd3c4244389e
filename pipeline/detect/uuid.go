package detect

// uuid finds UUIDs in the text form of RFC 9562 §4, of the versions 1 to 8 and the variant of that standard. The nil and
// the max UUID are nobody's. Weak: messages, orders and sessions have them as devices do.
var uuid = detector{
	kind:   UUID,
	weak:   true,
	needs:  []class{dash},
	digits: 1, // the version
	first:  "0123456789abcdefABCDEF",
	runs:   1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<6 | 1<<7 | 1<<8,
	find: func(c candidate) (start, end int) {
		if end = readUUID(c.text, c.at); end == 0 {
			return 0, 0
		}
		return c.at, end
	},
}

// advertisingID finds the advertising id of a device in the form in which Apple's systems give it (IDFA): a random UUID
// (version 4) in capitals. The same identifier of Android, in small letters, is a UUID like any other: there the member's
// name has to tell. All zeros, which stands for a person who refused, is nobody's.
var advertisingID = detector{
	kind:   AdvertisingID,
	needs:  []class{dash | letters},
	digits: 1,
	first:  "0123456789ABCDEF",
	runs:   uuid.runs,
	find: func(c candidate) (start, end int) {
		if end = readUUID(c.text, c.at); end == 0 || c.text[c.at+14] != '4' {
			return 0, 0
		}
		capitals := 0
		for _, b := range c.text[c.at:end] {
			switch {
			case 'a' <= b && b <= 'f':
				return 0, 0
			case isLetter(b):
				capitals++
			}
		}
		if capitals == 0 {
			return 0, 0
		}
		return c.at, end
	},
}

// readUUID gives the end of the UUID at i, or 0.
func readUUID(text []byte, i int) (end int) {
	end = i + 36
	if end > len(text) || text[i+8] != '-' || !boundaryBehind(text, end) {
		return 0
	}
	for j, c := range text[i:end] {
		switch j {
		case 8, 13, 18, 23:
			if c != '-' {
				return 0
			}
		case 14:
			if c < '1' || c > '8' {
				return 0
			}
		case 19:
			if c != '8' && c != '9' && c|0x20 != 'a' && c|0x20 != 'b' {
				return 0
			}
		default:
			if !isHex(c) {
				return 0
			}
		}
	}
	return end
}
