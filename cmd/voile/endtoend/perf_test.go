package endtoend

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
)

// copyVariable makes this test program a contender of the benchmark: what a Go team would write to copy a topic.
const copyVariable = "VOILE_TEST_COPY"

func TestMain(m *testing.M) {
	if job := os.Getenv(copyVariable); job != "" {
		fmt.Fprintln(os.Stderr, plainCopy(strings.Fields(job)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// plainCopy copies a topic with kafka-go's Reader and Writer until it is killed. Its arguments are broker, source, sink, group.
func plainCopy(args []string) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: args[:1], Topic: args[1], GroupID: args[3], StartOffset: kafka.FirstOffset,
		MinBytes: 1, MaxBytes: 1 << 20, CommitInterval: time.Second})
	writer := &kafka.Writer{Addr: kafka.TCP(args[0]), Topic: args[2], RequiredAcks: kafka.RequireAll, Balancer: &kafka.Hash{},
		BatchSize: 500, BatchTimeout: 10 * time.Millisecond}
	ctx := context.Background()
	for {
		first, err := reader.FetchMessage(ctx)
		if err != nil {
			return err
		}
		messages := []kafka.Message{first}
		for len(messages) < 3000 {
			soon, cancel := context.WithTimeout(ctx, 5*time.Millisecond)
			m, err := reader.FetchMessage(soon)
			cancel()
			if err != nil {
				break
			}
			messages = append(messages, m)
		}
		out := make([]kafka.Message, len(messages))
		for i, m := range messages {
			out[i] = kafka.Message{Key: m.Key, Value: m.Value, Headers: m.Headers, Time: m.Time}
		}
		if err := writer.WriteMessages(ctx, out...); err != nil {
			return err
		}
		if err := reader.CommitMessages(ctx, messages...); err != nil {
			return err
		}
	}
}

const (
	perfRecords    = 300_000
	perfPartitions = 6
	perfRounds     = 3
)

// BenchmarkAgainstCopy measures voile and the plain copy in turn, over the same records of the same broker, and reports
// the median of CPU microseconds per record of each process, and their ratios. The broker shares the machine's cores.
//
//	go test -run '^$' -bench AgainstCopy -benchtime 1x -timeout 30m ./cmd/voile/endtoend
func BenchmarkAgainstCopy(b *testing.B) {
	contend(b, perfRecords, "copy", []contender{
		{"copy", ""},
		{"passthrough", perfConfig("hash", nothing, plainly)},
		{"6-tokenize", perfConfig("tokenize", perfFields, plainly)},
		{"6-hash", perfConfig("hash", perfFields, plainly)},
	})
}

// BenchmarkDelivery holds exactly once against at least once in the same way, over more records: a transaction is as long
// as some ten thousand of them.
func BenchmarkDelivery(b *testing.B) {
	contend(b, 4*perfRecords, "", []contender{
		{"passthrough", perfConfig("hash", nothing, plainly)},
		{"passthrough-exactly-once", perfConfig("hash", nothing, "")},
		{"6-tokenize", perfConfig("tokenize", perfFields, plainly)},
		{"6-tokenize-exactly-once", perfConfig("tokenize", perfFields, "")},
	})
}

const (
	nothing = "[{path: $.nothing.here, redact: true}]"
	plainly = "    delivery: at_least_once\n"
)

// A contender is voile with a configuration, or without one the plain copy.
type contender struct{ name, config string }

// contend runs the contenders in turn and reports the medians, as ratios to those of base, and of exactly once to the same
// at least once.
func contend(b *testing.B, records int, base string, contenders []contender) {
	b.Helper()
	cluster := kafkatest.Start(b)
	kafkatest.CreateTopic(b, cluster.Brokers(), "perf.raw", perfPartitions, nil)
	kafkatest.CreateTopic(b, cluster.Brokers(), "voile.quarantine", 1, nil)
	producePerf(b, cluster.Brokers(), "perf.raw", records, perfPartitions, kgo.NoCompression())
	for range b.N {
		cpu, rate := map[string][]float64{}, map[string][]float64{}
		for round := range perfRounds {
			for i, c := range contenders {
				sink := fmt.Sprintf("perf.%d.%d", round, i)
				kafkatest.CreateTopic(b, cluster.Brokers(), sink, perfPartitions, nil)
				var cmd *exec.Cmd
				if c.config == "" {
					cmd = exec.Command(os.Args[0])
					cmd.Env = append(os.Environ(), copyVariable+"="+strings.Join([]string{cluster.Brokers()[0], "perf.raw", sink, sink}, " "))
				} else {
					s := newSiteOn(b, cluster, strings.ReplaceAll(c.config, "SINK", sink))
					cmd = s.command("", "run")
				}
				micros, perSecond := measure(b, cluster.Brokers(), cmd, sink, int64(records))
				b.Logf("round %d: %-24s %5.2f µs CPU a record, %7.0f records/s", round+1, c.name, micros, perSecond)
				cpu[c.name], rate[c.name] = append(cpu[c.name], micros), append(rate[c.name], perSecond)
			}
		}
		for _, c := range contenders {
			b.ReportMetric(median(cpu[c.name]), c.name+"-µs/rec")
			if base != "" {
				b.ReportMetric(median(cpu[c.name])/median(cpu[base]), c.name+"-ratio")
			}
			b.ReportMetric(median(rate[c.name]), c.name+"-rec/s")
			if plain, ok := strings.CutSuffix(c.name, "-exactly-once"); ok {
				b.ReportMetric(median(rate[c.name])/median(rate[plain]), c.name+"-rate-ratio")
				b.ReportMetric(median(cpu[c.name])/median(cpu[plain]), c.name+"-cpu-ratio")
			}
		}
	}
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

const perfFields = `[
      {path: $.userId, domain: id}, {path: $.anonymousId, domain: id}, {path: $.context.traits.email, domain: email},
      {path: $.context.ip, domain: id}, {path: $.context.traits.firstName, domain: id}, {path: $.context.traits.lastName, domain: id}]`

func perfConfig(method, fields, more string) string {
	domains := ""
	if fields == perfFields {
		domains = fmt.Sprintf("domains: {id: {method: %s}, email: {method: %s, value: email}}\n", method, method)
	}
	return `
kafka: {brokers: ["${KAFKA_BROKERS}"]}
vault: {address: "${VAULT_ADDR}", auth: {token: {file: "${VAULT_TOKEN_FILE}"}}}
quarantine: {topic: voile.quarantine}
admin: {listen: "${VOILE_ADMIN}"}
` + domains + `routes:
  - name: perf
    from: [perf.raw]
    to: SINK
    group: SINK
    fields: ` + fields + "\n" + more
}

// producePerf writes events of 1.25 KB, of 100,000 people.
func producePerf(tb testing.TB, brokers []string, topic string, records, partitions int, codec kgo.CompressionCodec) {
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

// measure runs a contender until the sink holds all records. CPU and time count from the first tenth on, so that the
// start is not in them.
func measure(b *testing.B, brokers []string, cmd *exec.Cmd, sink string, records int64) (micros, perSecond float64) {
	b.Helper()
	log := &lockedBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	admin := kadm.NewClient(kafkatest.Client(b, brokers))
	var (
		cpu1, cpu2 float64
		n1, n2     int64
		at1, at2   time.Time
	)
	for deadline := time.Now().Add(5 * time.Minute); n2 < records; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d records in 5 minutes:\n%s", n2, records, log)
		}
		ends, err := admin.ListCommittedOffsets(b.Context(), sink) // the markers of transactions among them: under a thousandth
		if err != nil {
			b.Fatal(err)
		}
		n2 = 0
		ends.Each(func(o kadm.ListedOffset) { n2 += o.Offset })
		cpu2, at2 = cpuSeconds(b, cmd.Process.Pid), time.Now()
		if at1.IsZero() && n2 >= records/10 {
			cpu1, n1, at1 = cpu2, n2, at2
		}
	}
	return (cpu2 - cpu1) * 1e6 / float64(n2-n1), float64(n2-n1) / at2.Sub(at1).Seconds()
}

// cpuSeconds is what a process has used, from /proc/PID/stat, in ticks of 10 ms.
func cpuSeconds(b *testing.B, pid int) float64 {
	b.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		b.Fatalf("/proc/%d/stat is of another form", pid)
	}
	return float64(user+system) / 100
}
