package wire

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
	"voile/pipeline/record"
)

var codecs = []batch.Codec{batch.None, batch.Gzip, batch.Snappy, batch.LZ4, batch.Zstd}

// awkward are records in which null and empty, duplicates and bounds matter.
func awkward() []record.Record {
	return []record.Record{
		{Timestamp: 0, Key: []byte{}, Value: []byte("empty key")},
		{Timestamp: 1, Key: nil, Value: []byte("null key")},
		{Timestamp: 1_700_000_000_123, Key: []byte("tombstone"), Value: nil},
		{Timestamp: 2, Key: []byte("empty value"), Value: []byte{}},
		{Timestamp: 3, Value: []byte(strings.Repeat("long ", 10_000)), Headers: []record.Header{
			{Name: []byte("a"), Value: []byte("1")}, {Name: []byte("b"), Value: nil}, {Name: []byte("a"), Value: []byte{}},
			{Name: []byte{}, Value: []byte("no name")},
		}},
	}
}

func TestWhatIsProducedIsRead(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 2, nil)
		p := producer(t, c)
		records := awkward()
		for i, codec := range codecs {
			offset, err := p.Produce(t.Context(), name, 1, len(records), encode(codec, records))
			if err != nil {
				t.Fatal(codec, err)
			}
			want(t, "offset", offset, int64(i*len(records)))
		}

		theirs := kafkatest.ReadAll(t, brokers, name, true)
		if len(theirs) != len(codecs)*len(records) {
			t.Fatalf("franz-go read %d records, want %d", len(theirs), len(codecs)*len(records))
		}
		for i, r := range theirs {
			if !recordsEqual(fromFranz(r), records[i%len(records)]) {
				t.Errorf("franz-go read record %d otherwise than it was written", i)
			}
		}

		var ours []record.Record
		var buf []byte
		for offset := int64(0); offset < int64(len(theirs)); offset = int64(len(ours)) {
			res, err := c.Fetch(t.Context(), FetchRequest{Topic: name, Partition: 1, Offset: offset, MaxBytes: 1 << 20, MaxWait: time.Second, ReadCommitted: true}, buf)
			if err != nil {
				t.Fatal(err)
			}
			want(t, "high watermark", res.HighWatermark, int64(len(theirs)))
			want(t, "last stable offset", res.LastStableOffset, int64(len(theirs)))
			got, _ := decode(t, append([]byte(nil), res.Records...))
			ours = append(ours, got...)
			buf = res.Buffer
		}
		for i, r := range ours {
			if r.Offset != int64(i) || !recordsEqual(r, records[i%len(records)]) {
				t.Errorf("we read record %d otherwise than it was written", i)
			}
		}
	})
}

// TestLostAnswersDoNotDouble loses the answers to requests that the broker has carried out.
func TestLostAnswersDoNotDouble(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		var s scissors
		s.install(c)
		name := topic(t, brokers, 1, nil)
		p := producer(t, c)
		var wanted []string
		for i := range 8 {
			s.arm(int16(protocol.Produce), i%3)
			vs := []string{fmt.Sprint(i, "a"), fmt.Sprint(i, "b")}
			want(t, "offset", write(t, p, name, 0, vs...), int64(len(wanted)))
			wanted = append(wanted, vs...)
		}
		want(t, "answers lost", s.count(), 0+1+2+0+1+2+0+1)
		want(t, "stored", stored(t, brokers, name), wanted)
	})
}

// TestUnknownOutcomeTakesAFreshID ends a Produce whose batch was written but not acknowledged, and goes on with other
// records: under the old sequence the broker would take them for the first batch, and lose them.
func TestUnknownOutcomeTakesAFreshID(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		var s scissors
		s.install(c)
		name := topic(t, brokers, 1, nil)
		p := producer(t, c)
		write(t, p, name, 0, "1")
		before := p.as

		s.arm(int16(protocol.Produce), math.MaxInt)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := p.Produce(ctx, name, 0, 1, encode(batch.None, values("2")))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v, want the context's", err)
		}
		s.arm(int16(protocol.Produce), 0)

		write(t, p, name, 0, "3")
		if p.as == before {
			t.Error("the identity is still the same")
		}
		want(t, "stored", stored(t, brokers, name), []string{"1", "2", "3"})
	})
}

