package replay

import (
	"time"

	"voile/pipeline/quarantine"
)

// A Selection says which entries are meant. Its zero value means all.
type Selection struct {
	Routes  []string // any of them; none: all
	Reasons []string // any of them; none: all
	// Since and Until bound the time at which a record was set aside: Since belongs to it, Until does not. Zero: no bound.
	Since, Until time.Time
	// Offsets are those of the quarantine topic; none: all.
	Offsets []Range
}

// A Range is offsets of the quarantine topic, first and last included.
type Range struct {
	Partition   int // -1: all
	First, Last int64
}

// byOffsetOnly says that it does not matter what an entry says of itself.
func (s *Selection) byOffsetOnly() bool {
	return len(s.Routes)+len(s.Reasons) == 0 && s.Since.IsZero() && s.Until.IsZero()
}

// at says whether an offset of the quarantine topic is meant.
func (s *Selection) at(partition int, offset int64) bool {
	for _, r := range s.Offsets {
		if (r.Partition == partition || r.Partition < 0) && r.First <= offset && offset <= r.Last {
			return true
		}
	}
	return len(s.Offsets) == 0
}

// facts says whether an entry of these facts is meant.
func (s *Selection) facts(f *quarantine.Facts) bool {
	return among(s.Routes, f.Route) && among(s.Reasons, f.Reason) &&
		(s.Since.IsZero() || !f.Time.Before(s.Since)) && (s.Until.IsZero() || f.Time.Before(s.Until))
}

func among(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return len(names) == 0
}
