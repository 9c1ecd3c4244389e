package endtoend

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// memory reads a line of /proc/PID/status: VmRSS what a process holds, VmHWM the most that it ever held. In MiB.
func memory(t testing.TB, pid int, line string) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("skipped: memory is read from /proc: %v", err)
	}
	for l := range strings.Lines(string(data)) {
		var kib int
		if _, err := fmt.Sscanf(l, line+": %d kB", &kib); err == nil {
			return kib >> 10
		}
	}
	t.Fatalf("/proc/PID/status has no %s", line)
	return 0
}

// produceBulky writes records of n bytes that compress about fifty-fold, each in a batch of its own.
func produceBulky(t *testing.T, s *site, topic string, partitions, each, n int) {
	t.Helper()
	client := kafkatest.Client(t, s.brokers, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()), kgo.MaxBufferedBytes(64<<20))
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same text in every run
	var failed atomic.Pointer[error]
	for i := range each {
		for p := range partitions {
			var text strings.Builder
			for text.Len() < n {
				fmt.Fprintf(&text, "%x%s", random.Uint32(), strings.Repeat(" all of this stays in the clear", 12))
			}
			address := fmt.Sprintf("person%d.of.%d@example.org", i%100, p)
			client.Produce(context.Background(), &kgo.Record{Partition: int32(p), Key: []byte(address),
				Value: fmt.Appendf(nil, `{"n":%d,"email":%q,"text":%q}`, i, address, text.String()[:n])},
				func(_ *kgo.Record, err error) {
					if err != nil {
						failed.Store(&err)
					}
				})
		}
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
}

// coordinatorOf is the node that looks after a group.
func coordinatorOf(t *testing.T, s *site, group string) int {
	t.Helper()
	admin := kadm.NewClient(kafkatest.Client(t, s.brokers))
	node := 0
	waitFor(t, "a coordinator", 30*time.Second, func() bool {
		found := admin.FindGroupCoordinators(t.Context(), group)
		node = int(found[group].NodeID)
		return found.Error() == nil
	})
	return node
}

// TestMemoryIsBounded: records that unpack to fifty times what they travel as, over many partitions, with tight limits.
// Everything arrives, and the process stays small, also while the sink takes nothing.
func TestMemoryIsBounded(t *testing.T) {
	const (
		partitions = 12
		each       = 30
		size       = 900_000 // of a value: 324 MB in all
	)
	cluster := kafkatest.Start(t, kafkatest.Nodes(3))
	s := newSiteWith(t, cluster, vaulttest.Start(t), flowConfig("bulky", cluster.Brokers(), "    group: bulky")+
		"limits: {partition_bytes: 2MiB, total_bytes: 8MiB}\n")
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	// The source's broker and the sink's, which is not the one that looks after the group.
	coordinator := coordinatorOf(t, s, "bulky")
	sink := cluster.Nodes()[coordinator%3]
	place(t, cluster, "bulky.raw", slices.Repeat([]int32{int32(coordinator)}, partitions)...)
	place(t, cluster, "bulky", slices.Repeat([]int32{int32(coordinator%3 + 1)}, partitions)...)
	p := s.run(t)
	waitFor(t, "the proxy is ready", 30*time.Second, ready(s))
	sink.Stop()
	produceBulky(t, s, "bulky.raw", partitions, each, size)
	time.Sleep(3 * time.Second)
	before := memory(t, p.cmd.Process.Pid, "VmRSS")
	time.Sleep(3 * time.Second)
	after := memory(t, p.cmd.Process.Pid, "VmRSS")
	if n := s.total("voile_records_total"); n != 0 {
		t.Errorf("%g records are acknowledged: the sink was meant to take none", n)
	}
	t.Logf("while the sink takes nothing: %d MiB after 3 s, %d MiB after 6 s", before, after)
	if after > before+16 {
		t.Errorf("while the sink takes nothing the process grows from %d to %d MiB in 3 s", before, after)
	}
	cluster.Restart(t)
	start := time.Now()
	waitFor(t, "everything is in the sink", 2*time.Minute, func() bool { return s.total("voile_records_total", `result="passed"`) == partitions*each })
	t.Logf("%d MB in %s; at most %d MiB", partitions*each*size/1_000_000, time.Since(start).Round(10*time.Millisecond), memory(t, p.cmd.Process.Pid, "VmHWM"))
	// The limit of 8 MiB, and for each partition a batch beyond it (twice: what came in and what goes out) and what its
	// encoder holds (twice as well): some 55 MiB. Go's collector lets it double, and the program itself takes 40 MiB.
	const bound = 192 // MiB
	if peak := memory(t, p.cmd.Process.Pid, "VmHWM"); peak > bound {
		t.Errorf("the process held %d MiB, want at most %d", peak, bound)
	}
	p.stop(t)
	if n := len(kafkatest.ReadAll(t, s.brokers, "bulky", true)); n != partitions*each {
		t.Errorf("%d records in the sink, want %d", n, partitions*each)
	}
}
