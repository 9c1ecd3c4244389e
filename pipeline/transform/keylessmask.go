package transform

import (
	"unicode/utf8"

	"voile/config"
)

// mask shows the first and the last characters of a scalar and hides the others behind stars, or another character. A value
// shorter than twice what is kept is hidden whole.
//
// The number of stars tells nothing of the length, unless separators stay: then each hidden character has its own star, and
// length and shape of the value show.
type mask struct {
	first, last int
	star        rune
	separators  bool
}

func newMask(a config.Action) action {
	m := mask{first: a.KeepFirst, last: a.KeepLast, star: '*', separators: a.KeepSeparators}
	if a.Character != "" {
		m.star, _ = utf8.DecodeRuneInString(a.Character)
	}
	return m
}

// minStars is how many stars hide a value. There are never fewer stars than kept characters, so that a masked value is
// long enough to be masked again with the same result, and stars alone stay: a replay changes nothing.
const minStars = 4

func (a mask) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	text, reason := v.scalarText()
	if reason != "" {
		return dst, failed, reason
	}
	m := v.scratch.normalized[:0]
	if a.separators {
		m = a.appendInPlace(m, text)
	} else {
		m = a.appendCut(m, text)
	}
	v.scratch.normalized = m
	return v.appendText(dst, m), replaced, ""
}

func (a mask) appendCut(dst, text []byte) []byte {
	if a.hidden(text) {
		return append(dst, text...)
	}
	head, tail := a.cut(text)
	dst = append(dst, text[:head]...)
	for range max(minStars, a.first+a.last) {
		dst = utf8.AppendRune(dst, a.star)
	}
	return append(dst, text[tail:]...)
}

// hidden says whether text is stars alone, as a value that was hidden whole.
func (a mask) hidden(text []byte) bool {
	for len(text) > 0 {
		c, n := utf8.DecodeRune(text)
		if c != a.star {
			return false
		}
		text = text[n:]
	}
	return true
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

// appendInPlace hides what is no separator, character by character. A star is no separator, so that a masked value has as
// many characters to be counted as the value had, and stays as it is the second time.
func (a mask) appendInPlace(dst, text []byte) []byte {
	counted := 0
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		if !config.Separator(c) {
			counted++
		}
		i += n
	}
	first, last := a.first, a.last
	if counted < 2*(first+last) {
		first, last = 0, 0
	}
	for i, at := 0, 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		hidden := false
		if !config.Separator(c) {
			hidden = at >= first && at < counted-last
			at++
		}
		if hidden {
			dst = utf8.AppendRune(dst, a.star)
		} else {
			dst = append(dst, text[i:i+n]...)
		}
		i += n
	}
	return dst
}