func TestCancelledProduceLetsGoOfItsBytes(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		p := producer(t, c)
		records := values(strings.Repeat("x", 500_000))
		for i := range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
			var raw []byte
			_, err := p.Produce(ctx, name, 0, 1, func(id int64, epoch int16, sequence int32) ([]byte, error) {
				var err error
				raw, err = encode(batch.None, records)(id, epoch, sequence)
				return raw, err
			})
			cancel()
			clear(raw) // the race detector sees it when a connection still reads the bytes
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
		}
		write(t, p, name, 0, "last")
		for _, v := range stored(t, brokers, name) {
			if v != "last" && v != string(records[0].Value) {
				t.Fatal("a batch was changed on its way")
			}
		}
	})
}

func TestTooLargeUsesNoSequence(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, map[string]string{"max.message.bytes": "2000"})
		p := producer(t, c)
		write(t, p, name, 0, "1")
		start := time.Now()
		_, err := p.Produce(t.Context(), name, 0, 1, encode(batch.None, values(strings.Repeat("x", 3000))))
		if ClassOf(err) != ClassTooLarge {
			t.Fatalf("error %v, want one of class too large", err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("said after %s, want at once", took)
		}
		contains(t, "message", err.Error(), "max.message.bytes", "[10]", name+"/0")
		as := p.as
		write(t, p, name, 0, "2")
		want(t, "identity", p.as, as)
		want(t, "stored", stored(t, brokers, name), []string{"1", "2"})
	})
}

func TestRefusedRecord(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	p := producer(t, c)
	for config, records := range map[[2]string][]record.Record{
		{"cleanup.policy", "compact"}:              values("no key"),
		{"message.timestamp.after.max.ms", "1000"}: {{Timestamp: time.Now().Add(time.Hour).UnixMilli()}},
	} {
		name := topic(t, brokers, 1, map[string]string{config[0]: config[1]})
		_, err := p.Produce(t.Context(), name, 0, 1, encode(batch.None, records))
		if ClassOf(err) != ClassRefused {
			t.Errorf("%s: error %v, want one of class refused", config, err)
		}
	}
}

// TestBrokerThatForgot has the broker answer that it misses what came before.
func TestBrokerThatForgot(t *testing.T) {
	for _, failed := range []int16{45, 59} {
		fake := kafkatest.Fake(t)
		log, seen := logs()
		c := client(t, Options{Brokers: fake.ListenAddrs(), Log: log})
		name := topic(t, fake.ListenAddrs(), 1, nil)
		p := producer(t, c)
		write(t, p, name, 0, "1")
		before := p.as
		answerProduce(fake, name, failed)

		asked := 0
		_, err := p.Produce(t.Context(), name, 0, 1, func(id int64, epoch int16, sequence int32) ([]byte, error) {
			asked++
			want(t, "sequence", sequence, int32(2-asked)) // 1 under the old id, 0 under the fresh one
			return encode(batch.None, values("2"))(id, epoch, sequence)
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "encodings", asked, 2)
		if p.as == before {
			t.Error("the identity is still the same")
		}
		write(t, p, name, 0, "3")
		want(t, "stored", stored(t, fake.ListenAddrs(), name), []string{"1", "2", "3"})
		if lines := seen(); failed == 45 && (len(lines) != 1 || !strings.Contains(lines[0], "lost records")) {
			t.Errorf("[45]: logged %q, want one line that says what the sink lost", lines)
		} else if failed == 59 && len(lines) != 0 {
			t.Errorf("[59]: logged %q, want nothing", lines)
		}
	}
}

func TestDuplicateIsSuccess(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	p := producer(t, c)
	answerProduce(fake, name, 46)
	want(t, "offset", write(t, p, name, 0, "1"), int64(-1))
	want(t, "next sequence", p.sequences[partition{name, 0}], int32(1))
}

// answerProduce answers the next Produce with an error code.
func answerProduce(fake *kfake.Cluster, topic string, failed int16) {
	fake.ControlKey(int16(protocol.Produce), func(in kmsg.Request) (kmsg.Response, error, bool) {
		res := in.ResponseKind().(*kmsg.ProduceResponse)
		p := kmsg.NewProduceResponseTopicPartition()
		p.ErrorCode, p.BaseOffset = failed, -1
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.Partitions = topic, []kmsg.ProduceResponseTopicPartition{p}
		res.Topics = []kmsg.ProduceResponseTopic{t}
		return res, nil, true
	})
}

func TestEncodersThatLie(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	p := producer(t, c)
	for lie, params := range map[string]func(*batch.Params){
		"id":            func(p *batch.Params) { p.ProducerID++ },
		"epoch":         func(p *batch.Params) { p.ProducerEpoch++ },
		"sequence":      func(p *batch.Params) { p.BaseSequence++ },
		"transactional": func(p *batch.Params) { p.Transactional = true },
		"no producer":   func(p *batch.Params) { *p = batch.WithoutProducer(batch.None) },
	} {
		_, err := p.Produce(t.Context(), name, 0, 1, func(id int64, epoch int16, sequence int32) ([]byte, error) {
			ps := batch.Params{ProducerID: id, ProducerEpoch: epoch, BaseSequence: sequence}
			params(&ps)
			return new(batch.Encoder).Encode(nil, values("1"), ps)
		})
		if ClassOf(err) != ClassStop {
			t.Errorf("%s: error %v, want one of class stop", lie, err)
		}
	}
	if _, err := p.Produce(t.Context(), name, 0, 2, encode(batch.None, values("1"))); ClassOf(err) != ClassStop {
		t.Errorf("count: error %v, want one of class stop", err)
	}
	failure := errors.New("encoder failed")
	_, err := p.Produce(t.Context(), name, 0, 1, func(int64, int16, int32) ([]byte, error) { return nil, failure })
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want %v", err, failure)
	}
	write(t, p, name, 0, "honest")
	want(t, "stored", stored(t, fake.ListenAddrs(), name), []string{"honest"})
}

