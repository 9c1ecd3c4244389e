package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
)

func TestFetchWhatJavaWrote(t *testing.T) {
	cluster := kafka4.Cluster(t)
	c := client(t, Options{Brokers: cluster.Brokers()})
	var lines []string
	for i := range 300 {
		lines = append(lines, fmt.Sprintf("key-%d:value %d %s", i, i, strings.Repeat("é", i)))
	}
	for _, codec := range codecs {
		t.Run(codec.String(), func(t *testing.T) {
			name := topic(t, cluster.Brokers(), 1, nil)
			cluster.JavaProduce(t, name, lines, "--property", "parse.key=true", "--property", "key.separator=:",
				"--compression-codec", codec.String())
			res, err := c.Fetch(t.Context(), FetchRequest{Topic: name, MaxBytes: 8 << 20, MaxWait: time.Second}, nil)
			if err != nil {
				t.Fatal(err)
			}
			records, used := decode(t, res.Records)
			if len(records) != len(lines) {
				t.Fatalf("%d records, want %d", len(records), len(lines))
			}
			for i, r := range records {
				if string(r.Key)+":"+string(r.Value) != lines[i] {
					t.Errorf("record %d is not line %d", i, i)
				}
			}
			for _, u := range used {
				want(t, "codec", u, codec)
			}
		})
	}
}

func TestJavaReadsWhatWeWrote(t *testing.T) {
	cluster := kafka4.Cluster(t)
	c := client(t, Options{Brokers: cluster.Brokers()})
	name := topic(t, cluster.Brokers(), 1, nil)
	p := producer(t, c)
	var wanted []string
	for _, codec := range codecs {
		vs := []string{codec.String() + " 1", strings.Repeat(codec.String(), 1000)}
		if _, err := p.Produce(t.Context(), name, 0, 2, encode(codec, values(vs...))); err != nil {
			t.Fatal(err)
		}
		wanted = append(wanted, vs...)
	}
	want(t, "Java read", cluster.JavaConsume(t, name, len(wanted)), wanted)
}

func TestAbortedTransactionsAreReported(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		name := topic(t, brokers, 1, nil)
		ctx := timeout(t, time.Minute)
		writer := kafkatest.Client(t, brokers, kgo.TransactionalID(name), kgo.DefaultProduceTopic(name))
		for i := range 6 {
			end := kgo.TransactionEndTry(i%2 == 0)
			if err := errors.Join(writer.BeginTransaction(),
				writer.ProduceSync(ctx, kgo.StringRecord(fmt.Sprint(i)), kgo.StringRecord(fmt.Sprint(i))).FirstErr(),
				writer.EndTransaction(ctx, end)); err != nil {
				t.Fatal(err)
			}
		}
		c := client(t, Options{Brokers: brokers})
		req := FetchRequest{Topic: name, MaxBytes: 1 << 20, MaxWait: time.Second, ReadCommitted: true}
		res, err := c.Fetch(ctx, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "last stable offset", res.LastStableOffset, int64(18))
		var first []int64
		for _, a := range res.Aborted {
			first = append(first, a.FirstOffset)
		}
		want(t, "aborted from", first, []int64{3, 9, 15})
		want(t, "committed", committed(t, res), []string{"0", "0", "2", "2", "4", "4"})

		req.ReadCommitted = false
		if res, err = c.Fetch(ctx, req, nil); err != nil || len(res.Aborted) != 0 {
			t.Errorf("read uncommitted: %d aborted, %v; want none", len(res.Aborted), err)
		}
		want(t, "uncommitted", committed(t, res), []string{"0", "0", "1", "1", "2", "2", "3", "3", "4", "4", "5", "5"})

		// An open transaction holds the last stable offset back.
		if err := errors.Join(writer.BeginTransaction(), writer.ProduceSync(ctx, kgo.StringRecord("open")).FirstErr()); err != nil {
			t.Fatal(err)
		}
		req.ReadCommitted, req.Offset, req.MaxWait = true, 18, 50*time.Millisecond
		res, err = c.Fetch(ctx, req, nil)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "last stable offset with an open transaction", res.LastStableOffset, int64(18))
		want(t, "high watermark with an open transaction", res.HighWatermark, int64(19))
		want(t, "records of an open transaction", len(res.Records), 0)
		latest, err := c.StartOffset(ctx, name, 0, Latest)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "latest with an open transaction", latest, int64(18))
		if latest, err = c.StartOffset(ctx, name, 0, Latest.Uncommitted()); err != nil {
			t.Fatal(err)
		}
		want(t, "latest, uncommitted", latest, int64(19))
		req.ReadCommitted = false
		if res, err = c.Fetch(ctx, req, nil); err != nil {
			t.Fatal(err)
		}
		want(t, "what is open, uncommitted", committed(t, res), []string{"open"})
		want(t, "end for a reader that does not wait", res.LastStableOffset, int64(19))
		if err := writer.EndTransaction(ctx, kgo.TryAbort); err != nil {
			t.Fatal(err)
		}
	})
}

