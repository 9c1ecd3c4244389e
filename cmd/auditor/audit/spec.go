package audit

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The two promises that are audited.
const (
	ExactlyOnce = "exactly_once"
	AtLeastOnce = "at_least_once"
)

// Anything is the domain of a member that is replaced by whatever: its token is not compared with others.
const Anything = "*"

// A Spec says what to audit and what a record looks like.
//
// A path of a member is its names joined by dots, with [] for the elements of an array: user.phone, items[].mail.
type Spec struct {
	Brokers  []string `json:"brokers"`
	Delivery string   `json:"delivery"`
	Flows    []Flow   `json:"flows"`
	// Quarantine is the topic of sealed records; Topic, Partition, Offset and Part are the headers that say which source
	// record one holds, the last in the form 1/2.
	Quarantine Quarantine `json:"quarantine"`

	// ID is the path of the member that names a record uniquely within its topic, and is not replaced; Sequence that of
	// its number among the records of its key, from 0.
	ID       string `json:"id"`
	Sequence string `json:"sequence"`

	// Key is the domain of the key, Headers and Members are the domains of what is replaced, by name and by path. Equal
	// identifiers of one domain must have equal tokens, and different ones different tokens; see Anything.
	Key     string            `json:"key"`
	Headers map[string]string `json:"headers"`
	Members map[string]string `json:"members"`
	// Required are the paths without which a record must be set aside.
	Required []string `json:"required"`
	// SourceHeader is the name of the header that the sink's records have more than the source's, as their last one: its
	// value is topic/partition/offset of the source. "" for none.
	SourceHeader string `json:"source_header"`

	// Planted are the identifiers that must not come out, each of at least 8 bytes.
	Planted []string `json:"planted"`
	// Texts are files in which no planted identifier may be: logs, dumps of metrics.
	Texts []string `json:"texts"`

	// Windows cut the source into stretches that are counted apart.
	Windows []Stretch `json:"windows"`
}

// A Flow is one source topic and its sink, of equal partition counts.
type Flow struct {
	Source string `json:"source"`
	Sink   string `json:"sink"`
}

// Quarantine is the topic of sealed records and the names of their headers.
type Quarantine struct {
	Topic     string `json:"topic"`
	Source    string `json:"source"`
	Partition string `json:"partition"`
	Offset    string `json:"offset"`
	Part      string `json:"part"`
}

// A Stretch begins at an offset of each source partition, named topic/partition, and ends where the next one begins.
type Stretch struct {
	Name string           `json:"name"`
	From map[string]int64 `json:"from"`
}

func (s *Spec) validate() error {
	switch {
	case s.Delivery != ExactlyOnce && s.Delivery != AtLeastOnce:
		return fmt.Errorf("delivery: %q is neither %s nor %s", s.Delivery, ExactlyOnce, AtLeastOnce)
	case len(s.Flows) == 0:
		return errors.New("flows: none")
	case s.ID == "":
		return errors.New("id: the member that names a record is missing")
	}
	if domain, ok := s.Members[s.ID]; ok {
		return fmt.Errorf("id: %s is replaced (domain %s), so that it names nothing", s.ID, domain)
	}
	for _, path := range s.Required {
		if _, ok := s.Members[path]; !ok {
			return fmt.Errorf("required: %s is not among the members that are replaced", path)
		}
	}
	return nil
}

// origin says which source record a record of the quarantine holds, and whether it is the first of its parts.
func (s *Spec) origin(r *Record) (at place, first bool, err error) {
	text := func(name string) string {
		i := slices.IndexFunc(r.Headers, func(h Header) bool { return h.Name == name })
		if i < 0 {
			return ""
		}
		return string(r.Headers[i].Value)
	}
	partition, err1 := strconv.ParseInt(text(s.Quarantine.Partition), 10, 32)
	offset, err2 := strconv.ParseInt(text(s.Quarantine.Offset), 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return place{}, false, errors.New("a record of the quarantine whose headers name no source record")
	}
	return place{text(s.Quarantine.Source), int32(partition), offset}, strings.HasPrefix(text(s.Quarantine.Part), "1/"), nil
}

// windows finds the stretch of a source record.
type windows struct{ from map[string][]int64 } // by topic/partition, one for each stretch

func newWindows(stretches []Stretch) windows {
	w := windows{map[string][]int64{}}
	for i, s := range stretches {
		for partition, offset := range s.From {
			for len(w.from[partition]) < i {
				w.from[partition] = append(w.from[partition], offset) // this partition was not there before
			}
			w.from[partition] = append(w.from[partition], offset)
		}
	}
	return w
}

// of gives the number of the last stretch that begins at or before the record, -1 for none.
func (w windows) of(at place) int {
	from := w.from[fmt.Sprintf("%s/%d", at.topic, at.partition)]
	for i := len(from) - 1; i >= 0; i-- {
		if from[i] <= at.offset {
			return i
		}
	}
	return -1
}
