package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// sending is the state of a partition's third stage: it writes loads, one batch after the other, and returns once the
// brokers have acknowledged all of them.
type sending struct {
	p       *partition
	ctx     context.Context
	out     outlet
	sealed  *quarantine.Writer
	sink    sinkEnds
	refusal transform.Reason // why the broker refused the record that passed the quarantine limit
}

// load writes everything of l: the sink's records, and what was set aside, also what the broker refused just now.
func (s *sending) load(l *load) error {
	s.sink.begin()
	if len(l.aside) > 0 {
		s.sink.ask(s, len(l.lanes))
	}
	for i := range l.lanes {
		if err := s.lane(l, i); err != nil {
			return fmt.Errorf("cannot write to %s/%d: %w", s.p.route.cfg.To, s.partitionOf(i), err)
		}
	}
	for i := range l.aside {
		l.aside[i].Sink, l.aside[i].Before = s.p.route.cfg.To, s.sink.before(s, l.marks[i*len(l.lanes):(i+1)*len(l.lanes)])
	}
	// What the broker refused came last. A replay takes the records of a key in the order in which they lie in the quarantine.
	slices.SortStableFunc(l.aside, func(a, b quarantine.Entry) int { return cmp.Compare(a.Offset, b.Offset) })
	if err := s.quarantine(l.aside); err != nil {
		return fmt.Errorf("cannot write to the quarantine topic %s: %w", s.p.route.cfg.QuarantineTopic, err)
	}
	return nil
}

// partitionOf is the partition of the sink that a lane leads to.
func (s *sending) partitionOf(lane int) int {
	if s.p.route.byKey {
		return lane
	}
	return s.p.id
}

// lane writes a lane to its partition of the sink.
func (s *sending) lane(l *load, lane int) error {
	ln := &l.lanes[lane]
	if ln.batch.Count() == 0 {
		return nil
	}
	offset, err := s.send(s.p.route.cfg.To, s.partitionOf(lane), ln.batch.Count(), l.codec,
		func(e *batch.Encoder, p batch.Params) ([]byte, error) { return e.Seal(&ln.batch, p) })
	if _, one := refusal(err); !one {
		if err == nil {
			s.sink.wrote(s.partitionOf(lane), 0, ln.batch.Count(), offset)
		}
		return err
	}
	var refused batch.Batch
	if broken := ln.batch.Records(&refused); broken != nil {
		return s.p.stopped(s.p.next.Load(), "a batch that the broker refuses cannot be read again", reportBug, broken)
	}
	return s.refused(l, lane, refused.Records, 0, err)
}

// refused deals with records of a lane, from its record first on, that the broker refuses as one batch. They are halved
// until the one record that it means is found; its source is set aside.
func (s *sending) refused(l *load, lane int, records []record.Record, first int, cause error) error {
	if len(records) == 1 {
		reason, _ := refusal(cause)
		l.passed--
		l.setAsideAt(lane, first, s.p.entry(l.lanes[lane].sources[first], reason, ""))
		if s.p.window.refuse() {
			s.refusal = reason
		}
		return nil
	}
	half := len(records) / 2
	if err := s.part(l, lane, records[:half], first); err != nil {
		return err
	}
	return s.part(l, lane, records[half:], first+half)
}

// part writes some records of a lane, from its record first on.
func (s *sending) part(l *load, lane int, records []record.Record, first int) error {
	offset, err := s.records(s.p.route.cfg.To, s.partitionOf(lane), records, l.codec)
	if _, one := refusal(err); one {
		return s.refused(l, lane, records, first, err)
	}
	if err == nil {
		s.sink.wrote(s.partitionOf(lane), first, first+len(records), offset)
	}
	return err
}

// refusal says whether the broker refuses some record of a batch for what it is, and the reason to set that one aside.
func refusal(err error) (transform.Reason, bool) {
	switch wire.ClassOf(err) {
	case wire.ClassTooLarge:
		return transform.ReasonTooLarge, true
	case wire.ClassRefused:
		return transform.ReasonRefused, true
	}
	return "", false
}

// records writes one batch of records as send does.
func (s *sending) records(topic string, to int, records []record.Record, codec batch.Codec) (offset int64, err error) {
	buf := s.p.route.memory.encoded.take()
	defer func() {
		if cap(buf) <= maxIdle {
			s.p.route.memory.encoded.put(buf)
		}
	}()
	return s.send(topic, to, len(records), codec, func(e *batch.Encoder, p batch.Params) ([]byte, error) {
		buf, err = e.Encode(buf[:0], records, p)
		return buf, err
	})
}

