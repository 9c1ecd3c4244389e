package faults

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// A watch reads topics as a consumer of committed records does, and measures how long a partition brings nothing new while
// the loader writes to each of them all the time.
type watch struct {
	mu    sync.Mutex
	parts map[string][]seen // by topic
}

// seen is what a watch knows of a partition.
type seen struct {
	highest int64     // number of a record
	since   time.Time // when it came
	longest stall
}

// A stall is how long a partition brought nothing new, and until when.
type stall struct {
	partition int
	lasted    time.Duration
	until     time.Time
}

func (s stall) String() string {
	return fmt.Sprintf("%s (partition %d until %s)", seconds(s.lasted), s.partition, s.until.UTC().Format("15:04:05"))
}

func startWatch(t testing.TB, brokers []string, partitions int, topics ...string) *watch {
	t.Helper()
	w := &watch{parts: map[string][]seen{}}
	from := map[string]map[int32]kgo.Offset{}
	for _, topic := range topics {
		from[topic] = map[int32]kgo.Offset{}
		for p := range partitions {
			from[topic][int32(p)] = kgo.NewOffset().AtStart()
			w.parts[topic] = append(w.parts[topic], seen{highest: -1, since: time.Now()})
		}
	}
	client := kafkatest.Client(t, brokers, kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumePartitions(from),
		kgo.FetchMaxWait(100*time.Millisecond), kgo.MetadataMinAge(100*time.Millisecond), kgo.RetryTimeout(5*time.Second))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			fetches := client.PollFetches(ctx)
			now := time.Now()
			w.mu.Lock()
			fetches.EachRecord(func(r *kgo.Record) { w.saw(r, now) })
			w.mu.Unlock()
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func (w *watch) saw(r *kgo.Record, now time.Time) {
	n, ok := numberOf(r.Value)
	s := &w.parts[r.Topic][r.Partition]
	if !ok || n <= s.highest {
		return // a re-delivery is nothing new
	}
	if lasted := now.Sub(s.since); lasted > s.longest.lasted {
		s.longest = stall{int(r.Partition), lasted, now}
	}
	s.highest, s.since = n, now
}

// numberOf finds the number of a record in its id, which is partition-number.
func numberOf(value []byte) (int64, bool) {
	_, rest, ok := bytes.Cut(value, []byte(`{"id":"`))
	if !ok {
		return 0, false
	}
	id, _, _ := bytes.Cut(rest, []byte(`"`))
	_, number, ok := bytes.Cut(id, []byte("-"))
	n, err := strconv.ParseInt(string(number), 10, 64)
	return n, ok && err == nil
}

// reset begins a new measurement.
func (w *watch) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, parts := range w.parts {
		for p := range parts {
			parts[p].longest = stall{}
		}
	}
}

// longest is the longest stall of any partition of a topic since reset.
func (w *watch) longest(topic string) (longest stall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, s := range w.parts[topic] {
		for _, one := range []stall{s.longest, {p, time.Since(s.since), time.Now()}} {
			if one.lasted > longest.lasted {
				longest = one
			}
		}
	}
	return longest
}

// flowing waits until every partition of every topic brings new records again: the loader's too, which has a broker's end
// to ride out like voile.
func (w *watch) flowing() error {
	return poll(wellBound, func(context.Context) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		for topic, parts := range w.parts {
			for p := range parts {
				if gap := time.Since(parts[p].since); gap > time.Second {
					return fmt.Errorf("%s/%d has brought nothing new for %s", topic, p, gap.Round(time.Millisecond))
				}
			}
		}
		return nil
	})
}
