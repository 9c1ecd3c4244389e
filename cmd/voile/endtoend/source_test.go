package endtoend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// TestOffsetsReachTheEnd: on a real broker, a source that holds more than records: transactions that were committed and
// aborted, a partition of which nothing but markers counts, an end of aborted records, compaction's holes, an empty
// partition. Of all of it only what is committed is handed on, and the group's offset comes to the end in every partition.
func TestOffsetsReachTheEnd(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t, kafkatest.Config("log.cleaner.backoff.ms", "500"))
	const topic, partitions = "ends.raw", 5
	cluster.CreateTopic(t, topic, partitions, map[string]string{"cleanup.policy": "compact", "segment.ms": "500",
		"min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "500"})
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	want := map[int32][]int64{}
	n := int64(0)
	write := func(client *kgo.Client, partition int32, key string, records int, counts bool) {
		t.Helper()
		for range records {
			r := &kgo.Record{Topic: topic, Partition: partition, Key: []byte(key), Value: fmt.Appendf(nil, `{"n":%d,"email":"a@example.org"}`, n)}
			if key == "" {
				r.Key = fmt.Appendf(nil, "key %d", n)
			}
			if err := client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if counts {
				want[partition] = append(want[partition], n)
			}
			n++
		}
	}
	inOrder := kgo.RecordPartitioner(kgo.ManualPartitioner())
	client := kafkatest.Client(t, cluster.Brokers(), inOrder)
	writer := kafkatest.Client(t, cluster.Brokers(), inOrder, kgo.TransactionalID("source"))
	transaction := func(end kgo.TransactionEndTry, in func()) {
		t.Helper()
		err := writer.BeginTransaction()
		in()
		if err := errors.Join(err, writer.EndTransaction(context.Background(), end)); err != nil {
			t.Fatal(err)
		}
	}
	const mixed, onlyAborted, compacted, single, empty = 0, 1, 2, 3, 4
	for range 3 {
		write(client, mixed, "", 2, true)
		transaction(kgo.TryCommit, func() { write(writer, mixed, "", 3, true) })
		transaction(kgo.TryAbort, func() { write(writer, mixed, "", 4, false); write(writer, onlyAborted, "", 5, false) })
	}
	write(client, single, "", 1, true)
	write(client, compacted, "again and again", 60, false) // all but the last go
	time.Sleep(time.Second)                                // the segment is old enough to be rolled
	write(client, compacted, "", 1, true)
	left := func() (numbers []int64) {
		for _, r := range kafkatest.ReadAll(t, cluster.Brokers(), topic, true) {
			if r.Partition == compacted {
				numbers = append(numbers, numberOf(t, r.Value))
			}
		}
		return numbers
	}
	waitFor(t, "the compaction leaves holes", time.Minute, func() bool { return len(left()) < 40 })

	for _, delivery := range []string{"exactly_once", "at_least_once"} {
		sink := "ends." + delivery
		cluster.CreateTopic(t, sink, partitions, nil)
		config := flowConfig("ends", cluster.Brokers(), "    delivery: "+delivery, "    group: "+sink)
		s := newSiteOn(t, cluster, strings.Replace(config, "to: ends\n", "to: "+sink+"\n", 1))
		p := s.run(t)
		admin := kadm.NewClient(client)
		waitFor(t, "the group's offsets are those of the end", 30*time.Second, func() bool {
			ends, err1 := admin.ListEndOffsets(t.Context(), topic)
			at, err2 := admin.FetchOffsets(t.Context(), sink)
			if err := errors.Join(err1, err2); err != nil {
				return false
			}
			all := true
			ends.Each(func(o kadm.ListedOffset) {
				c, ok := at.Lookup(topic, o.Partition)
				all = all && ok && c.At == o.Offset
			})
			return all
		})
		p.stop(t)
		got := map[int32][]int64{}
		for _, r := range kafkatest.ReadAll(t, cluster.Brokers(), sink, true) {
			got[r.Partition] = append(got[r.Partition], numberOf(t, r.Value))
		}
		for partition := range int32(partitions) {
			if partition == compacted { // what goes meanwhile is nobody's business; the last record stays
				if g := got[partition]; len(g) == 0 || len(g) > 40 || g[len(g)-1] != want[partition][0] || !slices.IsSorted(g) {
					t.Errorf("%s: the compacted partition became %v", delivery, g)
				}
				continue
			}
			if !slices.Equal(got[partition], want[partition]) {
				t.Errorf("%s: partition %d became %v, want %v", delivery, partition, got[partition], want[partition])
			}
		}
	}
}

// numberOf is the number that a record carries.
func numberOf(t *testing.T, value []byte) (n int64) {
	t.Helper()
	if _, err := fmt.Sscanf(string(value), `{"n":%d,`, &n); err != nil {
		t.Fatalf("a record is not of the form that went in: %v", err)
	}
	return n
}
