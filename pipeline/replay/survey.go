package replay

import (
	"context"
	"fmt"
	"time"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A survey is a quarantine topic as it was when a command began, and what of it is done.
type survey struct {
	client *wire.Client
	topic  string
	group  string
	parts  []*partition

	sources map[source]*source // one of each, so that they are told apart by their address
	done    map[*source]*offsets
}

// A partition is one of the quarantine topic.
type partition struct {
	place
	start, end int64 // what can be read: from the first record that is left to the last stable offset
	known      bool  // the group has committed some progress
	progress   *progress
	origin     []origin // of what is done, in the order of its offsets
}

// A source is a partition of a source topic, as a route reads it.
type source struct {
	route, topic string
	partition    int32
}

// An origin says that the record at offset was made of that one of the source.
type origin struct {
	offset       int64
	source       *source
	sourceOffset int64
}

// newSurvey asks how far the topic goes and what the group has done of it.
// Binding is for who goes on from there; else it does not wait for a transaction that is open.
func newSurvey(ctx context.Context, client *wire.Client, topic, group string, binding bool) (*survey, error) {
	s := &survey{client: client, topic: topic, group: group, sources: map[source]*source{}, done: map[*source]*offsets{}}
	counts, err := client.Partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	all := make([]int, counts[topic])
	for n := range all {
		all[n] = n
	}
	committed, err := client.CommittedOf(ctx, group, map[string][]int{topic: all}, binding)
	if err != nil {
		return nil, err
	}
	for n := range all {
		p, c := &partition{place: place{topic, n}}, committed[topic][n]
		if p.start, err = client.StartOffset(ctx, topic, n, wire.Earliest); err != nil {
			return nil, err
		}
		if p.end, err = client.StartOffset(ctx, topic, n, wire.Latest); err != nil {
			return nil, err
		}
		if p.progress, err = parseProgress(c.Next, c.Metadata); err != nil {
			return nil, fmt.Errorf("group %s, %s: %w: name another --group", group, p.place, err)
		}
		if p.progress.next > p.end {
			return nil, fmt.Errorf("group %s has done %s up to offset %d, and the partition ends at %d: the topic was made anew; delete the group (kafka-consumer-groups --delete) or name another --group",
				group, p.place, p.progress.next, p.end)
		}
		p.progress.done(0, p.start) // nobody can do it any more
		p.known = c.Next >= 0
		s.parts = append(s.parts, p)
	}
	return s, nil
}

// of gives the one source of that name.
func (s *survey) of(f *quarantine.Facts) *source {
	key := source{f.Route, f.Topic, f.Partition}
	if s.sources[key] == nil {
		s.sources[key] = &key
	}
	return s.sources[key]
}

// isDone says whether a record of a source was taken to its sink, whichever of its sealings it was.
func (s *survey) isDone(src *source, offset int64) bool {
	return s.done[src] != nil && s.done[src].has(offset)
}

func (s *survey) setDone(src *source, offset int64) { addTo(s.done, src, offset) }

func addTo(m map[*source]*offsets, src *source, offset int64) {
	if m[src] == nil {
		m[src] = &offsets{}
	}
	m[src].add(offset, offset+1)
}

// remembered is less than for how long brokers keep the offsets of a group (offsets.retention.minutes, 7 days by default).
const remembered = 6 * 24 * time.Hour

// mayBeForgotten finds a partition of which the group has no progress and which holds records for so long that a replay
// of it may be forgotten. The first record of a partition is the oldest.
func (s *survey) mayBeForgotten(ctx context.Context, r *reader, now time.Time) error {
	for _, p := range s.parts {
		if p.known {
			continue
		}
		err := r.read(ctx, p.place, p.start, min(p.start+1, p.end), true, func(_ batch.Header, records []record.Record) error {
			for i := range records {
				if age := now.Sub(time.UnixMilli(records[i].Timestamp)); age > remembered {
					return fmt.Errorf("group %s has no progress in %s, which holds records of %d days: if they were replayed before, the brokers have forgotten it (offsets.retention.minutes), and they would be written twice; if they never were, say --never-replayed",
						s.group, p.place, int(age.Hours()/24))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lookBack reads which records of the sources are done. The headers suffice: what is done was opened when it was.
func (s *survey) lookBack(ctx context.Context, r *reader, seen func(n int64)) error {
	for _, p := range s.parts {
		end := p.progress.next
		if above := p.progress.above.spans; len(above) > 0 {
			end = above[len(above)-1].end
		}
		err := r.read(ctx, p.place, p.start, min(end, p.end), true, func(_ batch.Header, records []record.Record) error {
			for i := range records {
				f, err := quarantine.Claimed(&records[i])
				if err != nil || !p.progress.isDone(records[i].Offset) {
					continue
				}
				src := s.of(&f)
				s.setDone(src, f.Offset)
				p.origin = append(p.origin, origin{records[i].Offset, src, f.Offset})
			}
			seen(int64(len(records)))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rest reads what of a partition is not done, and notes offsets that hold nothing as done.
func (s *survey) rest(ctx context.Context, r *reader, p *partition, each func(rec *record.Record) error) error {
	at := p.progress.next
	err := r.read(ctx, p.place, at, p.end, true, func(h batch.Header, records []record.Record) error {
		for i := range records {
			rec := &records[i]
			p.progress.done(at, rec.Offset)
			if at = rec.Offset + 1; p.progress.isDone(rec.Offset) {
				continue
			}
			if err := each(rec); err != nil {
				return err
			}
		}
		p.progress.done(at, min(h.NextOffset(), p.end))
		at = max(at, min(h.NextOffset(), p.end))
		return nil
	})
	if err == nil {
		p.progress.done(at, p.end)
	}
	return err
}
