package detect

import "unicode/utf8"

// A layout is how an identifier is written: 9 stands for a digit, A for a letter, X for either, a space for one of those
// that blank knows, and anything else for itself.
type layout string

// A bare identifier is its letters, in capitals, and digits, without what separates them. It is passed by value, so that it
// does not escape to the heap.
type bare struct {
	chars [24]byte
	n     int
}

// read reads the identifier at i and gives its end; 0 where the text there is written otherwise.
func (l layout) read(text []byte, i int) (b bare, end int) {
	for j := range len(l) {
		if i >= len(text) {
			return b, 0
		}
		c := text[i]
		switch l[j] {
		case '9', 'A', 'X':
			if isLetter(c) && l[j] != '9' {
				c &^= 0x20
			} else if !isDigit(c) || l[j] == 'A' {
				return b, 0
			}
			b.chars[b.n] = c
			b.n++
		case ' ':
			width := blank(text, i)
			if width == 0 {
				return b, 0
			}
			i += width - 1
		default:
			if c != l[j] {
				return b, 0
			}
		}
		i++
	}
	return b, i
}

// begins says whether the layout may begin with just so many digits and the byte behind them. It is there to refuse most
// layouts at once.
func (l layout) begins(run int, behind byte) bool {
	if run >= len(l) {
		return run == len(l)
	}
	switch l[run] {
	case '9':
		return false
	case 'A', 'X':
		return isLetter(behind)
	case ' ':
		return behind == ' ' || behind >= utf8.RuneSelf
	}
	return l[run] == behind
}

// first finds the identifier at c in the first of the layouts that fits, stands for itself as alone says, and passes check.
func first(c candidate, layouts []layout, alone func(text []byte, i, end int) bool, check func(b bare) bool) (start, end int) {
	behind := byte(0)
	if c.run > 0 && c.at+c.run < len(c.text) {
		behind = c.text[c.at+c.run]
	}
	for _, l := range layouts {
		if c.run > 0 && !l.begins(c.run, behind) {
			continue
		}
		if b, end := l.read(c.text, c.at); end > 0 && alone(c.text, c.at, end) && check(b) {
			return c.at, end
		}
	}
	return 0, 0
}
