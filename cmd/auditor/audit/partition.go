package audit

import (
	"bytes"
	"fmt"
	"slices"
)

// A written is a record of the source, and what is known of it.
type written struct {
	record *Record
	doc    document
	rank   int64 // among the records that belong in the sink; -1 for one that is set aside
}

// Partition compares a source partition with the sink's partition of the same number, both read committed, whole and in
// order.
func (a *Auditor) Partition(flow Flow, partition int32, source, sink []Record) {
	a.report.Committed += len(sink)
	from, rank := a.source(flow.Source, partition, source)
	where := func(r *Record) string { return fmt.Sprintf("%s/%d/%d", flow.Sink, r.Partition, r.Offset) }
	at := func(w *written) place { return place{flow.Source, partition, w.record.Offset} }

	numbers := make([]int64, 0, len(sink))
	first := map[int64]*Record{} // by rank, the first copy in the sink
	last := map[string]int64{}   // by the source's key, the highest rank so far
	for i := range sink {
		r := &sink[i]
		doc, err := a.spec.take(r.Value)
		w := from[doc.id]
		if err != nil || w == nil {
			a.leaks(place{}, where(r), r)
			a.found(Foreign, place{}, fmt.Sprintf("%s: id %q is not in %s/%d (%v)", where(r), doc.id, flow.Source, partition, err))
			continue
		}
		a.leaks(at(w), where(r), r)
		a.compare(at(w), where(r), w, r, &doc)
		if w.rank < 0 {
			a.found(Misplaced, at(w), fmt.Sprintf("%s: id %s is set aside or has to be, and is in the sink", where(r), doc.id))
			continue
		}
		numbers = append(numbers, w.rank)
		key := string(w.record.Key)
		if before := first[w.rank]; before != nil {
			a.found(Doubled, at(w), fmt.Sprintf("%s: id %s stands at %s already", where(r), doc.id, where(before)))
		} else {
			first[w.rank] = r
			if highest, ok := last[key]; ok && w.rank < highest {
				a.found(Reordered, at(w), fmt.Sprintf("%s: id %s stands behind %s, a later record of its key", where(r), doc.id, rank[highest].doc.id))
			}
			last[key] = max(last[key], w.rank)
			a.count(Delivered, at(w))
		}
	}
	a.order(numbers, rank, at)
}

// order counts what is lost, and judges the runs.
func (a *Auditor) order(numbers []int64, rank []*written, at func(*written) place) {
	s := Order(numbers, int64(len(rank)))
	for _, n := range s.Lost {
		a.found(Lost, at(rank[n]), fmt.Sprintf("id %s is neither in the sink nor in the quarantine", rank[n].doc.id))
	}
	for _, n := range s.Gaps {
		a.found(Unrun, at(rank[n]), fmt.Sprintf("id %s comes before records that precede it in the source", rank[n].doc.id))
	}
	for _, n := range s.Stale {
		a.found(Unrun, at(rank[n]), fmt.Sprintf("id %s follows a run that came late: the run's records, and later ones, stand further up", rank[n].doc.id))
	}
	// A run more than one that is no violation of its own is a re-delivery; it is counted where its first record is.
	wrong := map[int64]int{}
	for _, n := range append(slices.Clone(s.Gaps), s.Stale...) {
		wrong[n]++
	}
	previous := int64(-1)
	for _, n := range numbers {
		if n <= previous {
			a.count(Redelivered, at(rank[n]))
		}
		previous = n
	}
}

// source reads the source partition: its records by id, and those that belong in the sink in their order.
func (a *Auditor) source(topic string, partition int32, source []Record) (byID map[string]*written, rank []*written) {
	byID = make(map[string]*written, len(source))
	sequences := map[string]int64{}
	for i := range source {
		r := &source[i]
		at := place{topic, partition, r.Offset}
		a.count(Records, at)
		doc, err := a.spec.take(r.Value)
		if err != nil {
			a.found(Flawed, at, err.Error())
			continue
		}
		if byID[doc.id] != nil {
			a.found(Flawed, at, fmt.Sprintf("id %s is there twice: the loader, or its broker, doubled it", doc.id))
			continue
		}
		if next := sequences[string(r.Key)]; doc.sequence >= 0 && doc.sequence != next {
			a.found(Flawed, at, fmt.Sprintf("id %s is number %d of its key, want %d", doc.id, doc.sequence, next))
		}
		sequences[string(r.Key)] = doc.sequence + 1
		a.identifiersArePlanted(at, r, &doc)
		w := &written{record: r, doc: doc, rank: -1}
		byID[doc.id] = w
		if !a.setAside(at, w) {
			w.rank = int64(len(rank))
			rank = append(rank, w)
		}
	}
	return byID, rank
}

