package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"voile/config"
	"voile/internal/hpketest"
	"voile/internal/kafkatest"
	"voile/pipeline"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// A cluster is one fake broker with the topics src, dst and q, and the configuration of a proxy from src to dst.
type cluster struct {
	t      *testing.T
	fake   *kfake.Cluster
	cfg    *config.Config
	hpke   hpketest.Pair
	client *kgo.Client
	wire   *wire.Client // for what a test reads and writes batch by batch
	now    func() time.Time
}

// newCluster gives src and q that many partitions, and dst as many as sink says. route holds more lines of the route,
// or is empty.
func newCluster(t *testing.T, partitions, sink int32, route string) *cluster {
	t.Helper()
	fake := kafkatest.Fake(t, kfake.SeedTopics(partitions, "src", "q"), kfake.SeedTopics(sink, "dst"))
	cfg, err := config.Parse("test", fmt.Appendf(nil, `
kafka: {brokers: ["%s"]}
vault: {address: "https://vault.example:8200", auth: {token: {file: /x}}}
quarantine: {topic: q}
limits: {drain_timeout: 2s}
domains: {email: {method: tokenize, value: email}, id: {method: hash}}
routes:
  - name: r
    from: [src]
    to: dst
    fields: [{key: true, domain: id}, {path: $.email, domain: email, required: true}]
%s`, fake.ListenAddrs()[0], route), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, fake: fake, cfg: cfg, hpke: hpketest.New(t), now: time.Now}
	if c.client, err = kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.Close)
	if c.wire, err = wire.New(wire.Options{Brokers: fake.ListenAddrs()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.wire.Close)
	return c
}

// eachDelivery runs a test once for each way to deliver.
func eachDelivery(t *testing.T, test func(t *testing.T, delivery string)) {
	for _, delivery := range []string{config.DeliveryExactlyOnce, config.DeliveryAtLeastOnce} {
		t.Run(delivery, func(t *testing.T) {
			t.Parallel()
			test(t, delivery)
		})
	}
}

// domain stands for the cryptography: the token of x is name.x.
type domain string

func (d domain) Recognize([]byte) (own, foreign bool) { return false, false }

func (d domain) Normalize(dst, text []byte) ([]byte, bool) { return append(dst, text...), true }

// poison makes a domain panic, with a text that quotes it.
const poison = "poison@example.org"

func (d domain) AppendToken(dst, plaintext []byte) ([]byte, error) {
	if string(plaintext) == poison {
		panic("cannot do " + poison)
	}
	return append(append(append(dst, d...), '.'), plaintext...), nil
}

// A proxy is a running pipeline, and all that can be seen of it from outside.
type proxy struct {
	*pipeline.Pipeline
	t    *testing.T
	logs *observer.ObservedLogs
	reg  *prometheus.Registry
	stop context.CancelFunc
	done chan struct{}
	err  error // of Run, once done is closed
}

