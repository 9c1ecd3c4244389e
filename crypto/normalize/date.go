package normalize

const dateVersion = 1

// date is a day, of birth mostly, as ISO 8601 writes it: 1980-01-31.
//
// Understood, where the calendar has such a day (Gregorian, also before 1582):
//   - year first: 1980-01-31, 1980/1/31, 1980.01.31, and in eight digits 19800131;
//   - year last, with dashes, slashes or dots, where only one reading is a day: 31/01/1980, 01/31/1980, 05.05.1980;
//   - any of them with a time behind it, after a T or a space: the time is cut off, and its zone does not move the day.
//
// Not understood is what has two readings: 01/02/1980 is a day of January to some and of February to others, and the
// wrong guess would give two people one token. Nor are years of two digits, names of months, and seconds since 1970.
type date struct{}

func (date) Name() string { return "date" }
func (date) Version() int { return dateVersion }

func (date) Append(dst, s []byte) ([]byte, bool) {
	bare := trim(s)
	fields, widths, rest, ok := dateFields(bare)
	if !ok || !isTime(rest) {
		return Trimmed(dst, s), false
	}
	year, month, day := fields[0], fields[1], fields[2]
	switch {
	case widths[0] == 4 && widths[1] <= 2 && widths[2] <= 2:
	case widths[0] <= 2 && widths[1] <= 2 && widths[2] == 4:
		year = fields[2]
		dayFirst, monthFirst := isDay(year, fields[1], fields[0]), isDay(year, fields[0], fields[1])
		if dayFirst && monthFirst && fields[0] != fields[1] {
			return Trimmed(dst, s), false
		}
		if month, day = fields[1], fields[0]; monthFirst {
			month, day = fields[0], fields[1]
		}
	default:
		return Trimmed(dst, s), false
	}
	if !isDay(year, month, day) {
		return Trimmed(dst, s), false
	}
	return append(dst, '0'+byte(year/1000), '0'+byte(year/100%10), '0'+byte(year/10%10), '0'+byte(year%10),
		'-', '0'+byte(month/10), '0'+byte(month%10), '-', '0'+byte(day/10), '0'+byte(day%10)), true
}

// dateFields reads three numbers with one separator between them, or eight digits, and how many digits each has.
func dateFields(s []byte) (fields, widths [3]int, rest []byte, ok bool) {
	if n := leadingDigits(s); n == 8 {
		return [3]int{decimal(s[:4]), decimal(s[4:6]), decimal(s[6:8])}, [3]int{4, 2, 2}, s[8:], true
	}
	var separator byte
	for i := range fields {
		n := leadingDigits(s)
		if n == 0 || n > 4 {
			return fields, widths, nil, false
		}
		fields[i], widths[i] = decimal(s[:n]), n
		if s = s[n:]; i == 2 {
			break
		}
		if len(s) == 0 || s[0] != '-' && s[0] != '/' && s[0] != '.' || i > 0 && s[0] != separator {
			return fields, widths, nil, false
		}
		separator, s = s[0], s[1:]
	}
	return fields, widths, s, true
}

// isTime says whether nothing follows a date, or T or a space and a time of day of RFC 3339 §5.6 or ISO 8601: hours, then
// minutes, seconds, a fraction and a zone, each of which may be missing, with colons or without.
func isTime(s []byte) bool {
	if len(s) == 0 {
		return true
	}
	if s[0] != 'T' && s[0] != 't' && s[0] != ' ' {
		return false
	}
	s = s[1:]
	n := leadingDigits(s)
	if n != 2 && n != 4 && n != 6 || decimal(s[:2]) > 24 {
		return false
	}
	s = s[n:]
	for n == 2 && len(s) > 0 && s[0] == ':' && leadingDigits(s[1:]) == 2 {
		s = s[3:]
	}
	if len(s) > 1 && (s[0] == '.' || s[0] == ',') && leadingDigits(s[1:]) > 0 {
		s = s[1+leadingDigits(s[1:]):]
	}
	return isZone(s)
}

// isZone says whether nothing is left, or Z, +01, +0100 or +01:00, behind a space or not.
func isZone(s []byte) bool {
	if len(s) > 1 && s[0] == ' ' {
		s = s[1:]
	}
	switch {
	case len(s) == 0:
		return true
	case len(s) == 1:
		return s[0] == 'Z' || s[0] == 'z'
	case s[0] != '+' && s[0] != '-':
		return false
	}
	s = s[1:]
	switch n := leadingDigits(s); n {
	case 2:
		return len(s) == 2 || len(s) == 5 && s[2] == ':' && leadingDigits(s[3:]) == 2
	case 4:
		return len(s) == 4
	}
	return false
}

func leadingDigits(s []byte) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func decimal(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

// isDay says whether the Gregorian calendar has that day.
func isDay(year, month, day int) bool {
	if year < 1 || month < 1 || month > 12 || day < 1 {
		return false
	}
	switch month {
	case 4, 6, 9, 11:
		return day <= 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return day <= 29
		}
		return day <= 28
	}
	return day <= 31
}
