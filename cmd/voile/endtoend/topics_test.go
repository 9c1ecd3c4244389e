package endtoend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/cmd/auditor/audit"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// produceAll writes records and waits until all are acknowledged.
func produceAll(t *testing.T, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// TestPartitionByKey: with `partition: key` each record lies where Java's producer puts its tokenized key, whatever number
// of partitions the source has.
func TestPartitionByKey(t *testing.T) {
	const (
		sources, sinks = 3, 5
		keys           = 300
	)
	cluster := kafkatest.Start(t)
	s := newSiteWith(t, cluster, vaulttest.Start(t), flowConfig("keyed", cluster.Brokers(), "    group: keyed", "    partition: key"))
	for topic, n := range map[string]int{"keyed.raw": sources, "keyed": sinks, "java": sinks, "voile.quarantine": 1} {
		cluster.CreateTopic(t, topic, n, nil)
	}
	client := kafkatest.Client(t, s.brokers, kgo.DefaultProduceTopic("keyed.raw"))
	var records []*kgo.Record
	for round := range 3 {
		for k := range keys {
			address := fmt.Sprintf("person%d@example.org", k)
			records = append(records, &kgo.Record{Key: []byte(address), Value: fmt.Appendf(nil, `{"n":%d,"email":%q}`, round, address)})
		}
	}
	produceAll(t, client, records...)
	p := s.run(t)
	waitFor(t, "everything is in the sink", 30*time.Second, func() bool { return s.total("voile_records_total", `result="passed"`) == float64(len(records)) })
	p.stop(t)

	voile, rounds := map[string]int32{}, map[string][]int{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, "keyed", true) {
		var v struct{ N int }
		if err := json.Unmarshal(r.Value, &v); err != nil {
			t.Fatal("a record in the sink is not of the form that went in:", err)
		}
		key := string(r.Key)
		if at, ok := voile[key]; ok && at != r.Partition {
			t.Errorf("one key lies in partitions %d and %d", at, r.Partition)
		}
		voile[key], rounds[key] = r.Partition, append(rounds[key], v.N)
	}
	if len(voile) != keys {
		t.Fatalf("%d keys in the sink, want %d", len(voile), keys)
	}
	var lines []string
	for key := range voile {
		if !slices.Equal(rounds[key], []int{0, 1, 2}) {
			t.Errorf("the records of one key came as %v", rounds[key])
		}
		lines = append(lines, key+"|x")
	}
	cluster.JavaProduce(t, "java", lines, "--property", "parse.key=true", "--property", "key.separator=|")
	compared := 0
	for _, r := range kafkatest.ReadAll(t, s.brokers, "java", true) {
		compared++
		if at := voile[string(r.Key)]; at != r.Partition {
			t.Errorf("a key is in partition %d, and Java puts it in %d", at, r.Partition)
		}
	}
	if compared != keys {
		t.Errorf("Java wrote %d keys, want %d", compared, keys)
	}
}

// TestPartitionCounts: with `partition: source` source and sink must have as many partitions; voile says so and ends.
func TestPartitionCounts(t *testing.T) {
	cluster := kafkatest.Start(t)
	s := newSiteWith(t, cluster, vaulttest.Start(t), flowConfig("counts", cluster.Brokers(), "    group: counts"))
	for topic, n := range map[string]int{"counts.raw": 3, "counts": 4, "voile.quarantine": 1} {
		cluster.CreateTopic(t, topic, n, nil)
	}
	p := s.run(t)
	if code := p.exitCode(t, 20*time.Second); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	const want = "the source counts.raw has 3 partitions and the sink counts has 4"
	if !strings.Contains(p.log.String(), want) || !strings.Contains(p.log.String(), "partition: key") {
		t.Errorf("the log does not say %q and what to do:\n%s", want, p.log)
	}
}

// TestSourcesShareASink: two source topics go to one compacted sink. Each keeps its order, and tombstones and empty values
// stay what they are, under tokenized keys.
func TestSourcesShareASink(t *testing.T) {
	const (
		sources = 3
		each    = 2000
	)
	cluster := kafkatest.Start(t)
	config := strings.Replace(flowConfig("both", cluster.Brokers(), "    group: both"), "[both.raw]", "[one.raw, two.raw]", 1)
	s := newSiteWith(t, cluster, vaulttest.Start(t), config)
	for topic, n := range map[string]int{"one.raw": sources, "two.raw": sources, "voile.quarantine": 1} {
		cluster.CreateTopic(t, topic, n, nil)
	}
	cluster.CreateTopic(t, "both", sources, map[string]string{"cleanup.policy": "compact"})
	client := kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	var records []*kgo.Record
	for n := range each {
		for p := range int32(sources) {
			for _, topic := range []string{"one", "two"} {
				r := numbered(int(p), int64(n))
				r.Topic, r.Value = topic+".raw", fmt.Appendf(nil, `{"from":%q,"n":%d,"email":%q}`, topic, n, r.Key)
				r.Headers = []kgo.RecordHeader{{Key: "from", Value: []byte(topic)}, {Key: "n", Value: fmt.Append(nil, n)}}
				switch n % 10 {
				case 7:
					r.Value = nil
				case 8:
					r.Value = []byte{}
				}
				records = append(records, r)
			}
		}
	}
	produceAll(t, client, records...)
	p := s.run(t)
	waitFor(t, "everything is in the sink", 30*time.Second, func() bool { return s.total("voile_records_total", `result="passed"`) == float64(len(records)) })
	waitFor(t, "no lag", 10*time.Second, func() bool { return s.total("voile_lag_records") == 0 })
	p.stop(t)

	type origin struct {
		topic     string
		partition int32
	}
	numbers := map[origin][]int64{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, "both", true) {
		var n int64
		if _, err := fmt.Sscan(string(r.Headers[1].Value), &n); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(r.Key), "vt1.customer-email.") {
			t.Fatal("a key is no token")
		}
		if isNull, isEmpty := r.Value == nil, r.Value != nil && len(r.Value) == 0; isNull != (n%10 == 7) || isEmpty != (n%10 == 8) {
			t.Fatalf("record %d: null %t, empty %t", n, isNull, isEmpty)
		}
		from := origin{string(r.Headers[0].Value), r.Partition}
		numbers[from] = append(numbers[from], n)
	}
	if len(numbers) != 2*sources {
		t.Errorf("records of %d source partitions, want %d", len(numbers), 2*sources)
	}
	for from, ns := range numbers {
		if a := audit.Order(ns, each); len(a.Doubled) > 0 || len(a.Lost) > 0 || !a.InRuns() {
			t.Errorf("%s/%d: %d doubled, %d lost; %s", from.topic, from.partition, len(a.Doubled), len(a.Lost), wrong(&a))
		}
	}
}

