package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A reader reads partitions from one offset to another, one at a time: it keeps its buffers, so each MUST NOT read with the
// same reader.
type reader struct {
	client  *wire.Client
	decoder *batch.Decoder
	aborted batch.AbortedFilter
	batch   batch.Batch
	buf     []byte
	busy    bool
}

func newReader(client *wire.Client) *reader {
	return &reader{client: client, decoder: batch.NewDecoder(quarantine.MaxEntry)}
}

const (
	fetchBytes = 1 << 20
	fetchWait  = 500 * time.Millisecond
)

// A place is a partition of a topic.
type place struct {
	topic     string
	partition int
}

func (p place) String() string { return fmt.Sprintf("%s/%d", p.topic, p.partition) }

// read gives each batch's header and those of its records that lie in from to end, in order. Committed leaves out the
// records of aborted transactions; then, and of control batches, only the header is given. What is deleted meanwhile is
// passed over. The records are valid until each returns.
func (r *reader) read(ctx context.Context, at place, from, end int64, committed bool,
	each func(h batch.Header, records []record.Record) error) error {
	if r.busy { // what each is looking at would be overwritten, and taken for done
		return errors.New("a reader is asked to read while it reads: this is a bug of voile: please report it")
	}
	r.busy = true
	defer func() { r.busy = false }()
	for from < end {
		res, err := r.client.Fetch(ctx, wire.FetchRequest{Topic: at.topic, Partition: at.partition, Offset: from,
			MaxBytes: fetchBytes, MaxWait: fetchWait, ReadCommitted: committed}, r.buf)
		r.buf = res.Buffer
		if wire.ClassOf(err) == wire.ClassOutOfRange && res.LogStartOffset > from {
			from = res.LogStartOffset
			continue
		}
		if err != nil {
			return err
		}
		r.aborted.Start(res.Aborted)
		for set := res.Records; ; {
			raw, rest, ok, err := batch.Next(set)
			if err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
			if !ok || from >= end {
				break
			}
			h, err := r.one(raw, from, end, committed, each)
			if err != nil {
				return err
			}
			from, set = max(from, h.NextOffset()), rest
		}
	}
	return nil
}

// one decodes one batch.
func (r *reader) one(raw []byte, from, end int64, committed bool,
	each func(h batch.Header, records []record.Record) error) (batch.Header, error) {
	h, err := batch.ParseHeader(raw)
	if err != nil {
		return h, err
	}
	data := !h.Control
	if committed {
		if data, err = r.aborted.Data(raw, h); err != nil {
			return h, err
		}
	}
	var records []record.Record
	if data && h.NextOffset() > from {
		if err := r.decoder.Decode(raw, &r.batch); err != nil {
			return h, err
		}
		records = r.batch.Records
	}
	for len(records) > 0 && records[0].Offset < from {
		records = records[1:]
	}
	for len(records) > 0 && records[len(records)-1].Offset >= end {
		records = records[:len(records)-1]
	}
	return h, each(h, records)
}
