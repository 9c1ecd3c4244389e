package endtoend

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// TestCompression: batches of every codec from the Java producer keep theirs with `compression: source`, and the Java
// consumer reads what came out; with `compression: zstd` all of them become zstd.
func TestCompression(t *testing.T) {
	const each = 200 // records of each codec
	codecs := []string{"none", "gzip", "snappy", "lz4", "zstd"}
	cluster := kafkatest.Start(t)
	forced := strings.Replace(routeConfig("forced", "    compression: zstd"), "[forced.raw]", "[asis.raw]", 1)
	s := newFlow(t, cluster, vaulttest.Start(t), "asis", 1, "    compression: source", forced)
	cluster.CreateTopic(t, "forced", 1, nil)
	cluster.CreateTopic(t, "forced.q", 1, nil)
	for i, codec := range codecs {
		var lines []string
		for n := i * each; n < (i+1)*each; n++ {
			r := numbered(0, int64(n))
			lines = append(lines, fmt.Sprintf("%s|%s", r.Key, r.Value))
		}
		cluster.JavaProduce(t, "asis.raw", lines, "--property", "parse.key=true", "--property", "key.separator=|",
			"--compression-codec", codec)
	}
	total := len(codecs) * each
	p := s.run(t)
	waitFor(t, "everything is in both sinks", 30*time.Second, func() bool { return s.total("voile_records_total", `result="passed"`) == float64(2*total) })
	p.stop(t)

	var want []string
	for topic, codecOf := range map[string]func(n int) int{
		"asis.raw": func(n int) int { return n / each },
		"asis":     func(n int) int { return n / each },
		"forced":   func(int) int { return 4 },
	} {
		records := kafkatest.ReadAll(t, s.brokers, topic, true)
		if len(records) != total {
			t.Fatalf("%d records in %s, want %d", len(records), topic, total)
		}
		for n, r := range records {
			if got := int(r.Attrs.CompressionType()); got != codecOf(n) {
				t.Fatalf("%s: record %d lies in a batch of codec %s, want %s", topic, n, codecs[got], codecs[codecOf(n)])
			}
			var v struct{ N int }
			if err := json.Unmarshal(r.Value, &v); err != nil || v.N != n {
				t.Fatalf("%s: record %d is not the one that went in", topic, n)
			}
			if topic == "asis" {
				want = append(want, fmt.Sprintf("%s|%s", r.Key, r.Value))
			}
		}
	}
	auditSink(t, s, "asis", []int64{int64(total)})
	auditSink(t, s, "forced", []int64{int64(total)})
	got := cluster.JavaConsume(t, "asis", total, "--property", "print.key=true", "--property", "key.separator=|")
	for n := range want {
		if got[n] != want[n] {
			t.Fatalf("the Java client reads another record %d", n)
		}
	}
}
