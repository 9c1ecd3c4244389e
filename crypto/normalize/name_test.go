package normalize

import (
	"bytes"
	"testing"
	"unicode"
)

// Where the plain way answers, it answers as the way for every text does.
func FuzzPlainName(f *testing.F) {
	for _, s := range lawSeeds {
		f.Add([]byte(s))
	}
	n := newName()
	f.Fuzz(func(t *testing.T, in []byte) { checkPlainName(t, n, in) })
}

func checkPlainName(t *testing.T, n name, in []byte) (plain bool) {
	t.Helper()
	got, ok := appendPlainName(nil, in)
	if !ok {
		return false
	}
	if want, understood := n.appendAny(nil, in); !bytes.Equal(got, want) || !understood {
		t.Fatalf("%q gives %q, the slow way %q (understood %v)", in, got, want, understood)
	}
	return true
}

// Every rune alone, and between letters of three scripts, before and behind.
func TestPlainNameOfEveryRune(t *testing.T) {
	n, plain := newName(), 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r%16 != 0 && unicode.Is(unicode.Lo, r) && r > 0x3400 { // ideographs: nothing happens to them
			continue
		}
		if checkPlainName(t, n, []byte("A"+string(r)+"é"+string(r)+string(r)+"ا"+string(r)+"가")) {
			plain++
		}
	}
	if plain < 10_000 {
		t.Errorf("%d runes went the plain way, want more than 10,000", plain)
	}
}
