package replay

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// On a compacted sink the last record of a key is the one that counts. A record that comes out of the quarantine late must
// not become it where a newer one of its key has been written since, or its deletion: it would bring back what was
// replaced, or an erased person. So each partition of such a sink is read once, before anything is written, from where the
// first wanted record would have stood; and before a transaction is committed what was written to it in the meantime. A
// record that is written behind ours supersedes it, as it should. So between the reading and the commit nothing is open.
//
// "Since" is a place, not a time: the proxy sealed where in the sink the record would have stood (ADR 6). All that lies
// there or behind it counts as newer, be it of an open or an aborted transaction: in doubt a record stays in the
// quarantine. Where the place is not known, the timestamps decide; equal is newer.
//
// A deletion is itself deleted, delete.retention.ms after it was written at the earliest. What was sealed longer ago than
// that cannot be told from an erased person's, whatever the sink shows: it is too old.

// A guard is what is known of one partition of a compacted sink.
type guard struct {
	place
	from    int64 // where to begin to read
	start   int64 // of the partition
	began   int64 // its end when the replay began
	scanned int64 // the next offset to read
	keys    map[keyHash]*seen
}

// A keyHash stands for a key: half of its SHA-256. Two keys with one would be taken for one another, to the safe side.
type keyHash [16]byte

func hashOf(key []byte) (h keyHash) {
	sum := sha256.Sum256(key)
	copy(h[:], sum[:])
	return h
}

// seen is what lies in the sink of one key.
type seen struct {
	last   int64 // the last offset; -1 none
	newest int64 // the latest timestamp
	ours   []ours
	mine   []origin // what this replay wrote: the last of each source partition
}

// ours is a record that an earlier replay wrote: it is as old as where it came from.
type ours struct {
	at int64
	origin
}

// maxKeys bounds the keys that are looked for in one run, and so the memory for them.
const maxKeys = 1 << 20

var errKeys = fmt.Errorf("more than %d records are to be held against compacted sinks at once: replay them one after the other, by --offsets or --since and --until", maxKeys)

// A looker collects the keys that are to be looked for. It is the visitor of the first of two walks.
type looker struct {
	*replay
	at *partition
}

func (l *looker) wants(ctx context.Context, claims *quarantine.Facts) (bool, error) {
	k, err := l.sink(ctx, claims.Route)
	return k != nil && k.guarded, err
}

func (l *looker) stays(Outcome)                  {}
func (l *looker) pieces(*source, int64, []int64) {}

func (l *looker) entry(ctx context.Context, f *found) error {
	k, err := l.sink(ctx, f.Route)
	if err != nil || l.isDone(f.source, f.Offset) {
		return err
	}
	if l.looked[f.source] != nil && l.looked[f.source].has(f.Offset) {
		// A proxy that crashed wrote the record's predecessors again before it sealed it again: the last place counts.
		l.resealed[sealedAt{f.source, f.Offset}] = facts{f.Sink, f.Before, f.Time}
	}
	addTo(l.looked, f.source, f.Offset)
	l.arena.Reset()
	records, _ := l.transform(k, f, &l.arena, l.at.place)
	for i := range records {
		if err := l.want(ctx, &records[i], f); err != nil {
			return err
		}
	}
	return nil
}

// want notes that a record's key is to be looked for.
func (r *replay) want(ctx context.Context, b *bound, f *found) error {
	for _, n := range b.names {
		g := r.guards[n.at]
		if g == nil {
			g = &guard{place: n.at, from: math.MaxInt64, keys: map[keyHash]*seen{}}
			var err error
			if g.start, err = r.client.StartOffset(ctx, n.at.topic, n.at.partition, wire.Earliest); err != nil {
				return err
			}
			r.guards[n.at] = g
		}
		from := g.start
		if at, ok := placeIn(n.at, f.Sink, f.Before); ok {
			from = max(from, at)
		}
		g.from = min(g.from, from)
		if g.keys[n.key] == nil {
			if r.wanted++; r.wanted > maxKeys {
				return errKeys
			}
			g.keys[n.key] = &seen{last: -1, newest: math.MinInt64}
		}
	}
	return nil
}

// placeIn gives where an entry would have stood in a partition of the sink.
func placeIn(to place, sink string, before []quarantine.SinkOffset) (offset int64, ok bool) {
	for _, b := range before {
		if int(b.Partition) == to.partition && sink == to.topic {
			return b.Offset, true
		}
	}
	return 0, false
}

// lookUp reads the sinks, once each.
func (r *replay) lookUp(ctx context.Context) error {
	for _, g := range r.guards {
		end, err := r.client.EndOffset(ctx, g.topic, g.partition)
		if err != nil {
			return err
		}
		g.began, g.scanned = end, min(g.from, end)
		if err := r.scan(ctx, g, end); err != nil {
			return err
		}
	}
	return nil
}

// scan reads a partition of a sink on to end.
func (r *replay) scan(ctx context.Context, g *guard, end int64) error {
	err := r.inSinks.read(ctx, g.place, g.scanned, end, false, func(h batch.Header, records []record.Record) error {
		r.seen(int64(len(records)))
		if h.Control || r.tx != nil && g.began <= h.BaseOffset && h.ProducerID == r.tx.ProducerID() {
			return nil // of this very replay, which keeps its own order
		}
		for i := range records {
			if s := g.keys[hashOf(records[i].Key)]; s != nil && records[i].Key != nil {
				r.note(s, &h, &records[i])
			}
		}
		return nil
	})
	g.scanned = max(g.scanned, end)
	return err
}

