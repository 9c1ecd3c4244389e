package normalize

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const nameVersion = 1

// name is a person's name in NFKC, case-folded, with single spaces: "Zoë  LEFÈVRE-O’Neill" is "zoë lefèvre-o'neill".
//
// Case folding is Unicode's full one (Unicode 3.13, C + F): ß is ss, the final sigma is a sigma. The four letters i of
// Turkish are one, i: a dotted or dotless one is lost wherever a program wrote a name in capitals without knowing the language.
// What stands for an apostrophe on keyboards and in word processors is one character, and so is what stands for a hyphen.
// White space of any kind and length is one space; characters that nobody sees (soft hyphens, joiners, variation
// selectors) are dropped, inside the name too.
//
// Accents are kept, and so is the order of first and last name, and hyphen against space: Lefèvre and Lefevre, Jean-Luc and Jean Luc may be
// two people. Understood is what has a letter.
type name struct{ folding cases.Caser }

func newName() name { return name{cases.Fold()} }

func (name) Name() string { return "name" }
func (name) Version() int { return nameVersion }

func (n name) Append(dst, s []byte) ([]byte, bool) {
	if out, ok := appendPlainName(dst, s); ok {
		return out, true
	}
	return n.appendAny(dst, s)
}

// appendAny is right for every text: the fixed point of its steps, one of which may make work for another (NFKC makes an
// accent that stands alone a space and a mark). Three rounds do; the bound is there for tables that nobody has seen.
func (n name) appendAny(dst, s []byte) ([]byte, bool) {
	folded := s
	for range 8 {
		next := norm.NFKC.Bytes(n.folding.Bytes(appendUnified(make([]byte, 0, len(folded)), folded)))
		if bytes.Equal(next, folded) {
			break
		}
		folded = next
	}
	if bytes.IndexFunc(folded, unicode.IsLetter) < 0 {
		return Trimmed(dst, s), false
	}
	return append(dst, folded...), true
}

// appendUnified appends s with one kind of space, apostrophe, hyphen and letter i.
func appendUnified(dst, s []byte) []byte {
	start, space, afterI := len(dst), false, false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRune(s[i:])
		from := i
		i += size
		switch {
		case unicode.IsSpace(r):
			space = true
			continue
		case isUnseen(r), r == '\u0307' && afterI && !space: // the dot of an i
			continue
		}
		if space && len(dst) > start {
			dst = append(dst, ' ')
		}
		space = false
		switch {
		case isApostrophe(r):
			dst = append(dst, '\'')
		case isHyphen(r):
			dst = append(dst, '-')
		case r == 'ı', r == 'İ':
			r, dst = 'i', append(dst, 'i')
		default:
			dst = append(dst, s[from:i]...) // an invalid byte as it is
		}
		afterI = r == 'i' || r == 'I'
	}
	return dst
}

// appendPlainName is the way of most names: letters of Latin in one piece (ASCII, Latin-1, Latin Extended-A), or of scripts
// without case, and what stands between them. ok is false, and nothing was appended, where anything else is in it or no letter is.
func appendPlainName(dst, s []byte) (out []byte, ok bool) {
	start, space, letters, normal := len(dst), false, false, false
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(s[i:])
		}
		i += size
		switch {
		case 'A' <= r && r <= 'Z':
			r, letters = r+'a'-'A', true
		case 'a' <= r && r <= 'z':
			letters = true
		case unicode.IsSpace(r):
			space = true
			continue
		case isUnseen(r):
			continue
		case isApostrophe(r):
			r = '\''
		case isHyphen(r):
			r = '-'
		case r < utf8.RuneSelf:
		case isPlainLatin(r):
			r, letters = unicode.ToLower(r), true
		case unicode.Is(unicode.Lo, r) && (normal || norm.NFKC.QuickSpan(s) == len(s)):
			letters, normal = true, true
		default:
			return dst[:start], false
		}
		if space && len(dst) > start {
			dst = append(dst, ' ')
		}
		space = false
		dst = utf8.AppendRune(dst, r)
	}
	if !letters {
		return dst[:start], false
	}
	return dst, true
}

// isPlainLatin says whether r is a letter of Latin-1 or Latin Extended-A that is its own NFKC and folds to one letter, which
// is so too: not ß, İ, ı, ĳ, ŀ, ŉ, ſ.
func isPlainLatin(r rune) bool {
	switch r {
	case 0xD7, 0xDF, 0xF7, 0x130, 0x131, 0x132, 0x133, 0x13F, 0x140, 0x149, 0x17F:
		return false
	}
	return 0xC0 <= r && r <= 0x17F
}

// isUnseen is what isBlank has beside white space, and the variation selectors, which choose a glyph of a letter.
func isUnseen(r rune) bool {
	return r >= 0x80 && (isBlank(r) && !unicode.IsSpace(r) || 0xFE00 <= r && r <= 0xFE0F || 0xE0100 <= r && r <= 0xE01EF)
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', 0xB4, // grave and acute accent
		0x2B9, 0x2BB, 0x2BC, 0x2BD, 0x2C8, 0x2CA, 0x2CB, // letters and marks that modify: prime, turned comma, apostrophe, accents
		0x55A, 0x5F3, // Armenian apostrophe, Hebrew geresh
		0x1FEF, 0x1FFD, // Greek varia and oxia, canonically the accents above
		0x2018, 0x2019, 0x201B, 0x2032, 0x2035, 0xFF07: // quotation marks, primes, full-width
		return true
	}
	return false
}

func isHyphen(r rune) bool {
	switch r {
	case '-', 0x58A, 0x5BE, 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D: // Armenian hyphen, maqaf, bullet, minus, small and full-width ones
		return true
	}
	return 0x2010 <= r && r <= 0x2015
}
