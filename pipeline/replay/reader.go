package replay

import (
	"context"
	"fmt"

	"voile/pipeline/batch"
	"voile/pipeline/history"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A reader reads places, as history.Reader does.
type reader struct{ of *history.Reader }

func newReader(client *wire.Client) *reader {
	return &reader{history.New(client, quarantine.MaxEntry)}
}

// A place is a partition of a topic.
type place struct {
	topic     string
	partition int
}

func (p place) String() string { return fmt.Sprintf("%s/%d", p.topic, p.partition) }

func (r *reader) read(ctx context.Context, at place, from, end int64, committed bool,
	each func(h batch.Header, records []record.Record) error) error {
	return r.of.Read(ctx, at.topic, at.partition, from, end, committed, each)
}
