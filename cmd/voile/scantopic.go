package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap/zapcore"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/history"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

const (
	// scanPatience is how long a topic is waited for that is not there, and a broker that does not answer.
	scanPatience = 10 * time.Second
	// scanBatch bounds a batch of records when it is open, in bytes.
	scanBatch = 64 << 20
)

// kafka reads the topics.
func (s *scanning) kafka(ctx context.Context) error {
	log, err := newLog(s.stderr, zapcore.WarnLevel.String())
	if err != nil {
		return err
	}
	c := s.config
	if len(s.flags.brokers) > 0 {
		c = &config.Config{Kafka: config.Kafka{Brokers: s.flags.brokers, ClientID: "voile"}}
	}
	o, err := kafkaOptions(c, log)
	if err != nil {
		return err
	}
	o.StartTimeout = scanPatience
	client, err := wire.New(o)
	if err != nil {
		return usagef("%w", err)
	}
	defer client.Close()
	within, stop := s.within(ctx)
	defer stop()
	for _, topic := range s.flags.topics {
		err := s.topic(within, client, topic)
		switch {
		case err == nil || s.read > 0 && s.ended(within):
		case errors.Is(within.Err(), context.DeadlineExceeded):
			return hintf(fmt.Errorf("%s: no record could be read within the time of --timeout %s", topic, s.flags.timeout), "are these the brokers, and do they answer? voile check --live asks them")
		case within.Err() != nil:
			return errInterrupted
		default:
			return err
		}
		if within.Err() != nil {
			break
		}
	}
	return nil
}

// topic reads one topic.
func (s *scanning) topic(ctx context.Context, client *wire.Client, topic string) error {
	partitions, err := client.Partitions(ctx, topic)
	if err != nil {
		return err
	}
	if _, err := s.survey(topic); err != nil {
		return err
	}
	held := make([]stretch, partitions[topic])
	for n := range held {
		if held[n].start, err = client.StartOffset(ctx, topic, n, wire.Earliest); err != nil {
			return err
		}
		if held[n].end, err = client.StartOffset(ctx, topic, n, wire.Latest); err != nil {
			return err
		}
	}
	seen, done := counter(s.stderr, topic)
	defer done()
	t := &topicReader{scanning: s, name: topic, reader: history.New(client, scanBatch), seen: seen}
	for n, want := range spread(held, s.flags.records) {
		if err := t.partition(ctx, n, held[n], want); err != nil {
			return err
		}
	}
	return nil
}

// A stretch is a part of a partition: offsets from start, below end.
type stretch struct{ start, end int64 }

// spread says how many offsets of each partition to read, so that it is n in all and as many of each as it has.
func spread(held []stretch, n int) []int64 {
	share := make([]int64, len(held))
	order := make([]int, len(held))
	for i := range order {
		order[i] = i
	}
	size := func(i int) int64 { return max(held[i].end-held[i].start, 0) }
	slices.SortStableFunc(order, func(a, b int) int { return int(min(max(size(a)-size(b), -1), 1)) })
	left := int64(n)
	for done, i := range order {
		rest := int64(len(order) - done)
		share[i] = min(size(i), (left+rest-1)/rest)
		left -= share[i]
	}
	return share
}

// A topicReader reads the partitions of a topic.
type topicReader struct {
	*scanning
	name   string
	reader *history.Reader
	seen   func(int64)
}

// lookBacks is how often a partition is looked further back into where the offsets at its end hold too few records, as they do where
// it is compacted or full of transactions; each time four times as far.
const lookBacks = 5

func (t *topicReader) partition(ctx context.Context, n int, held stretch, want int64) error {
	if want == 0 {
		return nil
	}
	if t.flags.from == "start" {
		_, err := t.read(ctx, n, held, want)
		return err
	}
	part := stretch{max(held.end-want, held.start), held.end}
	for back, reach := 0, want; ; back++ {
		got, err := t.read(ctx, n, part, want)
		if want -= got; err != nil || want <= 0 || part.start == held.start || back == lookBacks {
			return err
		}
		reach *= 4
		part = stretch{max(part.start-reach, held.start), part.start}
	}
}

// enoughRead ends the reading of a partition.
type enoughRead struct{}

func (enoughRead) Error() string { return "enough has been read" }

// read takes at most so many records of a stretch, and says how many.
func (t *topicReader) read(ctx context.Context, n int, part stretch, most int64) (got int64, err error) {
	err = t.reader.Read(ctx, t.name, n, part.start, part.end, true, func(_ batch.Header, records []record.Record) error {
		before := got
		for i := range records {
			if got == most {
				break
			}
			if err := t.record(t.name, &records[i]); err != nil {
				return err
			}
			got++
		}
		t.seen(got - before)
		if got == most {
			return enoughRead{}
		}
		return ctx.Err()
	})
	switch err.(type) {
	case nil, enoughRead:
		return got, nil
	}
	return got, fmt.Errorf("%s/%d: %w", t.name, n, err)
}
