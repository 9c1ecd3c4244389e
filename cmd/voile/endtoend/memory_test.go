package endtoend

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

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
			producePerf(b, cluster.Brokers(), topic, perfRecords, partitions, codec.as)
			b.Run(fmt.Sprintf("codec=%s/partitions=%d", codec.name, partitions), func(b *testing.B) {
				for i := range b.N {
					sink := fmt.Sprintf("%s.sink%d", topic, i)
					kafkatest.CreateTopic(b, cluster.Brokers(), sink, partitions, nil)
					config := strings.NewReplacer("perf.raw", topic, "SINK", sink).Replace(perfConfig("tokenize", perfFields, ""))
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
	for deadline := time.Now().Add(5 * time.Minute); endOffsets(b, s, sink) < perfRecords; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("not all records in 5 minutes:\n%s", log)
		}
	}
	time.Sleep(2 * time.Second)
	return memory(b, cmd.Process.Pid, "VmHWM"), memory(b, cmd.Process.Pid, "VmRSS")
}
