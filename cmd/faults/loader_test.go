package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// A loader writes to the source at a steady rate until it is stopped: idempotent, acknowledged by all replicas, and tried
// again without end, so that what it wrote is there once and in order whatever happens to the brokers. Beside that it writes
// records in transactions that it aborts, which nobody may ever see.
type loader struct {
	client *kgo.Client
	writer *writer
	quit   chan struct{}
	done   sync.WaitGroup

	mu      sync.Mutex
	written int
	failed  error
}

func startLoader(t testing.TB, brokers []string, topic string, w *writer, seed uint64, perSecond int) *loader {
	t.Helper()
	l := &loader{writer: w, quit: make(chan struct{})}
	l.client = kafkatest.Client(t, brokers, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MaxBufferedRecords(1_000_000), kgo.ProducerLinger(5*time.Millisecond), kgo.MetadataMinAge(100*time.Millisecond))
	l.done.Go(func() { l.steady(perSecond) })
	l.done.Go(func() { l.abort(brokers, topic, rand.New(rand.NewPCG(seed, 3))) })
	return l
}

func (l *loader) steady(perSecond int) {
	const pace = 20 * time.Millisecond
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-l.quit:
			return
		}
		for range max(1, perSecond/int(time.Second/pace)) {
			r := l.writer.next()
			l.client.Produce(context.Background(), r, func(_ *kgo.Record, err error) {
				l.mu.Lock()
				defer l.mu.Unlock()
				if err != nil && l.failed == nil {
					l.failed = err
				}
				l.written++
			})
		}
	}
}

// abort writes a few records a second that are taken back. Whatever fails is begun anew, under the same transactional id.
func (l *loader) abort(brokers []string, topic string, rng *rand.Rand) {
	for n := 0; ; {
		client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
			kgo.TransactionalID(topic+".aborted"), kgo.TransactionTimeout(10*time.Second), kgo.RecordDeliveryTimeout(5*time.Second))
		for err == nil {
			select {
			case <-l.quit:
				client.Close()
				return
			case <-time.After(time.Second):
			}
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			if err = client.BeginTransaction(); err == nil {
				for range 3 {
					n++
					client.Produce(ctx, &kgo.Record{Partition: int32(rng.IntN(len(l.writer.numbers))), Key: []byte("aborted@example.org"),
						Value: fmt.Appendf(nil, `{"id":"aborted-%d","seq":0,"mail":"aborted@example.org"}`, n)}, nil)
				}
				if err = client.Flush(ctx); err == nil {
					err = client.EndTransaction(ctx, kgo.TryAbort)
				}
			}
			cancel()
		}
		if client != nil {
			client.Close()
		}
		select {
		case <-l.quit:
			return
		case <-time.After(time.Second):
		}
	}
}

// stop ends the loader once everything is acknowledged, and gives how many records it wrote.
func (l *loader) stop(bound time.Duration) (int, error) {
	close(l.quit)
	l.done.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	err := l.client.Flush(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		err = l.failed
	}
	if err != nil {
		return l.written, fmt.Errorf("the loader lost records of its own, so that the run proves nothing: %w", err)
	}
	return l.written, nil
}