// start runs the pipeline until the test ends, or stop is called.
func (c *cluster) start(o wire.Options) *proxy {
	c.t.Helper()
	core, logs := observer.New(zapcore.InfoLevel)
	if o.Brokers == nil {
		o.Brokers = c.fake.ListenAddrs()
	}
	o.Log = zap.New(core)
	client, err := wire.New(o)
	if err != nil {
		c.t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	counts, err := c.wire.Partitions(c.t.Context(), "src", "dst", "q")
	if err != nil {
		c.t.Fatal(err)
	}
	in, err := pipeline.New(pipeline.Parts{
		Config: c.cfg, Client: client, Sealer: c.hpke, Log: o.Log, Metrics: pipeline.NewMetrics(reg), Now: c.now,
		Domains:    map[string]transform.Domain{"email": domain("email"), "id": domain("id")},
		Partitions: counts,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &proxy{Pipeline: in, t: c.t, logs: logs, reg: reg, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = in.Run(ctx)
		client.Close()
	}()
	c.t.Cleanup(func() { stop(); <-p.done })
	return p
}

// until polls until ok, and fails the test with what the proxy logged when it takes longer than a test may.
func (p *proxy) until(what string, ok func() bool) {
	p.t.Helper()
	const bound = time.Minute // of a machine that does other things, too; well, it takes tenths of a second
	for end := time.Now().Add(bound); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().Before(end) {
			continue
		}
		for _, e := range p.logs.All() {
			p.t.Log(e.Level, e.Message, e.ContextMap())
		}
		p.t.Fatalf("after %s still not: %s", bound, what)
	}
}

// logged counts the lines of a message.
func (p *proxy) logged(message string) int { return p.logs.FilterMessage(message).Len() }

// metric adds up a counter, or the sum of a histogram, over all series that have the labels, given as name=value.
func (p *proxy) metric(name string, labels ...string) int {
	p.t.Helper()
	families, err := p.reg.Gather()
	if err != nil {
		p.t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			missing := slices.Clone(labels)
			for _, l := range m.GetLabel() {
				missing = slices.DeleteFunc(missing, func(s string) bool { return s == l.GetName()+"="+l.GetValue() })
			}
			if len(missing) == 0 {
				sum += m.GetCounter().GetValue() + m.GetHistogram().GetSampleSum()
			}
		}
	}
	return int(sum)
}

// settled waits until the outcome of so many records is acknowledged, and holds the metrics against these numbers.
func (p *proxy) settled(passed, quarantined int) {
	p.t.Helper()
	const total = "voile_records_total"
	p.until(fmt.Sprintf("%d records settled", passed+quarantined), func() bool { return p.metric(total) >= passed+quarantined })
	got := [3]int{p.metric(total, "result=passed"), p.metric(total, "result=dropped"), p.metric(total, "result=quarantined")}
	if want := [3]int{passed, 0, quarantined}; got != want {
		p.t.Errorf("passed, dropped and quarantined: %d, want %d", got, want)
	}
	if by := p.metric("voile_quarantined_total"); by != quarantined {
		p.t.Errorf("by reason %d were quarantined, want %d", by, quarantined)
	}
}

// stands waits until a partition stands still, and gives why.
func (p *proxy) stands() string {
	p.t.Helper()
	p.until("a partition stands still", func() bool { return len(p.Status().Stopped) > 0 })
	return p.Status().Stopped[0]
}

// runs fails the test if a partition stands still.
func (p *proxy) runs() {
	p.t.Helper()
	if s := p.Status().Stopped; len(s) > 0 {
		p.t.Error("a partition stands still:", s)
	}
}

// event is the value of record i.
func event(i int) string { return fmt.Sprintf(`{"i":%d,"email":"a%d@example.org"}`, i, i) }

// number reads i out of what event(i) became; -1 if it is none.
func number(t *testing.T, value []byte) int {
	t.Helper()
	v := struct {
		I     int
		Email string
	}{I: -1}
	if err := json.Unmarshal(value, &v); err != nil || !strings.HasPrefix(v.Email, "email.") {
		t.Errorf("a record of the sink is not transformed: %.80q", value)
		return -1
	}
	return v.I
}

// write produces values to a partition of src, all with the key k.
func (c *cluster) write(partition int32, values ...string) {
	c.t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Topic: "src", Partition: partition, Key: []byte("k"), Value: []byte(v)})
	}
	if err := c.client.ProduceSync(c.t.Context(), records...).FirstErr(); err != nil {
		c.t.Fatal(err)
	}
}

// events are the values of the records from to to, without to.
func events(from, to int) []string {
	var out []string
	for i := from; i < to; i++ {
		out = append(out, event(i))
	}
	return out
}

