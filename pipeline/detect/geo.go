package detect

// geo finds pairs of latitude and longitude in decimal degrees, as people and programs write them ("48.8566, 2.3522", RFC
// 5870), and in the form of ISO 6709 annex H ("+48.8566+002.3522/"). Both need four decimals or more, some eleven meters:
// fewer say little, and are often prices. Longer lists of numbers are no pairs, an altitude aside in ISO 6709. Zero and
// zero is nowhere.
//
// Latitude and longitude in two members are not seen here: the members' names tell.
var geo = detector{
	kind:   Geo,
	needs:  []class{digits | dot},
	digits: 10,
	first:  "+-0123456789",
	runs:   1<<1 | 1<<2 | 1<<3,
	find: func(c candidate) (start, end int) {
		if c.at > 0 && (c.text[c.at-1] == '-' || c.text[c.at-1] == '+') || followsNumber(c.text, c.at) {
			return 0, 0
		}
		latitude, i := readDegrees(c.text, c.at, 90)
		if i == 0 {
			return 0, 0
		}
		standard := isSign(c.text[c.at]) && i < len(c.text) && isSign(c.text[i])
		if !standard {
			if i >= len(c.text) || c.text[i] != ',' && c.text[i] != ';' {
				return 0, 0
			}
			i++
			i += blank(c.text, i)
		}
		longitude, end := readDegrees(c.text, i, 180)
		if end == 0 || !latitude && !longitude || !boundaryBehind(c.text, end) || precedesNumber(c.text, end) {
			return 0, 0
		}
		return c.at, end
	},
}

func isSign(c byte) bool { return c == '+' || c == '-' }

// readDegrees reads a decimal number of degrees at i, at most the bound, and gives its end and whether it is another than
// zero; end is 0 where there is none.
func readDegrees(text []byte, i, bound int) (some bool, end int) {
	if i < len(text) && isSign(text[i]) {
		i++
	}
	whole, begin := 0, i
	for i < len(text) && isDigit(text[i]) && i-begin < 3 {
		whole = whole*10 + int(text[i]-'0')
		i++
	}
	if i == begin || i >= len(text) || text[i] != '.' {
		return false, 0
	}
	i++
	fraction := i
	for i < len(text) && isDigit(text[i]) {
		some = some || text[i] != '0'
		i++
	}
	if i-fraction < 4 || i-fraction > 17 || whole > bound || whole == bound && some {
		return false, 0
	}
	return some || whole > 0, i
}

// followsNumber says whether a number and a comma stand before i.
func followsNumber(text []byte, i int) bool {
	i--
	for i > 0 && text[i] == ' ' {
		i--
	}
	return i > 0 && (text[i] == ',' || text[i] == ';') && isDigit(text[i-1])
}

// precedesNumber says whether a comma and a number stand at i.
func precedesNumber(text []byte, i int) bool {
	if i >= len(text) || text[i] != ',' && text[i] != ';' {
		return i+1 < len(text) && text[i] == '.' && isDigit(text[i+1])
	}
	i++
	for i < len(text) && text[i] == ' ' {
		i++
	}
	return i < len(text) && (isDigit(text[i]) || isSign(text[i]))
}
