package generalize

import (
	"bytes"
	"math"
)

// A Number rounds numbers to a step, and codes those below and above two bounds as the bounds (top and bottom coding).
type Number struct {
	step, least, most int64 // in units of the scale; step 0: none
	scale             int
	// What is printed of the bounds where there is no step, and so no scale of the results; else empty.
	leastText, mostText string
}

// NewNumber makes a Number of decimal numbers as the configuration writes them, empty where there is none. With a step, which
// is greater than 0, the bounds are multiples of it: else a bound would be rounded the second time. ok is false where they
// are not, and where nothing is left to do.
func NewNumber(step, least, most string) (g Number, ok bool) {
	g = Number{scale: scaleOf(step), least: math.MinInt64, most: math.MaxInt64}
	if step == "" {
		g.scale = max(scaleOf(least), scaleOf(most))
		g.leastText, g.mostText = least, most
	} else if g.step, ok = exact(step, g.scale); !ok || g.step <= 0 || g.step > maxDigits/100 {
		return g, false
	}
	if least != "" {
		if g.least, ok = exact(least, g.scale); !ok || g.step > 0 && g.least%g.step != 0 {
			return g, false
		}
	}
	if most != "" {
		if g.most, ok = exact(most, g.scale); !ok || g.step > 0 && g.most%g.step != 0 {
			return g, false
		}
	}
	return g, g.least < g.most && (step != "" || least != "" || most != "")
}

// Append appends the number that stands for text: with a step in its spelling (as many digits behind the point as it has),
// without one as text spells it. Arithmetic is decimal and exact.
func (g Number) Append(dst, text []byte) (out []byte, ok bool) {
	text = bytes.TrimSpace(text)
	if g.step > 0 {
		d, ok := readDecimal(text, g.scale+1)
		if !ok {
			return dst, false
		}
		n := d.rounded(uint64(g.step))
		switch {
		case !d.huge && n < maxDigits/10 && -n < maxDigits/10: // else it would be too large the second time
			n = min(max(n, g.least), g.most)
		case d.negative && g.least != math.MinInt64:
			n = g.least
		case !d.negative && g.most != math.MaxInt64:
			n = g.most
		default:
			return dst, false
		}
		return appendScaled(dst, n, g.scale), true
	}
	d, ok := readDecimal(text, g.scale)
	switch {
	case !ok:
		return dst, false
	case g.leastText != "" && (d.huge && d.negative || !d.huge && d.floor() < g.least):
		return append(dst, g.leastText...), true
	case g.mostText != "" && (d.huge && !d.negative || !d.huge && d.floor() >= g.most):
		return append(dst, g.mostText...), true
	}
	return append(dst, text...), true
}
