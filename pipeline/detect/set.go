package detect

import (
	"bytes"
	"fmt"
	"math/bits"
)

// A Match is one identifier inside a text: text[Start:End].
type Match struct {
	Kind       Kind
	Start, End int
}

// Options say what a Set looks for.
type Options struct {
	// Region is the country whose phone numbers are written without a country code, as ISO 3166-1 alpha-2 in capitals;
	// "" finds only those with one.
	Region string
	// Kinds are the kinds to look for; none stands for Strong.
	Kinds []Kind
}

// A Set looks for a choice of kinds. It does not change and is safe for concurrent use.
type Set struct {
	detectors []detector // the most specific first; a mask has a bit for each
	dialing   *dialing   // of phone
	byClass   [256]mask  // which may find something, by what classes of bytes a text holds
	byDigits  [counted + 1]mask
	byByte    [256]mask         // which want to be asked at such a byte
	byRun     [counted + 1]mask // at the first digit of a run, which want runs of this length
	inside    mask              // which want to be asked inside words
}

type mask uint32

// counted is the highest number of digits that is told from higher ones.
const counted = 31

// A detector knows one kind. find is pure, and bounds what it looks at (package comment).
type detector struct {
	kind Kind
	weak bool

	needs  []class // a text must hold all classes of at least one of these; none: of every text
	digits int     // and at least so many digits

	first  string // the bytes at which it wants to be asked: those at the begin of a word, unless inside is set
	inside bool
	runs   uint32 // at a digit: a bit for each length of the run of digits that begins there, 31 for all longer ones

	// find says what is found at c; end is 0 where nothing is.
	find func(c candidate) (start, end int)
}

// A candidate is a place at which a detector is asked.
type candidate struct {
	text    []byte
	at      int // one of its first bytes stands here
	run     int // how many digits in a row
	dialing *dialing
}

// New makes a Set.
func New(o Options) (*Set, error) {
	dialing, err := newDialing(o.Region)
	if err != nil {
		return nil, err
	}
	chosen := o.Kinds
	if len(chosen) == 0 {
		chosen = Strong()
	}
	wanted := map[Kind]bool{}
	for _, k := range chosen {
		wanted[k] = true
	}
	s := &Set{dialing: dialing}
	for _, d := range catalog {
		if wanted[d.kind] {
			s.add(d)
			delete(wanted, d.kind)
		}
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("unknown kind of identifier (known: %s)", names(Kinds()))
	}
	return s, nil
}

func (s *Set) add(d detector) {
	bit := mask(1) << len(s.detectors)
	s.detectors = append(s.detectors, d)
	for held := range s.byClass {
		if d.possible(class(held)) {
			s.byClass[held] |= bit
		}
	}
	for n := range s.byDigits {
		if n >= d.digits {
			s.byDigits[n] |= bit
		}
		if d.runs>>n&1 != 0 {
			s.byRun[n] |= bit
		}
	}
	for _, c := range []byte(d.first) {
		s.byByte[c] |= bit
	}
	if d.inside {
		s.inside |= bit
	}
}

// possible says whether a text that holds these classes may hold the kind.
func (d detector) possible(held class) bool {
	for _, need := range d.needs {
		if held&need == need {
			return true
		}
	}
	return len(d.needs) == 0
}

// Find appends what is found inside text to dst, in the order of the text, not overlapping.
func (s *Set) Find(dst []Match, text []byte) []Match {
	possible := s.possible(text)
	if possible == 0 {
		return dst
	}
	own, covered, better := len(dst), 0, mask(0)
	for i := 0; i < len(text); i++ {
		asked := s.byByte[text[i]] & possible
		if asked == 0 {
			continue
		}
		if i < covered {
			asked &= better
		}
		if asked &= s.atBoundary(text, i); asked == 0 {
			continue
		}
		run := 0
		if isDigit(text[i]) {
			run = digitRun(text, i)
			asked &= s.byRun[min(run, counted)]
		}
		c := candidate{text, i, run, s.dialing}
		for ; asked != 0; asked &= asked - 1 {
			rank := bits.TrailingZeros32(uint32(asked))
			start, end := s.detectors[rank].find(c)
			if start < covered && covered < i { // it may begin behind the match before: two addresses with a # or a * between them
				start, end = s.detectors[rank].find(candidate{text[covered:], i - covered, run, s.dialing})
				start, end = start+covered, end+covered
			}
			if end <= start {
				continue
			}
			if added, ok := s.place(dst, own, rank, start, end); ok {
				dst, covered, better = added, end, mask(1)<<rank-1
				break
			}
		}
	}
	return dst
}

// Whole gives the kind of text where all of it, white space at its ends aside, is one identifier.
func (s *Set) Whole(text []byte) (Kind, bool) {
	text = bytes.TrimSpace(text)
	var room [4]Match
	found := s.Find(room[:0], text)
	if len(found) == 1 && found[0].Start == 0 && found[0].End == len(text) {
		return found[0].Kind, true
	}
	return "", false
}

// place appends a match and takes away what it overlaps, unless that is more specific.
func (s *Set) place(dst []Match, own, rank, start, end int) ([]Match, bool) {
	keep := len(dst)
	for keep > own && dst[keep-1].End > start {
		if s.rank(dst[keep-1].Kind) <= rank {
			return dst, false
		}
		keep--
	}
	return append(dst[:keep], Match{s.detectors[rank].kind, start, end}), true
}

func (s *Set) rank(k Kind) int {
	for i := range s.detectors {
		if s.detectors[i].kind == k {
			return i
		}
	}
	return len(s.detectors)
}

// possible gives the detectors that may find something in text at all.
func (s *Set) possible(text []byte) mask {
	var held class
	n := 0
	for _, c := range text {
		k := classes[c]
		held |= k
		n += int(k & digits)
	}
	return s.byClass[held] & s.byDigits[min(n, counted)]
}

// atBoundary gives the detectors that may be asked at i.
func (s *Set) atBoundary(text []byte, i int) mask {
	if boundaryBefore(text, i) {
		return ^mask(0)
	}
	return s.inside
}

func digitRun(text []byte, i int) int {
	n := i
	for n < len(text) && isDigit(text[n]) {
		n++
	}
	return n - i
}
