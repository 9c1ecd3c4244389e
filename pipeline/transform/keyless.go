package transform

import (
	"unicode/utf8"

	"voile/pipeline/scan"
)

// Redacted is what a redacted value becomes: a JSON string, or this text as a header.
const Redacted = "[redacted]"

// redact replaces any value by a constant.
type redact struct{}

func (redact) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	dst = append(v.quote(dst), Redacted...)
	return v.quote(dst), replaced, ""
}

// remove takes the member, the element or the header away.
type remove struct{}

func (remove) apply(dst []byte, _ *value) ([]byte, effect, Reason) { return dst, removed, "" }

// mask shows the first and the last characters of a scalar and hides the others behind stars. The number of stars tells
// nothing of the length. A value shorter than twice what is kept is hidden whole.
type mask struct{ first, last int }

// minStars is how many stars hide a value. There are never fewer stars than kept characters, so that a masked value is
// long enough to be masked again with the same result: a replay changes nothing.
const minStars = 4

func (a mask) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if !v.scalar() {
		return dst, failed, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return dst, failed, ReasonNotText
	}
	head, tail := a.cut(text)
	stars := max(minStars, a.first+a.last)
	m := append(v.scratch.normalized[:0], text[:head]...)
	for range stars {
		m = append(m, '*')
	}
	m = append(m, text[tail:]...)
	v.scratch.normalized = m
	if v.json {
		return scan.AppendString(dst, m), replaced, ""
	}
	return append(dst, m...), replaced, ""
}

// cut gives the end of the part kept in front and the start of the part kept behind, in bytes, counting characters
// (Unicode code points).
func (a mask) cut(text []byte) (head, tail int) {
	if utf8.RuneCount(text) < 2*(a.first+a.last) {
		return 0, len(text)
	}
	for range a.first {
		_, n := utf8.DecodeRune(text[head:])
		head += n
	}
	tail = len(text)
	for range a.last {
		_, n := utf8.DecodeLastRune(text[:tail])
		tail -= n
	}
	return head, tail
}
