package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/bench/event"
	"voile/bench/latency"
	"voile/bench/report"
	"voile/internal/kafkatest"
)

// An openLoad comes at its own pace, whatever becomes of it.
type openLoad struct {
	perSecond float64
	warm      time.Duration // at first, of which nothing is kept
	counted   time.Duration
}

// open runs a contender under an open load, from a topic of its own to another. An error is about the contender.
func (r *ring) open(t *testing.T, c contender, round int, part float64, load openLoad) (report.Latency, error) {
	t.Helper()
	r.runs++
	inside, sink := r.of(c), fmt.Sprintf("bench.sink-%d", r.runs)
	inside.topic = fmt.Sprintf("bench.open-%d", r.runs)
	for _, topic := range []string{inside.topic, sink} {
		kafkatest.CreateTopic(t, r.brokers, topic, r.partitions, map[string]string{"file.delete.delay.ms": "1000"})
	}
	before := loadAverage(t)
	result, err := inside.under(t.Context(), c, sink, load)
	if _, err := admin(t, r.brokers).DeleteTopics(t.Context(), inside.topic, sink); err != nil {
		t.Fatal(err)
	}
	result.Contender, result.Round, result.Part, result.LoadBefore = c.name, round+1, part, before
	return result, err
}

// under starts a contender and ends it, and puts it under a load in between.
func (r *ring) under(ctx context.Context, c contender, sink string, load openLoad) (report.Latency, error) {
	p, err := start(c.command(r, r.programs[c.program], sink))
	if err != nil {
		return report.Latency{}, err
	}
	defer p.kill() //nolint:errcheck // gives none
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // there is nothing to wait for any more
		select {
		case <-p.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	result, err := r.answers(ctx, sink, load)
	if err != nil {
		err = fmt.Errorf("%w\n%s", errors.Join(p.gone(), err), p.log)
	}
	return result, err
}

// numberHeader holds a record's number, of 8 bytes, by which its moment is known.
const numberHeader = "n"

// linger is that of Kafka's own producers, from version 4 on.
const linger = 5 * time.Millisecond

// answers sends a load into the ring's topic and reads what comes into the sink, until every record is there, once.
func (r *ring) answers(ctx context.Context, sink string, load openLoad) (report.Latency, error) {
	ctx, cancel := context.WithTimeout(ctx, load.warm+load.counted+patience)
	defer cancel()
	producer, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.DefaultProduceTopic(r.topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codecs[r.compression]), kgo.ProducerLinger(linger), kgo.MaxBufferedRecords(1<<21))
	if err != nil {
		return report.Latency{}, err
	}
	defer producer.Close()
	consumer, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.ConsumeTopics(sink), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return report.Latency{}, err
	}
	defer consumer.Close()
	s := newSender(r, producer)
	if err := s.knock(ctx, consumer); err != nil {
		return report.Latency{}, fmt.Errorf("before the load: %w", err)
	}
	return s.run(ctx, consumer, load)
}

// A sender sends the same events again and again, made before, so that it costs little.
type sender struct {
	producer   *kgo.Client
	partitions int
	keys       [][]byte
	values     [][]byte
	begin      time.Time // of the clock
}

func newSender(r *ring, producer *kgo.Client) *sender {
	s := &sender{producer: producer, partitions: r.partitions, begin: time.Now()}
	for n := range min(r.records, inFile) {
		s.keys, s.values = append(s.keys, r.source.Key(n)), append(s.values, r.source.Append(nil, n))
	}
	return s
}

// knock sends one record to each partition and waits until they are in the sink: the contender has started.
func (s *sender) knock(ctx context.Context, consumer *kgo.Client) error {
	for p := range s.partitions {
		if err := s.producer.ProduceSync(ctx, &kgo.Record{Partition: int32(p), Key: s.keys[0], Value: s.values[0]}).FirstErr(); err != nil {
			return err
		}
	}
	for left := s.partitions; left > 0; {
		fetches := consumer.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		left -= fetches.NumRecords()
	}
	return nil
}