// note takes a record of the sink that has a key which is looked for.
func (r *replay) note(s *seen, h *batch.Header, rec *record.Record) {
	// A source's record may have the header as well; it has not the producer id. A dry run does not know that.
	if h.Transactional && (r.tx == nil || h.ProducerID == r.tx.ProducerID()) {
		at, _ := replayedAt(rec)
		switch o, what := r.originOf(at); what {
		case committed:
			s.ours = append(s.ours, ours{rec.Offset, o})
			return
		case aborted:
			return
		}
	}
	s.last, s.newest = rec.Offset, max(s.newest, rec.Timestamp)
}

// A quarantined is a place of one record in the quarantine.
type quarantined struct {
	place
	offset int64
}

// replayedAt reads the header of a record that a replay wrote.
func replayedAt(rec *record.Record) (at quarantined, ok bool) {
	if len(rec.Headers) == 0 {
		return at, false
	}
	last := rec.Headers[len(rec.Headers)-1]
	if !bytes.Equal(last.Name, []byte(HeaderReplayed)) {
		return at, false
	}
	rest, offset, _ := cutLast(string(last.Value))
	topic, partition, ok := cutLast(rest)
	n, err1 := strconv.Atoi(partition)
	o, err2 := strconv.ParseInt(offset, 10, 64)
	return quarantined{place{topic, n}, o}, ok && errors.Join(err1, err2) == nil
}

// cutLast cuts at the last slash; a topic's name has none.
func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return "", "", false
	}
	return text[:i], text[i+1:], true
}

// What became of a transaction of an earlier replay.
type ending int

const (
	unknown   ending = iota // it was of another topic, or its entry is no longer there
	aborted                 // its entry is not done
	committed               // its entry is done
)

// originOf says of which record of the source an entry was made that an earlier replay wrote to a sink.
func (r *replay) originOf(at quarantined) (origin, ending) {
	if at.topic != r.topic || at.partition < 0 || at.partition >= len(r.parts) {
		return origin{}, unknown
	}
	p := r.parts[at.partition]
	switch {
	case at.offset < p.start || at.offset >= p.end:
		return origin{}, unknown
	case !p.progress.isDone(at.offset):
		return origin{}, aborted
	}
	i := sort.Search(len(p.origin), func(i int) bool { return p.origin[i].offset >= at.offset })
	if i == len(p.origin) || p.origin[i].offset != at.offset {
		return origin{}, unknown
	}
	return p.origin[i], committed
}

// A sealedAt names a record by its place in the source, facts are what counts of its last sealing.
type sealedAt struct {
	source *source
	offset int64
}

type facts struct {
	sink   string
	before []quarantine.SinkOffset
	sealed time.Time
}

// judge says whether a record would bring something old back: Stale, TooOld, or "" not.
func (r *replay) judge(k *sink, it *item, b *bound) (o Outcome) {
	fact := facts{it.Sink, it.Before, it.Time}
	if again, ok := r.resealed[sealedAt{it.source, it.Offset}]; ok {
		fact = again
	}
	for _, n := range b.names {
		switch r.judgeName(k, it, b, n, &fact) {
		case Stale:
			return Stale
		case TooOld:
			o = TooOld
		}
	}
	return o
}

// judgeName is judge by one name of the record's key.
func (r *replay) judgeName(k *sink, it *item, b *bound, n name, fact *facts) Outcome {
	g := r.guards[n.at]
	if g == nil || g.keys[n.key] == nil { // it was not met in the first walk: no rather than a guess
		return TooOld
	}
	at, known := placeIn(n.at, fact.sink, fact.before)
	known = known && at <= g.began // else the topic was made anew
	if g.keys[n.key].newerThan(it, b, at, known) {
		return Stale
	}
	if known && at < g.start || r.now().Sub(fact.sealed) > k.keeps-margin(k.keeps) {
		return TooOld
	}
	return ""
}

// margin is what clocks may differ by.
func margin(keeps time.Duration) time.Duration { return min(time.Hour, keeps/10) }

// newerThan says whether the sink has something that counts as newer: at or behind the place where the record would have
// stood, or where that is not known, with a timestamp that is not older.
func (s *seen) newerThan(it *item, b *bound, at int64, known bool) bool {
	if known && s.last >= at || !known && s.last >= 0 && s.newest >= b.Timestamp {
		return true
	}
	for _, o := range s.ours {
		older := o.source == it.source && o.sourceOffset < it.Offset
		if !older && (!known || o.at >= at) {
			return true
		}
	}
	for _, o := range s.mine {
		if o.source == it.source && o.sourceOffset > it.Offset {
			return true
		}
	}
	return false
}

// wrote notes what this replay has committed. It keeps the order of a source partition also where the quarantine does not.
func (r *replay) wrote(it *item) {
	for i := range it.records {
		for _, n := range it.records[i].names[:min(1, len(it.records[i].names))] { // today's
			if g := r.guards[n.at]; g != nil && g.keys[n.key] != nil {
				g.keys[n.key].wrote(origin{source: it.source, sourceOffset: it.Offset})
			}
		}
	}
}

func (s *seen) wrote(o origin) {
	for i := range s.mine {
		if s.mine[i].source == o.source {
			s.mine[i].sourceOffset = max(s.mine[i].sourceOffset, o.sourceOffset)
			return
		}
	}
	s.mine = append(s.mine, o)
}