func TestLeaderMoves(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.NumBrokers(3))
	brokers := fake.ListenAddrs()
	log, seen := logs()
	c := client(t, Options{Brokers: brokers, Log: log})
	name := topic(t, brokers, 1, nil)
	p := producer(t, c)
	var wanted []string
	for i := range 9 {
		if err := fake.MoveTopicPartition(name, 0, int32(i%3)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		wanted = append(wanted, fmt.Sprint(i))
		write(t, p, name, 0, wanted[i])
		if took := time.Since(start); took > time.Second {
			t.Errorf("move %d: written after %s, want within 1 s", i, took)
		}
	}
	want(t, "stored", stored(t, brokers, name), wanted)
	want(t, "log", seen(), nil)
}

// TestBrokerComesBack kills a real broker in the middle of a stream, and restarts it.
func TestBrokerComesBack(t *testing.T) {
	cluster := kafkatest.Start(t)
	log, seen := logs()
	c := client(t, Options{Brokers: cluster.Brokers(), Log: log})
	name := topic(t, cluster.Brokers(), 1, nil)
	p := producer(t, c)
	fetched := make(chan []string)
	const total = 400
	go func() { fetched <- follow(t, c, name, total) }()

	var wanted []string
	for i := range total {
		if i == 100 || i == 250 {
			cluster.Kill()
			go func() {
				time.Sleep(1500 * time.Millisecond)
				cluster.Nodes()[0].Start(t)
			}()
		}
		wanted = append(wanted, fmt.Sprint(i))
		write(t, p, name, 0, wanted[i])
	}
	want(t, "stored", stored(t, cluster.Brokers(), name), wanted)
	want(t, "fetched", <-fetched, wanted)
	lines := seen()
	if len(lines) < 2 || len(lines) > 12 {
		t.Errorf("%d lines were logged, want a few for each outage: %q", len(lines), lines)
	}
}

// follow fetches a partition until it has read n values.
func follow(t *testing.T, c *Client, topic string, n int) []string {
	var out []string
	var buf []byte
	for len(out) < n {
		res, err := c.Fetch(timeout(t, 2*time.Minute), FetchRequest{Topic: topic, Offset: int64(len(out)),
			MaxBytes: 1 << 20, MaxWait: 500 * time.Millisecond, ReadCommitted: true}, buf)
		if err != nil {
			t.Error(err)
			return out
		}
		records, _ := decode(t, res.Records)
		for _, r := range records {
			if r.Offset >= int64(len(out)) {
				out = append(out, string(r.Value))
			}
		}
		buf = res.Buffer
	}
	return out
}
