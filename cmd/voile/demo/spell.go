package demo

import (
	"fmt"
	"strings"

	"voile/crypto/normalize"
)

// A speller knows how an identifier can be written.
type speller struct{ email, phone normalize.Normalizer }

func newSpeller() speller {
	email, err := normalize.New("email", "")
	if err != nil {
		panic(fmt.Sprint("demo: ", err)) // the name is a constant
	}
	phone, err := normalize.New("phone", "FR")
	if err != nil {
		panic(fmt.Sprint("demo: ", err))
	}
	return speller{email, phone}
}

// canonical is what all spellings of an identifier have in common.
func (s speller) canonical(id Identifier) string {
	text := []byte(id.Text)
	switch id.Class {
	case ClassEmail:
		text, _ = s.email.Append(nil, text)
	case ClassPhone:
		text, _ = s.phone.Append(nil, text)
	default:
		text = appendLower(nil, normalize.Trimmed(nil, text))
	}
	return string(text)
}

// spellings gives the ways in which an identifier may come out; capitals and escapes are the views' part.
func (s speller) spellings(id Identifier) []string {
	list := []string{string(normalize.Trimmed(nil, []byte(id.Text))), s.canonical(id)}
	if id.Class != ClassPhone {
		return list
	}
	national, french := strings.CutPrefix(s.canonical(id), "+33")
	if !french || len(national) != 9 {
		return list
	}
	list = append(list, national, "0"+national, "33"+national, "0033"+national)
	for _, separator := range []string{" ", ".", "-", "/", "\u00a0", "\u202f"} {
		pairs := national[:1]
		for i := 1; i < len(national); i += 2 {
			pairs += separator + national[i:i+2]
		}
		list = append(list, pairs, "0"+pairs) // what stands in front of a pair (+33, 0033, (0)) does not count
	}
	return list
}

func (s speller) apart(c Class) apart {
	switch c {
	case ClassPhone, ClassCard, ClassIP:
		return fromDigits
	case ClassName:
		return fromWords
	}
	return anywhere
}