// committed decodes a result and leaves out what is aborted.
func committed(t *testing.T, res FetchResult) []string {
	t.Helper()
	var f batch.AbortedFilter
	f.Start(res.Aborted)
	var out []string
	for set := res.Records; ; {
		raw, rest, ok, err := batch.Next(set)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		h, err := batch.ParseHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		data, err := f.Data(raw, h)
		if err != nil {
			t.Fatal(err)
		}
		if data {
			records, _ := decode(t, raw)
			for _, r := range records {
				out = append(out, string(r.Value))
			}
		}
		set = rest
	}
}

func TestStartOffsets(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 2, nil)
		write(t, producer(t, c), name, 1, "0", "1", "2") // at 1_700_000_000_000 ms and each ms after
		begin := time.UnixMilli(1_700_000_000_000)
		for _, s := range []struct {
			name  string
			start Start
			want  int64
		}{
			{"earliest", Earliest, 0}, {"latest", Latest, 3}, {"long before", At(time.Unix(0, 0)), 0},
			{"before 1970", At(time.Unix(-5, 0)), 0}, {"first", At(begin), 0}, {"second", At(begin.Add(time.Millisecond)), 1},
			{"after all", At(begin.Add(time.Hour)), 3},
		} {
			got, err := c.StartOffset(t.Context(), name, 1, s.start)
			if err != nil {
				t.Fatal(s.name, err)
			}
			want(t, s.name, got, s.want)
		}
		for _, start := range []Start{Earliest, Latest, At(begin)} {
			if got, err := c.StartOffset(t.Context(), name, 0, start); err != nil || got != 0 {
				t.Errorf("empty partition: %d, %v; want 0", got, err)
			}
		}
	})
}

func TestOffsetOutOfRange(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		c.requestTimeout = time.Second // how long one above the end is doubted
		name := topic(t, brokers, 1, nil)
		p := producer(t, c)
		for i := range 5 {
			write(t, p, name, 0, fmt.Sprint(i))
		}
		admin := kadm.NewClient(kafkatest.Client(t, brokers))
		deleted, err := admin.DeleteRecords(t.Context(), kadm.Offsets{name: {0: {Topic: name, Partition: 0, At: 3}}})
		if err := errors.Join(err, deleted.Error()); err != nil {
			t.Fatal(err)
		}
		for _, offset := range []int64{0, 2, 6, 100} {
			res, err := c.Fetch(t.Context(), FetchRequest{Topic: name, Offset: offset, MaxBytes: 1 << 20, MaxWait: 50 * time.Millisecond}, nil)
			if ClassOf(err) != ClassOutOfRange {
				t.Fatalf("offset %d: error %v, want one of class out of range", offset, err)
			}
			want(t, "log start", res.LogStartOffset, int64(3))
			want(t, "end", res.HighWatermark, int64(5))
			contains(t, "message", err.Error(), name+"/0", "[1]", "retention")
		}
		for _, offset := range []int64{3, 5} {
			if _, err := c.Fetch(t.Context(), FetchRequest{Topic: name, Offset: offset, MaxBytes: 1 << 20, MaxWait: 50 * time.Millisecond}, nil); err != nil {
				t.Errorf("offset %d: %v, want none", offset, err)
			}
		}
	})
}

