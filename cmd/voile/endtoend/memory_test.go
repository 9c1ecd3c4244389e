package endtoend

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// TestMemoryOfManyPartitions: 64 partitions with a backlog of records of 1 MB, more in all than limits.total_bytes lets in,
// with the settings that hold where nobody says anything. The process stays under the memory that docs/operations.md, "Size",
// asks for up to 100 partitions, and every record arrives, once.
func TestMemoryOfManyPartitions(t *testing.T) {
	const (
		partitions = 64
		each       = 6
		size       = 1_000_000 // of a value: 384 MB in all
		limit      = 512       // MiB
	)
	cluster := kafkatest.Start(t)
	s := newFlow(t, cluster, vaulttest.Start(t), "wide", partitions, "    group: wide")
	s.env = append(s.env, "GOMEMLIMIT=460MiB")
	produceWide(t, s.brokers, "wide.raw", partitions, each, size)
	start := time.Now()
	p := s.run(t)
	waitFor(t, "everything is in the sink", 2*time.Minute, func() bool { return s.total("voile_records_total", `result="passed"`) == partitions*each })
	peak := memory(t, p.cmd.Process.Pid, "VmHWM")
	t.Logf("%d MB in %s; at most %d MiB", partitions*each*size/1_000_000, time.Since(start).Round(10*time.Millisecond), peak)
	if peak > limit {
		t.Errorf("the process held %d MiB, want at most %d", peak, limit)
	}
	p.stop(t)
	seen := map[string]int{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, "wide", true) {
		seen[string(r.Headers[0].Value)]++
		if len(r.Value) < size {
			t.Errorf("a record of %d bytes", len(r.Value))
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("record %s is in the sink %d times", id, n)
		}
	}
	if len(seen) != partitions*each {
		t.Errorf("%d records in the sink, want %d", len(seen), partitions*each)
	}
}

// produceWide writes records of n bytes, uncompressed, each in a batch of its own and with its number in a header.
func produceWide(t *testing.T, brokers []string, topic string, partitions, each, n int) {
	t.Helper()
	client := kafkatest.Client(t, brokers, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerBatchMaxBytes(1<<20), kgo.MaxBufferedBytes(64<<20))
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same text in every run
	for i := range partitions * each {
		address := fmt.Sprintf("person%d@example.org", i%100)
		value := fmt.Appendf(make([]byte, 0, n), `{"n":%d,"email":%q,"list":[`, i, address)
		for len(value) < n-40 {
			value = fmt.Appendf(value, `{"id":%d,"on":true},`, random.Uint32())
		}
		value = fmt.Appendf(value, `{"pad":"%s"}]}`, strings.Repeat("x", n-len(value)-12))
		client.Produce(context.Background(), &kgo.Record{Partition: int32(i % partitions), Key: []byte(address), Value: value,
			Headers: []kgo.RecordHeader{{Key: "number", Value: fmt.Append(nil, i)}}}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := client.Flush(t.Context()); err != nil || t.Failed() {
		t.Fatal("the records cannot be written: ", err)
	}
}

// memoryRecords is how many events BenchmarkMemory has a process work off.
const memoryRecords = 300_000

const memoryConfig = `
kafka: {brokers: ["${KAFKA_BROKERS}"]}
vault: {address: "${VAULT_ADDR}", auth: {token: {file: "${VAULT_TOKEN_FILE}"}}}
quarantine: {topic: voile.quarantine}
admin: {listen: "${VOILE_ADMIN}"}
domains: {id: {method: tokenize}, email: {method: tokenize, value: email}}
routes:
  - name: memory
    from: [SOURCE]
    to: SINK
    group: SINK
    fields: [
      {path: $.userId, domain: id}, {path: $.anonymousId, domain: id}, {path: $.context.traits.email, domain: email},
      {path: $.context.ip, domain: id}, {path: $.context.traits.firstName, domain: id}, {path: $.context.traits.lastName, domain: id}]
`

// BenchmarkMemory measures what one process holds under the default limits while it works off a backlog, by partitions and
// by the source's codec, and reports its peak and what is left two seconds after. The figures of docs/operations.md, "Size",
// are from here, under GOMEMLIMIT as it is named there.
//
//	GOMEMLIMIT=460MiB go test -run '^$' -bench Memory -benchtime 1x -timeout 30m ./cmd/voile/endtoend
func BenchmarkMemory(b *testing.B) {
	cluster := kafkatest.Start(b)
	kafkatest.CreateTopic(b, cluster.Brokers(), "voile.quarantine", 1, nil)
	for _, codec := range []struct {
		name string
		as   kgo.CompressionCodec
	}{{"none", kgo.NoCompression()}, {"zstd", kgo.ZstdCompression()}} {
		for _, partitions := range []int{6, 24, 100} {
			topic := fmt.Sprintf("memory.%s.%d", codec.name, partitions)
			kafkatest.CreateTopic(b, cluster.Brokers(), topic, partitions, nil)
			produceEvents(b, cluster.Brokers(), topic, memoryRecords, partitions, codec.as)
			b.Run(fmt.Sprintf("codec=%s/partitions=%d", codec.name, partitions), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					sink := fmt.Sprintf("%s.sink%d", topic, i)
					kafkatest.CreateTopic(b, cluster.Brokers(), sink, partitions, nil)
					config := strings.NewReplacer("SOURCE", topic, "SINK", sink).Replace(memoryConfig)
					peak, after := holds(b, newSiteOn(b, cluster, config), sink)
					b.ReportMetric(float64(peak), "peak-MiB")
					b.ReportMetric(float64(after), "after-MiB")
				}
			})
		}
	}
}

