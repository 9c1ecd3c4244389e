package replay

import (
	"cmp"
	"context"
	"slices"
	"time"

	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A Listing is what waits in a quarantine topic, by what stands in the clear.
type Listing struct {
	Topic   string
	Group   string
	Waiting []Waiting
	Entries []Entry // where they were asked for
	// Incomplete counts entries of which a part is missing and that no complete one of the same record stands in for;
	// Foreign counts records that have not the form of a part; SealedTwice further sealings of what waits or is done.
	Incomplete, Foreign, SealedTwice int
}

// Waiting is what waits of one route for one reason.
type Waiting struct {
	Route, Reason  string
	Count          int
	Oldest, Newest time.Time // when it was set aside
	Topics         []string  // of the source, in their order
}

// An Entry is one that waits.
type Entry struct {
	quarantine.Facts
	At       int   // partition of the quarantine topic
	AtOffset int64 // of its first part there
}

// List says what waits in a topic: what the group has not done. It needs no key. Entries asks for each entry as well.
func List(ctx context.Context, client *wire.Client, topic, group string, which Selection, entries bool, seen func(n int64)) (*Listing, error) {
	s, err := newSurvey(ctx, client, topic, group, false)
	if err != nil {
		return nil, err
	}
	r := newReader(client)
	if err := s.lookBack(ctx, r, seen); err != nil {
		return nil, err
	}
	l := &lister{survey: s, which: which, entries: entries, met: map[*source]*offsets{}, open: map[claim]*claimed{},
		waiting: map[[2]string]*Waiting{}, out: Listing{Topic: topic, Group: group}}
	for _, p := range s.parts {
		err := s.rest(ctx, r, p, func(rec *record.Record) error {
			if which.at(p.partition, rec.Offset) {
				l.record(p, rec)
			}
			seen(1)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return l.end(), nil
}

// A lister counts claims.
type lister struct {
	*survey
	which   Selection
	entries bool
	met     map[*source]*offsets // what was counted
	open    map[claim]*claimed   // entries of several parts, not all of which were met
	waiting map[[2]string]*Waiting
	out     Listing
}

// A claim is what the parts of one entry have in common in the clear.
type claim struct {
	source *source
	offset int64
	parts  int
}

type claimed struct {
	first Entry
	parts map[int]bool
}

func (l *lister) record(p *partition, rec *record.Record) {
	f, err := quarantine.Claimed(rec)
	if err != nil {
		if l.which.byOffsetOnly() {
			l.out.Foreign++
		}
		return
	}
	if !l.which.facts(&f) {
		return
	}
	e := Entry{Facts: f, At: p.partition, AtOffset: rec.Offset}
	if f.Parts == 1 {
		l.count(e)
		return
	}
	key := claim{l.of(&f), f.Offset, f.Parts}
	c := l.open[key]
	if c == nil {
		c = &claimed{first: e, parts: map[int]bool{}}
		l.open[key] = c
	}
	if c.parts[f.Part] = true; len(c.parts) == f.Parts {
		delete(l.open, key)
		l.count(c.first)
	}
}

// count takes a whole entry.
func (l *lister) count(e Entry) {
	src := l.of(&e.Facts)
	if l.isDone(src, e.Offset) || l.met[src] != nil && l.met[src].has(e.Offset) {
		l.out.SealedTwice++
		return
	}
	addTo(l.met, src, e.Offset)
	key := [2]string{e.Route, e.Reason}
	w := l.waiting[key]
	if w == nil {
		w = &Waiting{Route: e.Route, Reason: e.Reason, Oldest: e.Time, Newest: e.Time}
		l.waiting[key] = w
	}
	w.Count++
	if e.Time.Before(w.Oldest) {
		w.Oldest = e.Time
	}
	if e.Time.After(w.Newest) {
		w.Newest = e.Time
	}
	if i, found := slices.BinarySearch(w.Topics, e.Topic); !found {
		w.Topics = slices.Insert(w.Topics, i, e.Topic)
	}
	if l.entries {
		l.out.Entries = append(l.out.Entries, e)
	}
}

func (l *lister) end() *Listing {
	for key := range l.open {
		if !l.isDone(key.source, key.offset) && (l.met[key.source] == nil || !l.met[key.source].has(key.offset)) {
			l.out.Incomplete++
		}
	}
	for _, w := range l.waiting {
		l.out.Waiting = append(l.out.Waiting, *w)
	}
	slices.SortFunc(l.out.Waiting, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Reason, b.Reason))
	})
	return &l.out
}
