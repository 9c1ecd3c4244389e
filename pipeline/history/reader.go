// Package history reads what lies in partitions: from one offset to another, without a consumer group, and without a trace.
//
// Before: the offsets are of the partition, whatever retention has deleted since. During: batches are decoded one at a time, in
// bounded memory. After: each batch's header and its records in the stretch were given, in order, and nothing was committed.
package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"voile/pipeline/batch"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A Reader reads partitions from one offset to another, one at a time: it keeps its buffers, so each MUST NOT read with the
// same Reader.
type Reader struct {
	client  *wire.Client
	decoder *batch.Decoder
	aborted batch.AbortedFilter
	batch   batch.Batch
	buf     []byte
	busy    bool
}

// New makes a Reader that refuses a compressed batch whose records take more than maxBatch bytes.
func New(client *wire.Client, maxBatch int) *Reader {
	return &Reader{client: client, decoder: batch.NewDecoder(maxBatch)}
}

const (
	fetchBytes = 1 << 20
	fetchWait  = 500 * time.Millisecond
)

// Read gives each batch's header and those of its records that lie in from to end, in order. Committed leaves out the
// records of aborted transactions; then, and of control batches, only the header is given. What is deleted meanwhile is
// passed over. The records are valid until each returns.
func (r *Reader) Read(ctx context.Context, topic string, partition int, from, end int64, committed bool,
	each func(h batch.Header, records []record.Record) error) error {
	if r.busy { // what each is looking at would be overwritten, and taken for done
		return errors.New("a reader is asked to read while it reads: this is a bug of voile: please report it")
	}
	r.busy = true
	defer func() { r.busy = false }()
	for from < end {
		res, err := r.client.Fetch(ctx, wire.FetchRequest{Topic: topic, Partition: partition, Offset: from,
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
				return fmt.Errorf("%s/%d: %w", topic, partition, err)
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
func (r *Reader) one(raw []byte, from, end int64, committed bool,
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
