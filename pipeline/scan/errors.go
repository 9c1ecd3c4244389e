package scan

import (
	"errors"
	"fmt"
)

// ErrTooDeep says that more arrays and objects are open at once than the Scanner was made for.
var ErrTooDeep = errors.New("nested deeper than the limit")

// ErrAmbiguous says that an object has a member that filters ask for more than once, and that by this more filters are true of
// it than could be true together of any object without duplicates.
var ErrAmbiguous = errors.New("a member that filters ask for is there twice, with values that different filters want")

// A SyntaxError says where a text stops being JSON. It holds nothing of the text.
type SyntaxError struct {
	Offset int // of the byte in the text, from 0
	What   string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("no valid JSON: %s at byte %d", e.What, e.Offset)
}

// A what is a kind of mistake.
type what uint8

const (
	none what = iota
	tooDeep
	ambiguous
	unfinished
	noValue
	noName
	noColon
	noObjectEnd
	noArrayEnd
	badNumber
	badControl
	badEscape
	afterText
	startsWithBOM
)

var texts = [...]string{
	unfinished:    "the text ends too early",
	noValue:       "expected a value",
	noName:        "expected a member name in quotes",
	noColon:       "expected a colon",
	noObjectEnd:   "expected a comma or a closing brace",
	noArrayEnd:    "expected a comma or a closing bracket",
	badNumber:     "a broken number",
	badControl:    "a control character in a string",
	badEscape:     "a broken escape",
	afterText:     "something after the value",
	startsWithBOM: "a byte order mark",
}

const bom = "\xef\xbb\xbf"

// at makes the error of a mistake in doc at i.
func (w what) at(doc []byte, i int) error {
	switch {
	case w == tooDeep:
		return ErrTooDeep
	case w == ambiguous:
		return ErrAmbiguous
	case len(doc) >= len(bom) && string(doc[:len(bom)]) == bom:
		i, w = 0, startsWithBOM
	case i >= len(doc):
		i, w = len(doc), unfinished
	}
	return &SyntaxError{Offset: i, What: texts[w]}
}
