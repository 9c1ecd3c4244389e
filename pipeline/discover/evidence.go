package discover

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/axiomhq/hyperloglog"

	"voile/pipeline/detect"
)

// evidence is what was seen of the texts at one node: numbers of texts and of records, an estimate of how many differ, and no
// text, unless samples were asked for.
type evidence struct {
	named name // what the member's name says

	last    int // the record counted last, from 1
	records int // with a text here
	texts   int // that are not empty, numbers among them
	numbers int // of them
	spaced  int // with white space inside
	letters int // with a letter
	digits  int // with a digit
	dated   int // with the look of a date

	whole    tally // the text is one identifier
	within   tally // the text holds one, and more
	same     tally // the text equals one of a known place of the same record
	holds    int   // the text holds the name of a person of the same record
	distinct *hyperloglog.Sketch
	samples  []string
}

// A tally counts texts by kind.
type tally map[Kind]int

func (t *tally) count(k Kind, n int) {
	if *t == nil {
		*t = tally{}
	}
	(*t)[k] += n
}

// most gives the kind that is counted most often; of equals the one that comes first in the alphabet.
func (t tally) most() (k Kind, n int) {
	for kind, m := range t {
		if m > n || m == n && kind < k {
			k, n = kind, m
		}
	}
	return k, n
}

// precision is that of the estimates: 2^12 registers are at most 4 KiB a place, and err by 1.6 % (Flajolet et al. 2007, §4).
const precision = 12

const (
	maxSamples    = 3
	maxSampleSize = 48      // characters
	maxLooked     = 1 << 16 // bytes of one text that detectors look at
)

// see counts one text. number says that it is one of JSON, opens that it holds a format, at whose places detectors look.
func (s *Survey) see(e *evidence, text string, number, opens bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if e.last != s.report.Records {
		e.last = s.report.Records
		e.records++
	}
	e.texts++
	if number {
		e.numbers++
	}
	e.shape(text)
	if e.distinct == nil {
		e.distinct, _ = hyperloglog.NewSketch(precision, true) // its one error is another precision
	}
	looked := []byte(text[:min(len(text), maxLooked)])
	e.distinct.Insert(looked)
	if !opens {
		s.detect(e, looked)
	}
	if s.samples && len(e.samples) < maxSamples {
		e.sample(text)
	}
}

func (e *evidence) shape(text string) {
	if strings.IndexFunc(text, unicode.IsSpace) >= 0 {
		e.spaced++
	}
	if strings.IndexFunc(text, unicode.IsLetter) >= 0 {
		e.letters++
	}
	if strings.IndexFunc(text, unicode.IsDigit) >= 0 {
		e.digits++
	}
	if looksLikeDate(text) {
		e.dated++
	}
}

// detect counts what detectors say of a text.
func (s *Survey) detect(e *evidence, text []byte) {
	if k, ok := s.strong.Whole(text); ok {
		e.whole.count(kindOf(k), 1)
		return
	}
	if s.weak != nil {
		if k, ok := s.weak.Whole(text); ok {
			e.whole.count(kindOf(k), 1)
		}
	}
	s.matches = s.strong.Find(s.matches[:0], text)
	met := map[Kind]bool{}
	for _, m := range s.matches {
		if k := kindOf(m.Kind); !met[k] {
			met[k] = true
			e.within.count(k, 1)
		}
	}
}

// kindOf joins the kinds of the detectors that are one to a rule.
func kindOf(k detect.Kind) Kind {
	switch k {
	case detect.IPv4, detect.IPv6:
		return ip
	}
	return Kind(k)
}

func (e *evidence) sample(text string) {
	if utf8.RuneCountInString(text) > maxSampleSize {
		text = string([]rune(text)[:maxSampleSize-1]) + "…"
	}
	for _, s := range e.samples {
		if s == text {
			return
		}
	}
	e.samples = append(e.samples, text)
}

// add adds what another node of the same records has seen. A record that both have counted is counted twice, up to as many as there
// are: report bounds it.
func (e *evidence) add(o *evidence) {
	if o.named.score > e.named.score {
		e.named = o.named
	}
	e.last = max(e.last, o.last)
	e.records += o.records
	e.texts += o.texts
	e.numbers += o.numbers
	e.spaced += o.spaced
	e.letters += o.letters
	e.digits += o.digits
	e.dated += o.dated
	e.holds += o.holds
	for k, n := range o.whole {
		e.whole.count(k, n)
	}
	for k, n := range o.within {
		e.within.count(k, n)
	}
	for k, n := range o.same {
		e.same.count(k, n)
	}
	if e.distinct == nil {
		e.distinct = o.distinct
	} else if o.distinct != nil {
		_ = e.distinct.Merge(o.distinct) // its one error is another precision
	}
	for _, text := range o.samples {
		if len(e.samples) < maxSamples {
			e.sample(text)
		}
	}
}

// differing estimates how many texts differ.
func (e *evidence) differing() int {
	if e.distinct == nil {
		return 0
	}
	return min(int(e.distinct.Estimate()), e.texts)
}

// share is n of the texts.
func (e *evidence) share(n int) float64 {
	if e.texts == 0 {
		return 0
	}
	return float64(n) / float64(e.texts)
}

// looksLikeDate knows a date by digits in groups, of which one has four or all are eight: 1964-05-17, 17/05/1964, 19640517.
func looksLikeDate(text string) bool {
	if len(text) < 8 || len(text) > 35 {
		return false
	}
	head := text[:min(len(text), 10)]
	groups := strings.FieldsFunc(head, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	switch len(groups) {
	case 1:
		return len(text) == 8 && digits(text) && (text[:2] == "19" || text[:2] == "20")
	case 3:
		return digits(groups[0]) && digits(groups[1]) && digits(groups[2]) && (len(groups[0]) == 4 || len(groups[2]) == 4)
	}
	return false
}
