package generalize

import (
	"bytes"
	"time"
)

// A Unit is what a date is cut to.
type Unit string

// The units.
const (
	Day     Unit = "day"
	Month   Unit = "month"
	Quarter Unit = "quarter"
	Year    Unit = "year"
)

// A Date cuts dates and times to the beginning of the unit that they lie in.
type Date struct{ To Unit }

// Append appends the beginning of the unit in the layout of text: what is finer becomes its first (a month or a day 01, the
// digits of a time 0), everything else stays, the offset too. The unit is that of the text's own clock, so
// 2026-03-01T00:30:00+02:00 lies in March.
//
// It takes ISO 8601 calendar dates and times (extended 2026-03-02T07:00:06.000Z, basic 20260302T070006Z, to the month
// 2026-03, to the year 2026; a space instead of the T, and UTC instead of the Z, as databases write them) and counts of
// seconds, milliseconds, microseconds or nanoseconds since 1970, as [readEpoch] tells them apart. It takes no dates whose
// order of day and month is a guess, and no names of months.
func (g Date) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if s, ok := readISO(text); ok {
		start := len(dst)
		dst = append(dst, text...)
		g.cutISO(dst[start:], s)
		return dst, true
	}
	return g.appendEpoch(dst, text)
}

func (g Date) cutISO(text []byte, s stamp) {
	if s.dayAt > 0 && g.To != Day {
		text[s.dayAt], text[s.dayAt+1] = '0', '1'
	}
	if month := g.first(s.month); s.monthAt > 0 {
		text[s.monthAt], text[s.monthAt+1] = '0'+byte(month/10), '0'+byte(month%10)
	}
	for i := s.timeAt; i < s.timeEnd; i++ {
		if digit(text[i]) {
			text[i] = '0'
		}
	}
}

// first is the first month of the unit that month lies in, from 1; month itself where the unit is no longer than one.
func (g Date) first(month int) int {
	switch g.To {
	case Quarter:
		return (month-1)/3*3 + 1
	case Year:
		return 1
	}
	return month
}

// A stamp is what an ISO 8601 text says, and where: byte positions, 0 where it says nothing of it.
type stamp struct {
	year, month, day int // month and day are 1 where the text does not say them

	monthAt, dayAt  int // two digits
	timeAt, timeEnd int // the time without its offset
}

// maxFraction bounds the digits of a fraction of a second.
const maxFraction = 12

// readISO reads a date, with or without a time.
func readISO(text []byte) (s stamp, ok bool) {
	s = stamp{month: 1, day: 1}
	var rest []byte
	switch {
	case len(text) < 4:
		return s, false
	case len(text) >= 7 && text[4] == '-':
		s.monthAt, rest = 5, text[7:]
		if len(rest) > 0 {
			if len(rest) < 3 || rest[0] != '-' {
				return s, false
			}
			s.dayAt, rest = 8, rest[3:]
		}
	case len(text) == 8 || len(text) > 8 && timeMark(text[8]):
		s.monthAt, s.dayAt, rest = 4, 6, text[8:]
	case len(text) == 4:
	default:
		return s, false
	}
	if s.year, ok = number(text[:4]); !ok {
		return s, false
	}
	if s.monthAt > 0 {
		if s.month, ok = number(text[s.monthAt : s.monthAt+2]); !ok {
			return s, false
		}
	}
	if s.dayAt > 0 {
		if s.day, ok = number(text[s.dayAt : s.dayAt+2]); !ok {
			return s, false
		}
	}
	if s.year == 0 || s.month < 1 || s.month > 12 || s.day < 1 || s.day > daysIn(s.year, s.month) {
		return s, false
	}
	if len(text) == len(rest)+4 || len(rest) == 0 && s.monthAt == 4 {
		return s, recent(s.year) // digits alone: others are a count of seconds
	}
	if len(rest) == 0 {
		return s, true
	}
	s.timeAt = len(text) - len(rest)
	s.timeEnd, ok = readTime(text, s.timeAt)
	return s, ok
}

// recent says whether a number may be meant as a year of today's data.
func recent(year int) bool { return year >= 1800 && year < 2200 }

func timeMark(c byte) bool { return c == 'T' || c == 't' || c == ' ' }

// readTime reads what stands behind the date: the mark, the time, the offset, all of it. end is where the time ends.
func readTime(text []byte, at int) (end int, ok bool) {
	if !timeMark(text[at]) {
		return 0, false
	}
	most := [...]int{23, 59, 60} // 60: a leap second
	i := at + 1
	extended := len(text) > i+2 && text[i+2] == ':'
	for part := range most {
		if part > 0 {
			if i == len(text) || extended && text[i] != ':' || !extended && !digit(text[i]) {
				if part == 1 {
					return 0, false // hours alone
				}
				break
			}
			if extended {
				i++
			}
		}
		if i+2 > len(text) {
			return 0, false
		}
		n, ok := number(text[i : i+2])
		if !ok || n > most[part] {
			return 0, false
		}
		i += 2
		if part == 2 && i < len(text) && (text[i] == '.' || text[i] == ',') {
			digits := digitsAt(text, i+1)
			if digits == 0 || digits > maxFraction {
				return 0, false
			}
			i += 1 + digits
		}
	}
	return i, offset(text[i:])
}

// offset says whether text is nothing, Z, UTC, or ±hh, ±hhmm, ±hh:mm; a space may stand before it.
func offset(text []byte) bool {
	if len(text) > 1 && text[0] == ' ' {
		text = text[1:]
	}
	switch {
	case len(text) == 0, len(text) == 1 && text[0]|0x20 == 'z', string(text) == "UTC":
		return true
	case text[0] != '+' && text[0] != '-':
		return false
	}
	text = text[1:]
	if len(text) == 5 && text[2] == ':' {
		minutes, ok := number(text[3:])
		hours, ok2 := number(text[:2])
		return ok && ok2 && hours < 24 && minutes < 60
	}
	n, ok := number(text)
	return ok && (len(text) == 2 && n < 24 || len(text) == 4 && n/100 < 24 && n%100 < 60)
}

// number reads decimal digits, few enough for an int.
func number(text []byte) (n int, ok bool) {
	for _, c := range text {
		if !digit(c) {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, len(text) > 0
}

// digitsAt counts the digits of text from position at on.
func digitsAt(text []byte, at int) (n int) {
	for at+n < len(text) && digit(text[at+n]) {
		n++
	}
	return n
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
