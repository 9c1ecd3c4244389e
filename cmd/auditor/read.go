package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/cmd/auditor/audit"
)

// idle is how long a read may bring nothing, and how long offsets may have no leader to be asked for.
const idle = 2 * time.Minute

// A reader reads whole partitions.
type reader struct {
	brokers []string
	client  *kgo.Client
	admin   *kadm.Client
}

func newReader(brokers []string) (*reader, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		return nil, err
	}
	return &reader{brokers, client, kadm.NewClient(client)}, nil
}

func (r *reader) close() { r.client.Close() }

func (r *reader) quarantine(ctx context.Context, auditor *audit.Auditor, topic string) error {
	if topic == "" {
		return nil
	}
	spans, err := r.spans(ctx, topic, true)
	if err != nil {
		return err
	}
	for _, p := range slices.Sorted(maps.Keys(spans)) {
		records, err := r.records(ctx, topic, p, spans[p], true)
		if err != nil {
			return err
		}
		auditor.SetAside(topic, records)
	}
	return nil
}

// flow audits one source topic, a partition at a time, and gives how many records the sink holds for those who read
// uncommitted.
func (r *reader) flow(ctx context.Context, auditor *audit.Auditor, flow audit.Flow) (uncommitted int, err error) {
	source, errSource := r.spans(ctx, flow.Source, true)
	sink, errSink := r.spans(ctx, flow.Sink, true)
	all, errAll := r.spans(ctx, flow.Sink, false)
	if err := errors.Join(errSource, errSink, errAll); err != nil {
		return 0, err
	}
	if len(source) > len(sink) {
		return 0, fmt.Errorf("%s has %d partitions, and its sink %s has %d", flow.Source, len(source), flow.Sink, len(sink))
	}
	for _, p := range slices.Sorted(maps.Keys(sink)) {
		in, err := r.records(ctx, flow.Source, p, source[p], true)
		if err != nil {
			return 0, err
		}
		out, err := r.records(ctx, flow.Sink, p, sink[p], true)
		if err != nil {
			return 0, err
		}
		auditor.Partition(flow, p, in, out)
		raw, err := r.records(ctx, flow.Sink, p, all[p], false)
		if err != nil {
			return 0, err
		}
		uncommitted += len(raw)
	}
	return uncommitted, nil
}

// A span is the offsets of a partition from its first one, and the one behind its last.
type span struct{ from, to int64 }

// spans asks for the offsets of a topic's partitions. Committed ends at the first open transaction.
func (r *reader) spans(ctx context.Context, topic string, committed bool) (map[int32]span, error) {
	list := r.admin.ListEndOffsets
	if committed {
		list = r.admin.ListCommittedOffsets
	}
	ctx, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	for {
		starts, errStarts := r.admin.ListStartOffsets(ctx, topic)
		ends, errEnds := list(ctx, topic)
		err := errors.Join(errStarts, errEnds, starts.Error(), ends.Error())
		if err == nil {
			out := map[int32]span{}
			for p, end := range ends[topic] {
				out[p] = span{starts[topic][p].Offset, end.Offset}
			}
			return out, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("offsets of %s: %w", topic, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// records reads one partition.
func (r *reader) records(ctx context.Context, topic string, partition int32, s span, committed bool) ([]audit.Record, error) {
	if s.from >= s.to {
		return nil, nil
	}
	isolation := kgo.ReadUncommitted()
	if committed {
		isolation = kgo.ReadCommitted()
	}
	// Control records are read along: the partition's last offset is one of them where a transaction wrote last.
	client, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.FetchIsolationLevel(isolation), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: kgo.NewOffset().At(s.from)}}))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var out []audit.Record
	for reached := s.from; reached < s.to; {
		fetches, err := poll(ctx, client)
		if err != nil {
			return nil, fmt.Errorf("read of %s/%d at %d of %d: %w", topic, partition, reached, s.to, err)
		}
		fetches.EachRecord(func(k *kgo.Record) {
			reached = k.Offset + 1
			if !k.Attrs.IsControl() && k.Offset < s.to {
				out = append(out, recordOf(k))
			}
		})
	}
	return out, nil
}

func poll(ctx context.Context, client *kgo.Client) (kgo.Fetches, error) {
	ctx, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	fetches := client.PollFetches(ctx)
	return fetches, fetches.Err()
}

func recordOf(k *kgo.Record) audit.Record {
	r := audit.Record{Partition: k.Partition, Offset: k.Offset, Timestamp: k.Timestamp.UnixMilli(), Key: k.Key, Value: k.Value}
	for _, h := range k.Headers {
		r.Headers = append(r.Headers, audit.Header{Name: h.Key, Value: h.Value})
	}
	return r
}
