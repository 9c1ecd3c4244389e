package generalize

import (
	"bytes"
	"strconv"
)

// Bands group numbers: all below the first bound, from each bound to below the next, all from the last bound on.
type Bands struct {
	bounds []int64 // ascending, in units of the scale
	scale  int
	labels labels
}

// NewBands makes bands of at least one bound, ascending, as the configuration writes them; ok is false for other ones.
func NewBands(bounds []string) (g Bands, ok bool) {
	for _, b := range bounds {
		g.scale = max(g.scale, scaleOf(b))
	}
	for i, b := range bounds {
		n, ok := exact(b, g.scale)
		if !ok || i > 0 && n <= g.bounds[i-1] {
			return g, false
		}
		g.bounds = append(g.bounds, n)
		if i == 0 {
			g.labels = append(g.labels, "<"+b)
		} else {
			g.labels = append(g.labels, bounds[i-1]+"-"+b)
		}
	}
	if len(bounds) == 0 {
		return g, false
	}
	g.labels = append(g.labels, bounds[len(bounds)-1]+"+")
	return g, true
}

// Append appends the label of the number's band: <18, 18-25 (from 18 to below 25), 65+.
func (g Bands) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if g.labels.have(text) {
		return append(dst, text...), true
	}
	d, ok := readDecimal(text, g.scale)
	if !ok {
		return dst, false
	}
	band := 0
	for band < len(g.bounds) && !(d.huge && d.negative) && (d.huge || d.floor() >= g.bounds[band]) {
		band++
	}
	return append(dst, g.labels[band]...), true
}

// labels are the texts of bands, which stay when they come back.
type labels []string

func (l labels) have(text []byte) bool {
	for _, label := range l {
		if label == string(text) {
			return true
		}
	}
	return false
}

// An Age groups persons by their age in whole years.
type Age struct {
	bounds []int
	labels labels
}

// oldest is the age above which a date is no person's date of birth: a placeholder such as 0001-01-01.
const oldest = 150

// NewAge makes bands of ages of at least one bound, ascending, in years.
func NewAge(bounds []int) Age {
	g := Age{bounds: bounds}
	for i, b := range bounds {
		switch {
		case i == 0:
			g.labels = append(g.labels, "<"+strconv.Itoa(b))
		case b-1 == bounds[i-1]:
			g.labels = append(g.labels, strconv.Itoa(b-1))
		default:
			g.labels = append(g.labels, strconv.Itoa(bounds[i-1])+"-"+strconv.Itoa(b-1))
		}
	}
	g.labels = append(g.labels, strconv.Itoa(bounds[len(bounds)-1])+"+")
	return g
}

// AppendAt appends the label of the band that a person born on the date in text is in, at a time in milliseconds since 1970,
// in UTC: <18, 18-24 (from the 18th birthday to the last day before the 25th), 65+. It takes the dates that [Date] takes; a
// month or a year is its first day. Who is not born yet, or is 150 years old, is not understood.
func (g Age) AppendAt(dst, text []byte, at int64) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if g.labels.have(text) {
		return append(dst, text...), true
	}
	year, month, day, ok := readDay(text)
	if !ok {
		return dst, false
	}
	nowYear, nowMonth, nowDay := dayOf(at, 1000)
	age := nowYear - year
	if nowMonth < month || nowMonth == month && nowDay < day {
		age--
	}
	if age < 0 || age >= oldest {
		return dst, false
	}
	band := 0
	for band < len(g.bounds) && age >= g.bounds[band] {
		band++
	}
	return append(dst, g.labels[band]...), true
}

// readDay reads the day of a date, of a time by its own clock, or of a count since 1970.
func readDay(text []byte) (year, month, day int, ok bool) {
	if s, ok := readISO(text); ok {
		return s.year, s.month, s.day, true
	}
	e, ok := readEpoch(text)
	if !ok {
		return 0, 0, 0, false
	}
	year, month, day = dayOf(e.seconds, 1)
	return year, month, day, true
}
