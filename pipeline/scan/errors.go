package scan

import (
	"errors"
	"fmt"
)

// ErrTooDeep says that more arrays and objects are open at once than the Scanner was made for.
var ErrTooDeep = errors.New("nested deeper than the limit")

// A SyntaxError says where a text stops being JSON. It holds nothing of the text.
type SyntaxError struct {
	Offset int // of the byte in the text, from 0
	What   string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("no valid JSON: %s at byte %d", e.What, e.Offset)
}

// A what names a mistake; the empty one is none.
type what string

const (
	tooDeep       what = "nested too deep"
	unfinished    what = "the text ends too early"
	noValue       what = "expected a value"
	noName        what = "expected a member name in quotes"
	noColon       what = "expected a colon"
	noObjectEnd   what = "expected a comma or a closing brace"
	noArrayEnd    what = "expected a comma or a closing bracket"
	badNumber     what = "a broken number"
	badControl    what = "a control character in a string"
	badEscape     what = "a broken escape"
	afterText     what = "something after the value"
	startsWithBOM what = "a byte order mark"
)

const bom = "\xef\xbb\xbf"

// at makes the error of a mistake in doc at i.
func (w what) at(doc []byte, i int) error {
	switch {
	case w == tooDeep:
		return ErrTooDeep
	case len(doc) >= len(bom) && string(doc[:len(bom)]) == bom:
		i, w = 0, startsWithBOM
	case i >= len(doc):
		i, w = len(doc), unfinished
	}
	return &SyntaxError{Offset: i, What: string(w)}
}
