package generalize

import (
	"bytes"
	"strconv"
	"time"
)

// AppendShifted appends the date or time of text, moved by so many days of its own calendar, in the layout of text: its time of
// day, its offset and the digits of its fraction stay. It takes what [Date.Append] takes, to the day at least: a month or a year
// alone has no day to move. ok is false where text is none of these, or where the result would be read as something else: a
// year before 1 or after 9999, a count that would be taken for
// one of another unit, or for a date.
func AppendShifted(dst, text []byte, days int) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if s, ok := readISO(text); ok {
		return appendShiftedISO(dst, text, s, days)
	}
	return appendShiftedEpoch(dst, text, days)
}

func appendShiftedISO(dst, text []byte, s stamp, days int) (out []byte, ok bool) {
	if s.dayAt == 0 {
		return dst, false
	}
	year, month, day := time.Date(s.year, time.Month(s.month), s.day+days, 0, 0, 0, 0, time.UTC).Date()
	if year < 1 || year > 9999 {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, text...)
	moved := dst[start:]
	write(moved[:4], year)
	write(moved[s.monthAt:s.monthAt+2], int(month))
	write(moved[s.dayAt:s.dayAt+2], day)
	if _, ok := readISO(moved); !ok { // digits alone, of a year that is nobody's
		return dst[:start], false
	}
	return dst, true
}

// write writes n as decimal digits over all of field.
func write(field []byte, n int) {
	for i := len(field) - 1; i >= 0; i-- {
		field[i] = '0' + byte(n%10)
		n /= 10
	}
}

// appendShiftedEpoch moves a count by days of 86,400 seconds. Behind the point there is a part of the count that is counted away
// from 0, so that it turns into what is missing to 1 where the count passes 0.
func appendShiftedEpoch(dst, text []byte, days int) (out []byte, ok bool) {
	e, ok := readEpoch(text)
	if !ok {
		return dst, false
	}
	whole, fraction, _ := bytes.Cut(text, []byte{'.'})
	count, err := strconv.ParseInt(string(whole), 10, 64)
	if err != nil {
		return dst, false
	}
	moved := count + int64(days)*24*60*60*e.perSecond
	if moved != 0 && perSecond(uint64(max(moved, -moved))) != e.perSecond {
		return dst, false
	}
	before, part := whole[0] == '-', bytes.Trim(fraction, "0")
	turned := false
	switch {
	case len(part) == 0:
	case !before && moved < 0:
		moved, turned = moved+1, true
	case before && moved > 0:
		moved, turned = moved-1, true
	}
	at := len(dst)
	negative := moved < 0 || moved == 0 && len(part) > 0 && before != turned
	if negative {
		dst = append(dst, '-')
	}
	dst = strconv.AppendInt(dst, max(moved, -moved), 10)
	if e.fraction > 0 {
		start := len(dst) + 1
		dst = append(append(dst, '.'), fraction...)
		if turned {
			complement(dst[start:])
		}
	}
	if _, ok := readISO(dst[at:]); ok { // eight digits of 1970, say
		return dst[:at], false
	}
	return dst, true
}

// complement turns the digits behind a point, which are not all 0, into those of what is missing to 1.
func complement(digits []byte) {
	i := len(digits) - 1
	for ; digits[i] == '0'; i-- {
		continue
	}
	digits[i] = '0' + '9' + 1 - digits[i]
	for i--; i >= 0; i-- {
		digits[i] = '0' + '9' - digits[i]
	}
}
