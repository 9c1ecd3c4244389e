package transform

import (
	"voile/config"
	"voile/pipeline/generalize"
	"voile/pipeline/scan"
)

// shiftDate moves a date by days that depend on the record's subject alone.
type shiftDate struct {
	keyed
	subject int // its number among the subjects
	days    int // the most
}

func (r *Rules) newShiftDate(s *config.ShiftDate, k keyed) (action, error) {
	subject, err := r.subject(s.Subject)
	return shiftDate{k, subject, s.Days}, err
}

func (a shiftDate) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if !v.scalar() {
		return dst, failed, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return dst, failed, ReasonNotText
	}
	subject, ok := v.subjects.text(a.subject)
	if !ok {
		return dst, failed, ReasonNoSubject
	}
	normalized, understood := a.domain.Normalize(v.scratch.normalized[:0], subject)
	v.scratch.normalized = normalized
	if !understood {
		return dst, failed, ReasonNoSubject
	}
	r, ok := a.random(labelShift, normalized, v.scratch)
	if !ok {
		return dst, failed, ReasonCipher
	}
	quoted := v.json && v.kind == scan.String
	if quoted {
		dst = append(dst, '"')
	}
	dst, ok = generalize.AppendShifted(dst, text, daysOf(r.Below(uint64(2*a.days)), a.days))
	if !ok {
		return dst, failed, ReasonNotUnderstood
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst, replaced, ""
}

// daysOf maps 0 to 2×most-1 to the days from -most to most without 0, which would let a date through as it is.
func daysOf(n uint64, most int) int {
	days := int(n) - most
	if days >= 0 {
		days++
	}
	return days
}
