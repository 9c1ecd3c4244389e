package generalize

import (
	"strconv"
	"time"
)

// An epoch is a count of some unit of time since 1970-01-01T00:00:00Z.
type epoch struct {
	seconds   int64 // rounded down
	perSecond int64 // units of the count in one second
	fraction  int   // digits behind the decimal point; 0 also where there is no point
}

// lastSecond is 2100-01-01T00:00:00Z. A count that is no larger counts seconds; up to 1000 times as large, milliseconds; and
// so on. So milliseconds within 47 days of 1970 are taken for seconds: nothing in them tells the two apart.
const lastSecond = 4_102_444_800

// readEpoch reads an integer, or a decimal number without an exponent.
func readEpoch(text []byte) (e epoch, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	digits := digitsAt(text, 0)
	if digits == 0 || digits > 19 || digits > 1 && text[0] == '0' {
		return e, false
	}
	count, part := uint64(0), false
	for _, c := range text[:digits] {
		count = 10*count + uint64(c-'0') // 19 digits fit
	}
	if rest := text[digits:]; len(rest) > 0 {
		e.fraction = digitsAt(rest, 1)
		if rest[0] != '.' || e.fraction == 0 || e.fraction > maxFraction || e.fraction != len(rest)-1 {
			return e, false
		}
		for _, c := range rest[1:] {
			part = part || c != '0'
		}
	}
	if e.perSecond = perSecond(count); e.perSecond == 0 {
		return e, false
	}
	// Rounding down is away from 1970 on its far side.
	n := int64(count)
	if negative {
		n = -n
		if part {
			n--
		}
	}
	e.seconds = n / e.perSecond
	if n%e.perSecond < 0 {
		e.seconds--
	}
	return e, true
}

// perSecond tells the unit of a count by its size: how many are a second; 0 for what is too large for all.
func perSecond(count uint64) int64 {
	unit := int64(1)
	for range 4 {
		if count <= lastSecond*uint64(unit) {
			return unit
		}
		unit *= 1000
	}
	return 0
}

// appendEpoch appends the count of the beginning of the unit, in UTC, with as many digits behind the point as text has.
func (g Date) appendEpoch(dst, text []byte) (out []byte, ok bool) {
	e, ok := readEpoch(text)
	if !ok {
		return dst, false
	}
	year, month, day := time.Unix(e.seconds, 0).UTC().Date()
	if g.To != Day {
		month, day = time.Month(g.first(int(month))), 1
	}
	count := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() * e.perSecond
	if count != 0 && perSecond(uint64(max(count, -count))) != e.perSecond {
		return dst, false // the second time it would be taken for another unit
	}
	dst = strconv.AppendInt(dst, count, 10)
	if e.fraction > 0 {
		dst = append(dst, '.')
		for range e.fraction {
			dst = append(dst, '0')
		}
	}
	return dst, true
}

// dayOf is the day in UTC of a count since 1970.
func dayOf(count, perSecond int64) (year, month, day int) {
	seconds := count / perSecond
	if count%perSecond < 0 {
		seconds--
	}
	y, m, d := time.Unix(seconds, 0).UTC().Date()
	return y, int(m), d
}