// holds runs voile until the sink holds all records, and two seconds more.
func holds(b *testing.B, s *site, sink string) (peak, after int) {
	b.Helper()
	cmd := s.command("", "run")
	log := &lockedBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	for deadline := time.Now().Add(5 * time.Minute); endOffsets(b, s, sink) < memoryRecords; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("not all records in 5 minutes:\n%s", log)
		}
	}
	time.Sleep(2 * time.Second)
	return memory(b, cmd.Process.Pid, "VmHWM"), memory(b, cmd.Process.Pid, "VmRSS")
}

// produceEvents writes events of 1.25 KB, of 100,000 people.
func produceEvents(tb testing.TB, brokers []string, topic string, records, partitions int, codec kgo.CompressionCodec) {
	tb.Helper()
	client := kafkatest.Client(tb, brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec), kgo.MaxBufferedRecords(20_000))
	for n := range records {
		who := n * 7919 % 100_000
		value := fmt.Appendf(nil, `{"type":"track","event":"Order Completed","messageId":"seg-%09d","timestamp":"2026-03-02T07:00:06.000Z",`+
			`"userId":"crm-%09d","anonymousId":"fd85a9f9-2381-4647-8e5a-%012d","integrations":{"All":true},`+
			`"context":{"ip":"198.18.%d.%d","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)","locale":"fr-FR",`+
			`"page":{"path":"/panier","title":"Panier","url":"https://shop.example/panier?step=2","referrer":"https://mail.example/open?c=9"},`+
			`"traits":{"email":"Person.%d@Messagerie.test","firstName":"Prénom%d","lastName":"Nom%d","plan":"gold","f1":"value one","f2":"value two"},`+
			`"library":{"name":"@segment/analytics-node","version":"3.1.0"}},`+
			`"properties":{"order_id":"o-%d","currency":"EUR","revenue":59.90,"items":[{"sku":"SKU-0912","name":"lampe","price":19.9,"quantity":2},`+
			`{"sku":"SKU-0042","name":"vase","price":9.90,"quantity":1}],"coupon":null,"order_no":123456789012345678901234567890,`+
			`"shipping":{"method":"standard","carrier":"colis","eta":"2026-03-05","cost":4.90,"insured":false,"depot":"Lyon-2"},`+
			`"history":[{"at":"2026-02-11","total":12.5},{"at":"2026-01-03","total":80.25},{"at":"2025-12-24","total":31.0}]},`+
			`"_metadata":{"nodeVersion":"v20.20.2","jsRuntime":"node"}}`, n, who, who, who/256%256, who%256, who, who, who, n)
		client.Produce(tb.Context(), &kgo.Record{Topic: topic, Partition: int32(n % partitions), Key: fmt.Appendf(nil, "%d", who), Value: value},
			func(_ *kgo.Record, err error) {
				if err != nil {
					tb.Error(err)
				}
			})
	}
	if err := client.Flush(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}
