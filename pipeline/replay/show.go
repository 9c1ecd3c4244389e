package replay

import (
	"context"
	"errors"
	"fmt"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// ErrNotThere is returned where a place in the quarantine topic holds no record.
var ErrNotThere = errors.New("there is no record at that place")

// Open reads and opens the entry of which a part lies at that place.
func Open(ctx context.Context, client *wire.Client, opener quarantine.Opener, topic string, n int, offset int64) (*quarantine.Entry, error) {
	at := place{topic, n}
	counts, err := client.Partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= counts[topic] {
		return nil, fmt.Errorf("%s: %w: the topic has %d partitions", at, ErrNotThere, counts[topic])
	}
	start, err := client.StartOffset(ctx, topic, n, wire.Earliest)
	if err != nil {
		return nil, err
	}
	end, err := client.StartOffset(ctx, topic, n, wire.Latest)
	if err != nil {
		return nil, err
	}
	if offset < start || offset >= end {
		return nil, fmt.Errorf("%s: %w: offset %d, and the partition holds %d to %d", at, ErrNotThere, offset, start, end)
	}
	r := newReader(client)
	var first *quarantine.Part
	err = r.read(ctx, at, offset, offset+1, true, func(_ batch.Header, records []record.Record) (err error) {
		if len(records) == 0 {
			return nil
		}
		if _, err = quarantine.Claimed(&records[0]); err == nil {
			first, err = quarantine.Open(opener, &records[0])
		}
		return err
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s at offset %d: %w", at, offset, err)
	case first == nil:
		return nil, fmt.Errorf("%s: %w: offset %d", at, ErrNotThere, offset)
	}
	parts := []*quarantine.Part{first}
	if number, of := first.Number(); of > 1 {
		if parts, err = r.others(ctx, at, start, end, opener, first.ID(), first.Facts()); err != nil {
			return nil, err
		}
		if len(parts) < of {
			return nil, fmt.Errorf("%s at offset %d: part %d of %d, and only %d of them are there: a whole sealing of the same record may follow", at, offset, number, of, len(parts))
		}
	}
	return quarantine.Join(parts)
}

// others reads all parts of a sealing, which lie in one partition, each once.
func (r *reader) others(ctx context.Context, at place, start, end int64, opener quarantine.Opener, id string, f quarantine.Facts) (parts []*quarantine.Part, err error) {
	size, have := 0, map[int]bool{}
	err = r.read(ctx, at, start, end, true, func(_ batch.Header, records []record.Record) error {
		for i := range records {
			claims, err := quarantine.Claimed(&records[i])
			if claims.Part = f.Part; err != nil || claims != f {
				continue
			}
			part, err := quarantine.Open(opener, &records[i])
			if err != nil || part.ID() != id {
				continue
			}
			n, _ := part.Number()
			if have[n] {
				continue
			}
			have[n] = true
			if size += part.Size(); size > quarantine.MaxEntry {
				return fmt.Errorf("%s: an entry of more than %d MiB", at, quarantine.MaxEntry>>20)
			}
			parts = append(parts, part)
		}
		return nil
	})
	return parts, err
}
