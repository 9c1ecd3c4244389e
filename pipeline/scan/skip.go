package scan

import (
	"encoding/binary"
	"math/bits"
)

// skipSpace gives the place of the first byte from i on that is no white space of RFC 8259 §2.
func skipSpace(doc []byte, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\r' || doc[i] == '\t') {
		i++
	}
	return i
}

const (
	ones   = 0x0101010101010101
	highs  = 0x80 * ones
	slants = '\\' * ones
)

// special marks the bytes of eight that end the plain part of a string: quotes, backslashes, control characters. The lowest
// bit set belongs to the first of them; a borrow may set wrong bits above it only.
//
// Exclusive or with 2 makes quotes the next byte value above the control characters, and leaves these what they are, so that
// one subtraction finds both. Bytes above ASCII come out with their high bit set, and are taken out at the end.
func special(x uint64) uint64 {
	return (((x ^ 0x02*ones) - 0x21*ones) | ((x ^ slants) - ones)) &^ x & highs
}

// word gives the eight bytes of doc from i on, the first one lowest. The third index keeps the compiler from computing, between i and
// the load, a mask for the case that nothing is left: a scan waits for one i after the other, and the mask was 7 % of its time.
func word(doc []byte, i int) uint64 { return binary.LittleEndian.Uint64(doc[i : i+8 : i+8]) }

// skipString reads the rest of a string behind its opening quote, and gives the place behind the closing one.
func skipString(doc []byte, i int) (end int, escapes bool, wrong what) {
	for {
		if len(doc)-i >= 8 {
			m := special(word(doc, i))
			if m == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
		} else {
			for i < len(doc) && doc[i] != '"' && doc[i] != '\\' && doc[i] >= ' ' {
				i++
			}
			if i >= len(doc) {
				return i, escapes, unfinished
			}
		}
		switch doc[i] {
		case '"':
			return i + 1, escapes, none
		case '\\':
			escapes = true
			if i, wrong = skipEscape(doc, i); wrong != none {
				return i, escapes, wrong
			}
		default:
			return i, escapes, badControl
		}
	}
}

// skipEscape reads the escape whose backslash is at i.
func skipEscape(doc []byte, i int) (int, what) {
	if i+1 >= len(doc) {
		return len(doc), unfinished
	}
	switch doc[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, none
	case 'u':
		if _, ok := hex4(doc[i+2:]); ok {
			return i + 6, none
		}
	}
	return i, badEscape
}

// skipScalar reads a string, a number, true, false or null.
func skipScalar(doc []byte, i int) (int, what) {
	if i >= len(doc) {
		return i, unfinished
	}
	switch doc[i] {
	case '"':
		end, _, wrong := skipString(doc, i+1)
		return end, wrong
	case 't':
		return skipLiteral(doc, i, "true")
	case 'f':
		return skipLiteral(doc, i, "false")
	case 'n':
		return skipLiteral(doc, i, "null")
	}
	return skipNumber(doc, i)
}

func skipLiteral(doc []byte, i int, literal string) (int, what) {
	if len(doc)-i >= len(literal) && string(doc[i:i+len(literal)]) == literal {
		return i + len(literal), none
	}
	return i, noValue
}

// skipNumber reads a number of RFC 8259 §6.
func skipNumber(doc []byte, i int) (int, what) {
	start := i
	if doc[i] == '-' {
		i++
	}
	digits := skipDigits(doc, i)
	switch {
	case digits == i && i == start:
		return i, noValue
	case digits == i || digits > i+1 && doc[i] == '0':
		return i, badNumber
	}
	i = digits
	if i < len(doc) && doc[i] == '.' {
		if digits = skipDigits(doc, i+1); digits == i+1 {
			return digits, badNumber
		}
		i = digits
	}
	if i < len(doc) && doc[i]|0x20 == 'e' {
		i++
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		if digits = skipDigits(doc, i); digits == i {
			return i, badNumber
		}
		i = digits
	}
	return i, none
}

func skipDigits(doc []byte, i int) int {
	for i < len(doc) && doc[i]-'0' <= 9 {
		i++
	}
	return i
}

// skipValue reads a value in which nothing can be selected.
func (s *Scanner) skipValue(doc []byte, i int) (int, what) {
	if i < len(doc) && (doc[i] == '{' || doc[i] == '[') {
		var wrong what
		s.skipped, i, wrong = skipNested(doc, i, s.skipped[:0], s.maxDepth-len(s.frames))
		return i, wrong
	}
	return skipScalar(doc, i)
}

// skipNested is skipValue for arrays and objects, the tight loop. The stack, which it gives back for use again, holds the
// closing brackets to come, limit of them at most.
func skipNested(doc []byte, i int, stack []byte, limit int) ([]byte, int, what) {
	var wrong what
	for {
		// A value begins at i.
		if i < len(doc) && (doc[i] == '{' || doc[i] == '[') {
			if len(stack) >= limit {
				return stack, i, tooDeep
			}
			closing := doc[i] + 2 // so it is in ASCII
			if i = skipSpace(doc, i+1); i >= len(doc) || doc[i] != closing {
				stack = append(stack, closing)
				goto inside
			}
			i++
		} else if i, wrong = skipScalar(doc, i); wrong != none {
			return stack, i, wrong
		}
		// A value ended before i.
		for {
			if len(stack) == 0 {
				return stack, i, none
			}
			if i = skipSpace(doc, i); i >= len(doc) {
				return stack, i, unfinished
			}
			closing := stack[len(stack)-1]
			if doc[i] == ',' {
				i = skipSpace(doc, i+1)
				break
			}
			if doc[i] != closing {
				if closing == ']' {
					return stack, i, noArrayEnd
				}
				return stack, i, noObjectEnd
			}
			i++
			stack = stack[:len(stack)-1]
		}
	inside:
		if stack[len(stack)-1] == '}' {
			if i, wrong = skipName(doc, i); wrong != none {
				return stack, i, wrong
			}
		}
	}
}

// skipName reads a member name that begins at i, its colon, and the white space up to the value.
func skipName(doc []byte, i int) (int, what) {
	if i >= len(doc) {
		return i, unfinished
	}
	if doc[i] != '"' {
		return i, noName
	}
	end, _, wrong := skipString(doc, i+1)
	if wrong != none {
		return end, wrong
	}
	return skipColon(doc, end)
}

// skipColon reads the colon behind a member name that ended before i, and the white space around it.
func skipColon(doc []byte, i int) (int, what) {
	if i+1 < len(doc) && doc[i] == ':' && doc[i+1] > ' ' {
		return i + 1, none // as most do
	}
	if i = skipSpace(doc, i); i >= len(doc) {
		return i, unfinished
	}
	if doc[i] != ':' {
		return i, noColon
	}
	return skipSpace(doc, i+1), none
}