func (s *sender) run(ctx context.Context, consumer *kgo.Client, load openLoad) (report.Latency, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	schedule := latency.Schedule{Begin: time.Since(s.begin) + 100*time.Millisecond, PerSecond: load.perSecond}
	total := int(load.perSecond * (load.warm + load.counted).Seconds())
	log := latency.NewLog(schedule.Begin + load.warm)
	sent := make(chan error, 1)
	go func() {
		err := s.send(ctx, schedule, total, cancel)
		sent <- err
	}()
	seen := make([]bool, total)
	for left := total; left > 0; {
		fetches := consumer.PollFetches(ctx)
		now := time.Since(s.begin)
		if err := fetches.Err(); err != nil {
			return report.Latency{}, fmt.Errorf("%d of %d records missing: %w", left, total, errors.Join(err, context.Cause(ctx)))
		}
		for _, record := range fetches.Records() {
			n, ok := number(record)
			if !ok || n >= total || seen[n] {
				return report.Latency{}, errors.New("a record in the sink is none of those sent, or there twice")
			}
			seen[n] = true
			left--
			if err := log.Add(schedule.At(n), now); err != nil {
				return report.Latency{}, err
			}
		}
	}
	behind := time.Since(s.begin) - schedule.At(total-1)
	return report.Latency{PerSecond: load.perSecond, Records: log.Count(), P50: log.Milliseconds(0.5), P99: log.Milliseconds(0.99),
		P999: log.Milliseconds(0.999), Most: log.Milliseconds(1), Behind: float64(behind.Milliseconds()),
		P50BySecond: log.BySecond(0.5), P99BySecond: log.BySecond(0.99)}, <-sent
}

// send sends by the schedule. A record's time of creation is the moment at which it was to be sent.
func (s *sender) send(ctx context.Context, schedule latency.Schedule, total int, failed context.CancelCauseFunc) error {
	promise := func(_ *kgo.Record, err error) {
		if err != nil {
			failed(err)
		}
	}
	for n := 0; n < total && ctx.Err() == nil; time.Sleep(time.Millisecond) {
		for due := min(schedule.Due(time.Since(s.begin)), total); n < due; n++ {
			s.producer.Produce(ctx, &kgo.Record{Partition: int32(n % s.partitions), Key: s.keys[n%len(s.keys)], Value: s.values[n%len(s.values)],
				Timestamp: s.begin.Add(schedule.At(n)),
				Headers:   []kgo.RecordHeader{{Key: numberHeader, Value: binary.BigEndian.AppendUint64(nil, uint64(n))}}}, promise)
		}
	}
	if err := s.producer.Flush(ctx); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	return nil
}

func number(record *kgo.Record) (n int, ok bool) {
	for _, h := range record.Headers {
		if h.Key == numberHeader && len(h.Value) == 8 {
			return int(binary.BigEndian.Uint64(h.Value)), true
		}
	}
	return 0, false
}

// TestOpenLoadOnAnImitation: a copier that holds everything up once, for 300 ms, under 1000 records a second for 2 s: what
// waited is charged, in the second in which it was to be sent.
func TestOpenLoadOnAnImitation(t *testing.T) {
	r := &ring{t: t, source: event.Source{Seed: 5, People: 100}, records: 50, partitions: 3, brokers: kafkatest.Fake(t).ListenAddrs(), topic: "open", compression: "lz4"}
	for _, topic := range []string{"open", "sink"} {
		kafkatest.CreateTopic(t, r.brokers, topic, r.partitions, nil)
	}
	client := kafkatest.Client(t, r.brokers, kgo.ConsumeTopics("open"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	const hold = 300 * time.Millisecond
	copied := 0
	go func() {
		for t.Context().Err() == nil {
			for _, record := range client.PollFetches(t.Context()).Records() {
				if copied++; copied == 2000 {
					time.Sleep(hold)
				}
				client.Produce(t.Context(), &kgo.Record{Topic: "sink", Partition: record.Partition, Key: record.Key, Value: record.Value, Headers: record.Headers}, nil)
			}
		}
	}()
	got, err := r.answers(t.Context(), "sink", openLoad{perSecond: 1000, warm: time.Second, counted: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if got.Records < 1999 || got.Records > 2001 || got.PerSecond != 1000 {
		t.Errorf("%d records at %g a second", got.Records, got.PerSecond)
	}
	if got.Most < float64(hold.Milliseconds()) || got.P50 > got.P99 || got.P99 > got.P999 || got.P999 > got.Most || len(got.P99BySecond) < 2 {
		t.Errorf("after a halt of %s: %+v", hold, got)
	}
}
