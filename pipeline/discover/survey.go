package discover

import (
	"errors"
	"slices"

	"voile/pipeline/detect"
	"voile/pipeline/embedded"
	"voile/pipeline/record"
)

// A Kind says what an identifier is: one of package detect, or one that only a name tells.
type Kind string

// Options of a Survey.
type Options struct {
	// Region is the country of phone numbers that are written without a country code: ISO 3166-1 alpha-2 in capitals.
	Region string
	// Without are kinds of package detect that are not looked for.
	Without []detect.Kind
	// WithoutNames takes no name of a member for a hint.
	WithoutNames bool
	// Samples keeps some values of each place, which the report then shows.
	Samples bool
}

// A Survey looks at the records of one topic. It belongs to one goroutine.
type Survey struct {
	strong, weak *detect.Set // weak is nil where none is left
	dictionary   *dictionary
	urlParts     *locator
	formParts    *locator
	samples      bool

	value, key *node
	headers    map[string]*node // as the children of nobody
	nodes      int
	report     Report
	matches    []detect.Match
	seen       []sighting // of the record in hand
}

// New makes a Survey.
func New(o Options) (*Survey, error) {
	s := &Survey{samples: o.Samples}
	var err error
	if s.dictionary, err = readDictionary(); err != nil {
		return nil, err
	}
	if o.WithoutNames {
		s.dictionary = &dictionary{}
	}
	if s.urlParts, err = newLocator(embedded.URL); err != nil {
		return nil, err
	}
	if s.formParts, err = newLocator(embedded.Form); err != nil {
		return nil, err
	}
	var strong, weak []detect.Kind
	for _, k := range detect.Kinds() {
		switch {
		case slices.Contains(o.Without, k):
		case k.Weak():
			weak = append(weak, k)
		default:
			strong = append(strong, k)
		}
	}
	if len(strong) == 0 { // which New of detect would take for all
		return nil, errors.New("no detector is left")
	}
	if s.strong, err = detect.New(detect.Options{Region: o.Region, Kinds: strong}); err != nil {
		return nil, err
	}
	if len(weak) > 0 {
		if s.weak, err = detect.New(detect.Options{Region: o.Region, Kinds: weak}); err != nil {
			return nil, err
		}
	}
	s.value = s.newNode(nil, step{})
	s.key = s.newNode(nil, step{})
	return s, nil
}

// Record looks at one record, whose bytes are the caller's again afterwards.
func (s *Survey) Record(r *record.Record) {
	s.report.Records++
	s.seen = s.seen[:0]
	switch {
	case r.Value == nil:
		s.report.Tombstones++
	case len(r.Value) > 0:
		s.recordValue(r.Value)
	}
	if len(r.Key) > 0 {
		s.text(s.key, string(r.Key), 0)
	}
	for _, h := range r.Headers {
		if len(h.Value) == 0 {
			continue
		}
		n := s.headers[string(h.Name)]
		if n == nil {
			if n = s.newNode(nil, step{name: string(h.Name)}); n == nil {
				continue
			}
			if s.headers == nil {
				s.headers = map[string]*node{}
			}
			s.headers[string(h.Name)] = n
		}
		s.text(n, string(h.Value), 0)
	}
	s.compare()
}

func (s *Survey) recordValue(text []byte) {
	v, err := parse(text, maxDepth)
	switch {
	case errors.Is(err, errTooDeep):
		s.report.TooDeep++
	case err != nil:
		s.report.NotJSON++
	default:
		s.walk(s.value, v, 0)
	}
}