// TestStaleLeaderIsNotBelieved: a broker that was left behind says that the offset is not there; the next answer is right.
func TestStaleLeaderIsNotBelieved(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	p := producer(t, c)
	for _, v := range []string{"0", "1", "2"} {
		write(t, p, name, 0, v)
	}
	behind := 3 // answers
	fake.ControlKey(int16(protocol.Fetch), func(in kmsg.Request) (kmsg.Response, error, bool) {
		if behind--; behind < 0 {
			return nil, nil, false
		}
		fake.KeepControl()
		res := in.ResponseKind().(*kmsg.FetchResponse)
		at := kmsg.NewFetchResponseTopicPartition()
		at.ErrorCode = 1
		of := kmsg.NewFetchResponseTopic()
		of.Topic, of.Partitions = name, append(of.Partitions, at)
		res.Topics = append(res.Topics, of)
		return res, nil, true
	})
	res, err := c.Fetch(t.Context(), FetchRequest{Topic: name, Offset: 2, MaxBytes: 1 << 20, MaxWait: time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	records, _ := decode(t, res.Records)
	want(t, "records", len(records), 1)
	want(t, "answers of the broker that was left behind", behind, -1)
}

func TestCancelledFetchLetsGoOfItsBuffer(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		p := producer(t, c)
		write(t, p, name, 0, strings.Repeat("x", 500_000))
		buf := make([]byte, 1<<20)
		for i := range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
			start := time.Now()
			res, err := c.Fetch(ctx, FetchRequest{Topic: name, Offset: int64(i % 2), MaxBytes: 1 << 20, MaxWait: 10 * time.Second}, buf)
			cancel()
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("returned %s after its context ended", took)
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			buf = res.Buffer
			clear(buf[:cap(buf)]) // the race detector sees it when a connection still writes into it
		}
	})
}

func TestUnknownTopicIsSaid(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers, StartTimeout: 300 * time.Millisecond})
		known := topic(t, brokers, 3, nil)
		got, err := c.Partitions(t.Context(), known)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "partitions", got[known], 3)

		p := producer(t, c)
		_, errPartitions := c.Partitions(t.Context(), known, "nowhere")
		_, errFetch := c.Fetch(t.Context(), FetchRequest{Topic: "nowhere", MaxBytes: 1, MaxWait: time.Millisecond}, nil)
		_, errProduce := p.Produce(t.Context(), "nowhere", 0, 1, encode(batch.None, values("1")))
		_, errPartition := c.StartOffset(t.Context(), known, 3, Earliest)
		for what, err := range map[string]error{"partitions": errPartitions, "fetch": errFetch, "produce": errProduce, "partition": errPartition} {
			if ClassOf(err) != ClassStop {
				t.Errorf("%s: error %v, want one of class stop", what, err)
				continue
			}
			contains(t, what, err.Error(), "[3]", "create it")
		}
		contains(t, "message", errPartitions.Error(), "nowhere")
		contains(t, "message", errPartition.Error(), known+"/3")
		if p.stale {
			t.Error("nothing was sent, and yet the producer takes a fresh id")
		}
	})
}

// TestServerThatFails: an unknown error of the broker's passes while it shuts down, and is said where it stays. The batch
// keeps its sequence in both cases.
func TestServerThatFails(t *testing.T) {
	for _, tc := range []struct {
		times int
		want  Class
	}{{3, 0}, {1000, ClassStop}} {
		fake := kafkatest.Fake(t)
		c := client(t, Options{Brokers: fake.ListenAddrs(), StartTimeout: 500 * time.Millisecond})
		name := topic(t, fake.ListenAddrs(), 1, nil)
		p := producer(t, c)
		for range tc.times {
			answerProduce(fake, name, -1)
		}
		_, err := p.Produce(t.Context(), name, 0, 1, encode(batch.None, values("1")))
		if ClassOf(err) != tc.want || (err == nil) != (tc.want == 0) {
			t.Errorf("after %d failures: error %v, want class %s", tc.times, err, tc.want)
		}
		if err != nil {
			contains(t, "message", err.Error(), "given up after", "UNKNOWN_SERVER_ERROR [-1]", "its log says why")
		}
		want(t, "stale", p.stale, err != nil)
	}
}