// batches reads what is committed of a whole partition, batch by batch.
func (c *cluster) batches(topic string, partition int) []*batch.Batch {
	c.t.Helper()
	var (
		out     []*batch.Batch
		aborted batch.AbortedFilter
	)
	decoder := batch.NewDecoder(64 << 20)
	for offset := int64(0); ; {
		res, err := c.wire.Fetch(c.t.Context(), wire.FetchRequest{Topic: topic, Partition: partition, Offset: offset, MaxBytes: 4 << 20, ReadCommitted: true}, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		aborted.Start(res.Aborted)
		for set := res.Records; ; {
			raw, rest, ok, err := batch.Next(set)
			if err != nil {
				c.t.Fatal(err)
			}
			if !ok {
				break
			}
			b := new(batch.Batch)
			if err := decoder.Decode(raw, b); err != nil {
				c.t.Fatal(err)
			}
			data, err := aborted.Data(raw, b.Header)
			if err != nil {
				c.t.Fatal(err)
			}
			if offset, set = b.Header.NextOffset(), rest; data {
				out = append(out, b)
			}
		}
		if offset >= res.LastStableOffset {
			return out
		}
	}
}

// records reads a whole partition.
func (c *cluster) records(topic string, partition int) []record.Record {
	c.t.Helper()
	var out []record.Record
	for _, b := range c.batches(topic, partition) {
		out = append(out, b.Records...)
	}
	return out
}

// numbers reads partition 0 of the sink: the numbers of its events.
func (c *cluster) numbers() []int {
	c.t.Helper()
	return c.numbersOf(0)
}

func (c *cluster) numbersOf(partition int) []int {
	c.t.Helper()
	var out []int
	for _, r := range c.records("dst", partition) {
		out = append(out, number(c.t, r.Value))
	}
	return out
}

// opened reads partition 0 of the quarantine, whose entries have one part each.
func (c *cluster) opened() []*quarantine.Entry {
	c.t.Helper()
	var out []*quarantine.Entry
	for _, r := range c.records("q", 0) {
		part, err := quarantine.Open(c.hpke, &r)
		if err != nil {
			c.t.Fatal(err)
		}
		e, err := quarantine.Join([]*quarantine.Part{part})
		if err != nil {
			c.t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// committed gives the group's offset in a partition of src; -1 none.
func (c *cluster) committed(partition int32) int64 {
	c.t.Helper()
	offsets, err := kadm.NewClient(c.client).FetchOffsets(c.t.Context(), c.cfg.Routes[0].Group)
	if errors.Is(err, kerr.GroupIDNotFound) {
		return -1
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if o, ok := offsets.Lookup("src", partition); ok {
		return o.At
	}
	return -1
}

// A refusal is how the broker answers some of what is produced, while it lasts.
type refusal struct {
	mu   sync.Mutex
	code int16
	hits int
}

// refuse answers every Produce to a topic with an error code, until heal.
func (c *cluster) refuse(topic string, code int16) *refusal {
	return c.refuseIf(code, func(name string, _ *kmsg.ProduceRequestTopicPartition) bool { return name == topic })
}

// refusePartition does so for one partition.
func (c *cluster) refusePartition(topic string, partition int32, code int16) *refusal {
	return c.refuseIf(code, func(name string, p *kmsg.ProduceRequestTopicPartition) bool {
		return name == topic && p.Partition == partition
	})
}

// refuseWith does so for each batch that holds the bytes.
func (c *cluster) refuseWith(topic string, holds []byte, code int16) *refusal {
	return c.refuseIf(code, func(name string, p *kmsg.ProduceRequestTopicPartition) bool {
		return name == topic && bytes.Contains(p.Records, holds)
	})
}

func (c *cluster) refuseIf(code int16, which func(topic string, p *kmsg.ProduceRequestTopicPartition) bool) *refusal {
	f := &refusal{code: code}
	c.fake.ControlKey(int16(kmsg.Produce), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		f.mu.Lock()
		defer f.mu.Unlock()
		topic := in.(*kmsg.ProduceRequest).Topics[0]
		if f.code == 0 || !which(topic.Topic, &topic.Partitions[0]) {
			return nil, nil, false
		}
		f.hits++
		p := kmsg.NewProduceResponseTopicPartition()
		p.Partition, p.ErrorCode, p.BaseOffset = topic.Partitions[0].Partition, f.code, -1
		t := kmsg.NewProduceResponseTopic()
		t.Topic, t.Partitions = topic.Topic, append(t.Partitions, p)
		res := in.ResponseKind().(*kmsg.ProduceResponse)
		res.Topics = append(res.Topics, t)
		return res, nil, true
	})
	return f
}

func (f *refusal) heal() { f.become(0) }

// become has the broker answer another code from now on; 0 lets everything through.
func (f *refusal) become(code int16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.code = code
}

// count is how many requests were answered so.
func (f *refusal) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits
}
