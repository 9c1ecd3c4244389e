package endtoend

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/cmd/auditor/audit"
	"voile/internal/kafkatest"
)

const killConfig = `
kafka: {brokers: ["${KAFKA_BROKERS}"]}
vault: {address: "${VAULT_ADDR}", auth: {token: {file: "${VAULT_TOKEN_FILE}"}}}
quarantine: {topic: voile.quarantine}
admin: {listen: "${VOILE_ADMIN}"}
domains:
  customer-email: {method: tokenize, value: email}
routes:
  - name: kill
    from: [kill.raw]
    to: kill
    fields:
      - {key: true, domain: customer-email}
      - {path: $.email, domain: customer-email, required: true}
`

// TestKillAndRestart: the proxy is killed twice in the middle of 200,000 records and started again. Nothing is lost, and
// what is doubled is doubled in whole runs.
func TestKillAndRestart(t *testing.T) {
	const (
		sources = 4
		each    = 50_000
		total   = sources * each
	)
	s := newSite(t, killConfig)
	kafkatest.CreateTopic(t, s.brokers, "kill.raw", sources, nil)
	kafkatest.CreateTopic(t, s.brokers, "kill", sources, nil)
	kafkatest.CreateTopic(t, s.brokers, "voile.quarantine", 1, nil)
	produceNumbered(t, s, "kill.raw", sources, each)

	for i, share := range []float64{0.15, 0.5} {
		p := s.run(t)
		waitFor(t, fmt.Sprintf("%g of the records in the sink", share), time.Minute, func() bool {
			return endOffsets(t, s, "kill") >= int64(share*total)
		})
		p.kill()
		if n := committed(t, s, "voile-kill"); n >= total {
			t.Fatalf("the proxy had committed everything before kill %d: this proves nothing", i+1)
		}
	}
	p := s.run(t)
	waitFor(t, "the group has committed everything", 2*time.Minute, func() bool { return s.total("voile_lag_records") == 0 && committed(t, s, "voile-kill") >= total })
	p.stop(t)

	tokens := map[string]string{}
	numbers := make([][]int64, sources)
	for _, r := range kafkatest.ReadAll(t, s.brokers, "kill", true) {
		var n int64
		var rest string
		if _, err := fmt.Sscanf(string(r.Value), `{"n":%d,%s`, &n, &rest); err != nil {
			t.Fatalf("a record in the sink is not of the form that went in: %v", err)
		}
		if strings.Contains(string(r.Value), "@") || strings.Contains(string(r.Key), "@") {
			t.Fatal("an address in the clear is in the sink")
		}
		numbers[r.Partition] = append(numbers[r.Partition], n)
		who := fmt.Sprint(r.Partition, " ", n%100)
		if before, ok := tokens[who]; ok && before != string(r.Key) {
			t.Fatalf("one address has two tokens over the restarts")
		}
		tokens[who] = string(r.Key)
	}
	runs, doubled := 0, 0
	for partition, ns := range numbers {
		a := audit.Order(ns, each)
		runs, doubled = runs+a.Runs, doubled+len(a.Doubled)
		t.Logf("partition %d: %d records in %d runs, %d doubled", partition, len(ns), a.Runs, len(a.Doubled))
		if len(a.Lost) > 0 || !a.InRuns() {
			t.Errorf("partition %d: %d lost; %s", partition, len(a.Lost), wrong(&a))
		}
	}
	t.Logf("%d records in, %d runs in all, %d doubled", total, runs, doubled)
	if n := len(kafkatest.ReadAll(t, s.brokers, "voile.quarantine", true)); n != 0 {
		t.Errorf("%d records in the quarantine", n)
	}
}

// wrong says, within reason, which records at least once does not allow where they are.
func wrong(s *audit.Sequence) string {
	first := func(ns []int64) []int64 { return ns[:min(len(ns), 5)] }
	return fmt.Sprintf("gaps before %v, late runs before %v, %v were never written", first(s.Gaps), first(s.Stale), first(s.Foreign))
}

// produceNumbered writes records that carry their number within their partition.
func produceNumbered(t *testing.T, s *site, topic string, sources, each int) {
	t.Helper()
	client := kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(50_000))
	for n := range each {
		for p := range sources {
			address := fmt.Sprintf("person%d.of.%d@example.org", n%100, p)
			client.Produce(context.Background(), &kgo.Record{Topic: topic, Partition: int32(p), Key: []byte(address),
				Value: fmt.Appendf(nil, `{"n":%d,"email":%q,"text":"nothing to see here"}`, n, address)},
				func(_ *kgo.Record, err error) {
					if err != nil {
						t.Error(err)
					}
				})
		}
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// endOffsets is how many records a topic holds, doubled ones too.
func endOffsets(t testing.TB, s *site, topic string) (sum int64) {
	t.Helper()
	ends, err := kadm.NewClient(kafkatest.Client(t, s.brokers)).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
	return sum
}

// committed is how many records a group has committed.
func committed(t *testing.T, s *site, group string) (sum int64) {
	t.Helper()
	offsets, err := kadm.NewClient(kafkatest.Client(t, s.brokers)).FetchOffsets(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	offsets.Each(func(o kadm.OffsetResponse) { sum += max(o.At, 0) })
	return sum
}