// TestTransactionalSource: records of aborted transactions never come out, those of an open one not before it ends, and
// control batches do not keep the lag from reaching 0, nor the group from committing the very end.
func TestTransactionalSource(t *testing.T) {
	cluster := kafkatest.Start(t)
	s := newFlow(t, cluster, vaulttest.Start(t), "tx", 1, "    group: tx")
	writer := func(id string) *kgo.Client {
		return kafkatest.Client(t, s.brokers, kgo.TransactionalID(id), kgo.DefaultProduceTopic("tx.raw"), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	var ten = func(first int64) (records []*kgo.Record) {
		for n := first; n < first+10; n++ {
			records = append(records, numbered(0, n))
		}
		return records
	}
	begin := func(c *kgo.Client, first int64) {
		if err := errors.Join(c.BeginTransaction(), c.ProduceSync(t.Context(), ten(first)...).FirstErr()); err != nil {
			t.Fatal(err)
		}
	}
	end := func(c *kgo.Client, how kgo.TransactionEndTry) {
		if err := c.EndTransaction(context.Background(), how); err != nil {
			t.Fatal(err)
		}
	}
	a, b := writer("a"), writer("b")
	for _, transaction := range []struct {
		first int64
		how   kgo.TransactionEndTry
	}{{0, kgo.TryCommit}, {1000, kgo.TryAbort}, {10, kgo.TryCommit}} {
		begin(a, transaction.first)
		end(a, transaction.how)
	}
	begin(b, 2000) // stays open
	begin(a, 20)
	end(a, kgo.TryCommit) // and holds this one back

	p := s.run(t)
	waitFor(t, "20 records pass", 30*time.Second, func() bool { return s.total("voile_records_total") >= 20 })
	time.Sleep(1500 * time.Millisecond) // three fetches more
	if n := s.total("voile_records_total"); n != 20 {
		t.Errorf("%g records while a transaction is open, want 20", n)
	}
	end(b, kgo.TryAbort)
	begin(a, 1010)
	end(a, kgo.TryAbort) // nothing but aborted records and a control batch at the end
	waitFor(t, "30 records pass", 30*time.Second, func() bool { return s.total("voile_records_total") >= 30 })
	waitFor(t, "no lag", 10*time.Second, func() bool { return s.total("voile_lag_records") == 0 })
	waitFor(t, "the very end is committed", 10*time.Second, func() bool { return committed(t, s, "tx") == endOffsets(t, s, "tx.raw") })
	p.stop(t)
	auditSink(t, s, "tx", []int64{30})
	if n := len(kafkatest.ReadAll(t, s.brokers, "tx", true)); n != 30 {
		t.Errorf("%d records in the sink, want 30", n)
	}
}
