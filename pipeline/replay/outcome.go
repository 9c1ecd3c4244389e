package replay

import (
	"cmp"
	"maps"
	"slices"
)

// An Outcome is what became of an entry, or of a record that is none.
type Outcome string

// The outcomes.
const (
	Replayed     Outcome = "replayed"         // it is in the sink
	Dropped      Outcome = "dropped_by_rules" // today's rules pass nothing on
	SealedTwice  Outcome = "sealed_twice"     // done, because another sealing of the same record is
	Stale        Outcome = "stale"            // the compacted sink has something newer of its key
	TooOld       Outcome = "too_old"          // whether it has cannot be told any more
	Fails        Outcome = "still_fails"      // it cannot be transformed today either, or the broker refuses it
	Unopened     Outcome = "does_not_open"    // changed, or sealed for another keyset
	Foreign      Outcome = "foreign"          // not in the form of a part
	Incomplete   Outcome = "incomplete"       // a part is missing
	UnknownRoute Outcome = "unknown_route"    // the configuration has no route of that name
)

// outcomes are all, in the order in which they are shown.
var outcomes = [...]Outcome{Replayed, Dropped, SealedTwice, Stale, TooOld, Fails, Unopened, Foreign, Incomplete, UnknownRoute}

// Done says whether the entry has left the quarantine.
func (o Outcome) Done() bool { return o == Replayed || o == Dropped || o == SealedTwice }

// A Count is how many entries of a route, set aside for a reason, had an outcome. Route and Reason are what was sealed;
// they are empty where nothing could be opened.
type Count struct {
	Outcome       Outcome
	Route, Reason string
	// Now is why an entry still fails: a reason of package transform, or NoPartition; else empty.
	Now     string
	Entries int
}

// NoPartition is why an entry fails whose sink has not the partition that `partition: source` wants.
const NoPartition = "no_partition"

// A Result is what a replay has done.
type Result struct {
	Topic, Group string
	DryRun       bool
	Records      int // that were written to sinks
	Counts       []Count
}

// Of adds up an outcome.
func (r *Result) Of(o Outcome) (entries int) {
	for _, c := range r.Counts {
		if c.Outcome == o {
			entries += c.Entries
		}
	}
	return entries
}

// Stayed is how many of what was selected is still in the quarantine.
func (r *Result) Stayed() (entries int) {
	for _, c := range r.Counts {
		if !c.Outcome.Done() {
			entries += c.Entries
		}
	}
	return entries
}

// A tally counts; by a Count without its number.
type tally map[Count]int

func (t tally) add(o Outcome, route, reason, now string, n int) {
	if n > 0 {
		t[Count{Outcome: o, Route: route, Reason: reason, Now: now}] += n
	}
}

// counts gives them in a fixed order.
func (t tally) counts() []Count {
	out := make([]Count, 0, len(t))
	for c, n := range maps.All(t) {
		c.Entries = n
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(slices.Index(outcomes[:], a.Outcome), slices.Index(outcomes[:], b.Outcome)),
			cmp.Compare(a.Route, b.Route), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Now, b.Now))
	})
	return out
}