// TestDoubtOutlivesACall: who gives up before a topic that is gone is said to be, and begins again, hears of it all the same.
func TestDoubtOutlivesACall(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs(), StartTimeout: time.Second})
	p := producer(t, c)
	for n := 1; ; n++ {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := p.Produce(ctx, "nowhere", 0, 1, encode(batch.None, values("1")))
		cancel()
		if ClassOf(err) == ClassStop {
			if n < 3 {
				t.Errorf("call %d: %v, want it after a second", n, err)
			}
			break
		}
		if n == 10 {
			t.Fatalf("after %d calls of 300 ms: %v, want one of class stop", n, err)
		}
	}
	kafkatest.CreateTopic(t, fake.ListenAddrs(), "nowhere", 1, nil)
	write(t, p, "nowhere", 0, "1")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := c.Fetch(ctx, FetchRequest{Topic: "elsewhere", MaxBytes: 1, MaxWait: time.Millisecond}, nil); ClassOf(err) == ClassStop {
		t.Errorf("another topic: %v, want the context's error", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	for name, broker := range map[string]string{"closed": closed, "silent": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			log, seen := logs()
			c := client(t, Options{Brokers: []string{broker}, Log: log, StartTimeout: 1500 * time.Millisecond,
				DialTimeout: 200 * time.Millisecond, RequestTimeout: 300 * time.Millisecond})
			_, err := c.Partitions(t.Context(), "topic")
			if ClassOf(err) != ClassRetry {
				t.Fatalf("error %v, want one of class retry", err)
			}
			contains(t, "message", err.Error(), "given up after", "no broker ever answered")
			if got := seen(); len(got) != 1 {
				t.Errorf("logged %q, want one line", got)
			}
		})
	}
}

func TestClosedClient(t *testing.T) {
	fake := kafkatest.Fake(t)
	name := topic(t, fake.ListenAddrs(), 1, nil)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	done := make(chan error, 1)
	go func() {
		for {
			if _, err := c.Fetch(context.Background(), FetchRequest{Topic: name, MaxBytes: 1, MaxWait: 100 * time.Millisecond}, nil); err != nil {
				done <- err
				return
			}
		}
	}()
	time.Sleep(200 * time.Millisecond)
	c.Close()
	select {
	case err := <-done:
		if !errors.Is(err, ErrClosed) {
			t.Errorf("error %v, want ErrClosed", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("a Fetch goes on after Close")
	}
}

func TestBadOptions(t *testing.T) {
	password := func() (string, error) { return "planted-secret", nil }
	for want, o := range map[string]Options{
		"set kafka.brokers":   {},
		"not host:port":       {Brokers: []string{"localhost"}},
		"timeout is negative": {Brokers: []string{"h:1"}, DialTimeout: -1},
		"set sasl.mechanism":  {Brokers: []string{"h:1"}, SASL: login("digest-md5", "u", password)},
		"set sasl.username":   {Brokers: []string{"h:1"}, SASL: login("plain", "", password)},
		"set sasl.token":      {Brokers: []string{"h:1"}, SASL: &SASL{Mechanism: "oauthbearer"}},
		"sasl.extensions":     {Brokers: []string{"h:1"}, SASL: &SASL{Mechanism: "oauthbearer", Tokens: tokenText("t"), Extensions: map[string]string{"auth": "x"}}},
		"and sasl.password":   {Brokers: []string{"h:1"}, SASL: login("plain", "u", nil)},
	} {
		_, err := New(o)
		if err == nil {
			t.Errorf("%s: no error", want)
			continue
		}
		contains(t, "message", err.Error(), want)
	}
	secret := login("plain", "u", password)
	if s := fmt.Sprintf("%v %+v %#v", *secret, *secret, secret); strings.Contains(s, "planted") {
		t.Errorf("a password is printed: %s", s)
	}
}

// BenchmarkFetch reads 1 MiB at a time from a real broker into one buffer.
func BenchmarkFetch(b *testing.B) {
	cluster := kafkatest.Start(b)
	c, err := New(Options{Brokers: cluster.Brokers()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	cluster.CreateTopic(b, "bench", 1, nil)
	p, err := c.NewProducer(b.Context(), "", time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	records := values(strings.Repeat("x", 900_000))
	const batches = 20
	for range batches {
		if _, err := p.Produce(b.Context(), "bench", 0, 1, encode(batch.None, records)); err != nil {
			b.Fatal(err)
		}
	}
	buf := make([]byte, 2<<20)
	b.SetBytes(900_000)
	b.ReportAllocs()
	offset := int64(0)
	for b.Loop() {
		res, err := c.Fetch(b.Context(), FetchRequest{Topic: "bench", Offset: offset, MaxBytes: 1 << 20, MaxWait: time.Second}, buf)
		if err != nil || len(res.Records) < 900_000 {
			b.Fatal(len(res.Records), err)
		}
		buf = res.Buffer
		offset = (offset + 1) % batches
	}
}