// setAside judges what the quarantine holds of a record, and says whether the record is not for the sink.
func (a *Auditor) setAside(at place, w *written) bool {
	copies := a.aside[at]
	incomplete := slices.ContainsFunc(a.spec.Required, func(path string) bool { return !w.doc.has(path) })
	if copies > 0 {
		a.count(Quarantined, at)
	}
	for range copies - 1 {
		a.found(Doubled, at, fmt.Sprintf("id %s is in the quarantine %d times", w.doc.id, copies))
	}
	switch {
	case incomplete && copies == 0:
		a.found(Lost, at, fmt.Sprintf("id %s has to be set aside, and is not in the quarantine", w.doc.id))
	case !incomplete && copies > 0:
		a.found(Misplaced, at, fmt.Sprintf("id %s is in the quarantine, and nothing is wrong with it", w.doc.id))
	}
	return incomplete || copies > 0
}

// identifiersArePlanted refuses a list of what is planted that does not cover the source: leaks would go unseen.
func (a *Auditor) identifiersArePlanted(at place, r *Record, doc *document) {
	ok := a.spec.Key == "" || r.Key == nil || a.planted.is(string(r.Key))
	for _, h := range r.Headers {
		ok = ok && (a.spec.Headers[h.Name] == "" || a.planted.is(string(h.Value)))
	}
	for _, m := range doc.members {
		ok = ok && a.planted.is(m.text)
	}
	if !ok {
		a.found(Flawed, at, fmt.Sprintf("id %s has an identifier that is not in the list of planted ones", doc.id))
	}
}

// compare demands that a record of the sink is the source's, but for what is replaced.
func (a *Auditor) compare(at place, where string, w *written, r *Record, doc *document) {
	altered := func(what string) { a.found(Altered, at, fmt.Sprintf("%s: id %s: %s", where, doc.id, what)) }
	if !slices.EqualFunc(w.doc.around, doc.around, bytes.Equal) {
		altered("the bytes around the replaced members differ")
		return
	}
	for i, m := range w.doc.members { // as many, as around is one longer
		if doc.members[i].path != m.path {
			altered("the replaced members stand elsewhere")
			return
		}
		a.pair(at, where, m.domain, m.text, doc.members[i].text)
	}
	switch {
	case (w.record.Key == nil) != (r.Key == nil):
		altered("a key is null, and the other is not")
	case a.spec.Key == "" && !bytes.Equal(w.record.Key, r.Key):
		altered("the key differs")
	case a.spec.Key != "" && r.Key != nil:
		a.pair(at, where, a.spec.Key, string(w.record.Key), string(r.Key))
	}
	if w.record.Timestamp != r.Timestamp {
		altered("the timestamp differs")
	}
	headers := r.Headers
	if a.spec.SourceHeader != "" {
		want := fmt.Sprintf("%s/%d/%d", at.topic, at.partition, at.offset)
		n := len(headers)
		if n == 0 || headers[n-1].Name != a.spec.SourceHeader || string(headers[n-1].Value) != want {
			altered("the last header does not name the source record")
			return
		}
		headers = headers[:n-1]
	}
	if len(headers) != len(w.record.Headers) {
		altered("the headers are not as many")
		return
	}
	for i, h := range w.record.Headers {
		domain := a.spec.Headers[h.Name]
		switch {
		case h.Name != headers[i].Name || (h.Value == nil) != (headers[i].Value == nil):
			altered("a header differs")
		case domain != "" && h.Value != nil:
			a.pair(at, where, domain, string(h.Value), string(headers[i].Value))
		case !bytes.Equal(h.Value, headers[i].Value):
			altered("a header differs")
		}
	}
}

// pair demands that an identifier has one token, and a token one identifier.
func (a *Auditor) pair(at place, where, name, identifier, token string) {
	if name == Anything {
		return
	}
	d := a.tokens[name]
	if d == nil {
		d = &domain{map[string]string{}, map[string]string{}}
		a.tokens[name] = d
	}
	tokenBefore, known := d.tokenOf[identifier]
	identifierBefore, used := d.identifierOf[token]
	switch {
	case known && tokenBefore != token:
		a.found(Torn, at, fmt.Sprintf("%s: an identifier of %s has another token than before", where, name))
	case used && identifierBefore != identifier:
		a.found(Torn, at, fmt.Sprintf("%s: a token of %s stood for another identifier before", where, name))
	case !known:
		d.tokenOf[identifier], d.identifierOf[token] = token, identifier
	}
}
