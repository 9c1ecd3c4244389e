package wire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
	"voile/pipeline/record"
)

const (
	scramUser, scramPassword = "alice", "alice-secret-1"
	plainUser, plainPassword = "bob", "bob-secret-2"
)

var kafka4 = kafkatest.Shared{Options: []kafkatest.Option{
	kafkatest.ScramUser("SCRAM-SHA-512", scramUser, scramPassword),
	kafkatest.ScramUser("SCRAM-SHA-256", scramUser, scramPassword),
	kafkatest.Listener("SASL", "SASL_PLAINTEXT", map[string]string{
		"sasl.enabled.mechanisms":        "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
		"scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_` +
			plainUser + `="` + plainPassword + `";`,
	}),
}}

func TestMain(m *testing.M) { os.Exit(kafka4.Run(m)) }

// each runs a test against the imitation, and against Apache Kafka.
func each(t *testing.T, f func(t *testing.T, brokers []string)) {
	t.Run("kfake", func(t *testing.T) {
		f(t, kafkatest.Fake(t, kfake.NumBrokers(3)).ListenAddrs())
	})
	t.Run("apache", func(t *testing.T) {
		f(t, kafka4.Cluster(t).Brokers())
	})
}

var topics atomic.Int32

// topic makes a topic with a name of its own.
func topic(t *testing.T, brokers []string, partitions int, config map[string]string) string {
	t.Helper()
	name := fmt.Sprintf("topic-%d", topics.Add(1))
	kafkatest.CreateTopic(t, brokers, name, partitions, config)
	return name
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func timeout(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func producer(t *testing.T, c *Client) *Producer {
	t.Helper()
	p, err := c.NewProducer(timeout(t, time.Minute), "id-"+t.Name(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// encode gives Produce what it asks for.
func encode(codec batch.Codec, records []record.Record) func(int64, int16, int32) ([]byte, error) {
	return func(id int64, epoch int16, sequence int32) ([]byte, error) {
		return new(batch.Encoder).Encode(nil, records,
			batch.Params{Codec: codec, ProducerID: id, ProducerEpoch: epoch, BaseSequence: sequence})
	}
}

// values makes records of the values.
func values(vs ...string) []record.Record {
	records := make([]record.Record, len(vs))
	for i, v := range vs {
		records[i] = record.Record{Timestamp: 1_700_000_000_000 + int64(i), Value: []byte(v)}
	}
	return records
}

// write produces one batch of the values.
func write(t *testing.T, p *Producer, topic string, partition int, vs ...string) int64 {
	t.Helper()
	offset, err := p.Produce(timeout(t, time.Minute), topic, partition, len(vs), encode(batch.None, values(vs...)))
	if err != nil {
		t.Fatal(err)
	}
	return offset
}

// stored reads a partition's values with franz-go.
func stored(t *testing.T, brokers []string, topic string) []string {
	t.Helper()
	var out []string
	for _, r := range kafkatest.ReadAll(t, brokers, topic, true) {
		out = append(out, string(r.Value))
	}
	return out
}

// decode decodes a fetched record set up to the end, all of it.
func decode(t *testing.T, set []byte) (records []record.Record, codecs []batch.Codec) {
	t.Helper()
	d := batch.NewDecoder(1 << 30)
	for {
		raw, rest, ok, err := batch.Next(set)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return records, codecs
		}
		var b batch.Batch
		if err := d.Decode(raw, &b); err != nil {
			t.Fatal(err)
		}
		if !b.Header.Control {
			records, codecs = append(records, b.Records...), append(codecs, b.Header.Codec)
		}
		set = rest
	}
}

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// recordsEqual tells null from empty.
func recordsEqual(a, b record.Record) bool {
	same := func(x, y []byte) bool { return bytes.Equal(x, y) && (x == nil) == (y == nil) }
	if a.Timestamp != b.Timestamp || !same(a.Key, b.Key) || !same(a.Value, b.Value) || len(a.Headers) != len(b.Headers) {
		return false
	}
	for i := range a.Headers {
		if !bytes.Equal(a.Headers[i].Name, b.Headers[i].Name) || !same(a.Headers[i].Value, b.Headers[i].Value) {
			return false
		}
	}
	return true
}

func fromFranz(r *kgo.Record) record.Record {
	out := record.Record{Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, record.Header{Name: []byte(h.Key), Value: h.Value})
	}
	return out
}

// A scissors cuts connections after the broker has done what it was asked: the answer is read and thrown away.
type scissors struct {
	mu   sync.Mutex
	cuts map[int16]int // by API key, how many answers are still to be lost
	sent map[int16]int // by API key, how many requests there were
	done int
}

// requests gives how many requests of a kind were sent since it was last asked.
func (s *scissors) requests(api protocol.ApiKey) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.sent[int16(api)]
	s.sent[int16(api)] = 0
	return n
}

func (s *scissors) arm(api int16, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cuts = map[int16]int{api: n}
}

func (s *scissors) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

func (s *scissors) install(c *Client) {
	s.sent = map[int16]int{}
	dial := c.transport.Dial
	c.transport.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &scissorsConn{Conn: conn, s: s}, err
	}
}

type scissorsConn struct {
	net.Conn
	s    *scissors
	lose atomic.Bool
}

func (c *scissorsConn) Write(b []byte) (int, error) {
	if len(b) > 12 && bytes.Equal(b[8:12], []byte("voil")) { // a head of ours: size, API key, version, correlation
		c.s.mu.Lock()
		api := int16(b[4])<<8 | int16(b[5])
		c.s.sent[api]++
		if c.s.cuts[api] > 0 {
			c.s.cuts[api]--
			c.s.done++
			c.lose.Store(true)
		}
		c.s.mu.Unlock()
	}
	return c.Conn.Write(b)
}

func (c *scissorsConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.lose.Load() && err == nil {
		_ = c.Conn.Close()
		clear(b[:n])
		return 0, io.EOF
	}
	return n, err
}

// logs gives a logger and what it has logged, as one line each.
func logs() (*zap.Logger, func() []string) {
	core, seen := observer.New(zap.DebugLevel)
	return zap.New(core), func() []string {
		var out []string
		for _, e := range seen.All() {
			line := e.Level.String() + " " + e.Message
			for k, v := range e.ContextMap() {
				line += fmt.Sprintf(" %s=%v", k, v)
			}
			out = append(out, line)
		}
		return out
	}
}

func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q lacks %q", what, text, part)
		}
	}
}