// send writes one batch of count records and waits for its acknowledgement. It gives the offset of the first record, -1 if
// that is not known.
func (s *sending) send(topic string, to, count int, codec batch.Codec, encode func(*batch.Encoder, batch.Params) ([]byte, error)) (offset int64, err error) {
	var (
		broken error
		bytes  int
	)
	offset, err = s.out.Produce(s.ctx, topic, to, count, func(id int64, epoch int16, sequence int32) ([]byte, error) {
		encoder := s.p.route.memory.encoders.take()
		defer s.p.route.memory.encoders.put(encoder)
		var raw []byte
		raw, broken = encode(encoder, batch.Params{Codec: codec, ProducerID: id, ProducerEpoch: epoch, BaseSequence: sequence, Transactional: s.p.route.exactlyOnce})
		bytes = len(raw)
		return raw, broken
	})
	if broken != nil {
		return 0, s.p.stopped(s.p.next.Load(), "a batch for "+topic+" cannot be encoded", reportBug, broken)
	}
	if err == nil {
		s.p.route.metrics.recordsOut.Observe(float64(count))
		s.p.route.metrics.bytesOut.Observe(float64(bytes))
	}
	return offset, err
}

const reportBug = "this is a bug of voile: please report it with this message"

// minPart is the smallest sealed value that is tried before the quarantine topic is called too narrow.
const minPart = 8 << 10

// quarantine seals entries and writes them, in their order. Entries of one part share batches.
func (s *sending) quarantine(entries []quarantine.Entry) error {
	var (
		pending []record.Record
		owners  []*quarantine.Entry
		size    int
	)
	for i := range entries {
		parts, err := s.cut(&entries[i])
		if err != nil {
			return err
		}
		if len(parts) > 1 {
			if err := s.single(pending, owners); err != nil {
				return err
			}
			pending, owners, size = pending[:0], owners[:0], 0
			if err := s.whole(&entries[i], parts); err != nil {
				return err
			}
			continue
		}
		if n := batch.SizeOf(&parts[0]); size+n > batch.Joined {
			if err := s.single(pending, owners); err != nil {
				return err
			}
			pending, owners, size = pending[:0], owners[:0], 0
		}
		pending, owners = append(pending, parts[0]), append(owners, &entries[i])
		size += batch.SizeOf(&parts[0])
	}
	return s.single(pending, owners)
}

// single writes entries of one part each. One that is too large for the topic is sealed again, in parts.
func (s *sending) single(parts []record.Record, owners []*quarantine.Entry) error {
	if len(parts) == 0 {
		return nil
	}
	err := s.seal(parts)
	if err == nil || wire.ClassOf(err) != wire.ClassTooLarge {
		return err
	}
	if half := len(parts) / 2; half > 0 {
		if err := s.single(parts[:half], owners[:half]); err != nil {
			return err
		}
		return s.single(parts[half:], owners[half:])
	}
	return s.smaller(owners[0], err)
}

// whole writes the parts of one entry, each in a batch of its own.
func (s *sending) whole(e *quarantine.Entry, parts []record.Record) error {
	for i := range parts {
		err := s.seal(parts[i : i+1])
		if wire.ClassOf(err) == wire.ClassTooLarge {
			return s.smaller(e, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// smaller seals an entry again, in parts of half the size. Parts of the sealing before that are written already stay
// behind as an incomplete entry, which readers pass over; as the topic's limit is known from then on, that happens a
// few times in the life of a process.
func (s *sending) smaller(e *quarantine.Entry, cause error) error {
	if s.p.partSize <= minPart {
		return s.p.stopped(e.Offset, fmt.Sprintf("the quarantine topic %s takes no part of %d bytes", s.p.route.cfg.QuarantineTopic, minPart),
			"raise its max.message.bytes, then restart voile", cause)
	}
	s.p.partSize = max(s.p.partSize/2, minPart)
	parts, err := s.cut(e)
	if err != nil {
		return err
	}
	return s.whole(e, parts)
}

// cut seals an entry in parts of the size that the topic takes. What fails here fails again: the partition stops.
func (s *sending) cut(e *quarantine.Entry) ([]record.Record, error) {
	parts, err := s.sealed.Seal(e, s.p.partSize)
	if err != nil {
		return nil, s.p.stopped(e.Offset, "a record cannot be sealed", reportBug, err)
	}
	return parts, nil
}

func (s *sending) seal(parts []record.Record) error {
	_, err := s.records(s.p.route.cfg.QuarantineTopic, s.p.id%s.p.route.quarantinePartitions, parts, batch.None)
	return err
}
