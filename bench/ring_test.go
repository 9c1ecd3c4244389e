package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/bench/event"
	"voile/bench/process"
	"voile/bench/report"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

const (
	sourceTopic     = "bench.source"
	quarantineTopic = "bench.quarantine"
)

// A ring is where contenders run, one at a time: a broker with the events, a Vault server, a file with some of the events.
type ring struct {
	t           *testing.T
	source      event.Source
	records     int
	partitions  int
	compression string // a name of compression.type
	bytes       int    // of all values
	brokers     []string
	topic       string // that the contenders read
	vault       *vaulttest.Server
	programs    programs
	file        string // the first events, one a line
	profiles    string // folder of voile's profiles; empty for none
	runs        int
}

// inFile is how many events the file holds at most.
const inFile = 20_000

func newRing(t *testing.T, source event.Source, records, partitions int, compression string, programs programs) *ring {
	t.Helper()
	cluster := kafkatest.Start(t)
	r := &ring{t: t, source: source, records: records, partitions: partitions, compression: compression, brokers: cluster.Brokers(), topic: sourceTopic, programs: programs,
		vault: vaulttest.Start(t), file: filepath.Join(t.TempDir(), "events.jsonl")}
	r.vault.EnableTransit(t, "transit")
	kafkatest.CreateTopic(t, r.brokers, quarantineTopic, 1, nil)
	r.warmUp(t)
	r.load(t)
	var lines []byte
	for n := range min(records, inFile) {
		lines = append(source.Append(lines, n), '\n')
	}
	if err := os.WriteFile(r.file, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// warmUp has the broker make the topics in which it keeps groups and transactions, which takes seconds: the first contender
// would wait for them.
func (r *ring) warmUp(t *testing.T) {
	t.Helper()
	var offsets kadm.Offsets
	offsets.AddOffset(quarantineTopic, 0, 0, -1)
	if err := admin(t, r.brokers).CommitAllOffsets(t.Context(), "bench.warm-up", offsets); err != nil {
		t.Fatal(err)
	}
	if _, _, err := kafkatest.Client(t, r.brokers, kgo.TransactionalID("bench.warm-up")).ProducerID(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// codecs are what -compression may name.
var codecs = map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}

// load makes the source and writes the events into it, the partitions in turn.
func (r *ring) load(t *testing.T) {
	t.Helper()
	kafkatest.CreateTopic(t, r.brokers, sourceTopic, r.partitions, nil)
	client := kafkatest.Client(t, r.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codecs[r.compression]), kgo.MaxBufferedRecords(20_000))
	for n := range r.records {
		value := r.source.Append(nil, n)
		r.bytes += len(value)
		client.Produce(t.Context(), &kgo.Record{Topic: sourceTopic, Partition: int32(n % r.partitions), Key: r.source.Key(n), Value: value},
			func(_ *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
			})
	}
	if err := client.Flush(t.Context()); err != nil || t.Failed() {
		t.Fatal("the events could not be written: ", err)
	}
}

// kafka are the arguments of the programs that copy from topic to topic.
func (r *ring) kafka(sink string) []string {
	return []string{"-broker", r.brokers[0], "-source", r.topic, "-sink", sink, "-compression", r.compression}
}

// run lets a contender run once, and judges what it wrote.
func (r *ring) run(t *testing.T, c contender, round int) report.Run {
	t.Helper()
	r.runs++
	sink := fmt.Sprintf("bench.sink-%d", r.runs)
	if c.alone {
		run := r.ask(t, c.command(r, r.programs[c.program], sink), loadAverage(t))
		run.Contender, run.Round = c.name, round+1
		return run
	}
	kafkatest.CreateTopic(t, r.brokers, sink, r.partitions, map[string]string{"file.delete.delay.ms": "1000"})
	cmd := c.command(r, r.programs[c.program], sink)
	end := func(cmd *exec.Cmd) error { return cmd.Process.Kill() }
	if r.profiles != "" && c.program == "voile" {
		cmd.Env, end = append(cmd.Env, profileVariable+"="+filepath.Join(r.profiles, profileName(c.name))), endWithProfile
	}
	from, to := r.records/10, r.records
	if c.window != nil {
		from, to = c.window(r.records)
	}
	run := r.race(t, cmd, end, sink, int64(from), int64(to))
	run.Contender, run.Round = c.name, round+1
	if err := r.judge(t, sink, c.fields); err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	if _, err := admin(t, r.brokers).DeleteTopics(t.Context(), sink); err != nil {
		t.Fatal(err)
	}
	return run
}

// ask runs a program that measures itself.
func (r *ring) ask(t *testing.T, cmd *exec.Cmd, load float64) report.Run {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, stderr.Bytes())
	}
	var said struct {
		Records int     `json:"records"`
		CPU     float64 `json:"cpu_us"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Records != r.records || said.CPU <= 0 {
		t.Fatalf("%s says %q: %v", cmd, text, err)
	}
	return report.Run{Records: said.Records, CPUMicros: said.CPU / float64(said.Records), LoadBefore: load}
}

const (
	pause    = 20 * time.Millisecond // between two looks at the sink
	still    = 500 * time.Millisecond
	patience = 10 * time.Minute
)

// race runs a process until its sink holds all records and no more come. What counts is between the look that saw `from`
// records and the one that saw `to`, where that is all of them the last one that saw the sink grow: neither start nor
// waiting is in it. Offsets are looked at, so that the markers of transactions count as records: under one in two hundred.
// Then end ends the process.
func (r *ring) race(t *testing.T, cmd *exec.Cmd, end func(*exec.Cmd) error, sink string, from, to int64) report.Run {
	t.Helper()
	load := loadAverage(t)
	client := admin(t, r.brokers)
	began := time.Now()
	p := start(t, cmd)
	defer p.kill()
	var first, begin, finish, last look
	for last.records < int64(r.records) || time.Since(last.at) < still {
		if time.Since(began) > patience {
			t.Fatalf("%d of %d records in %s:\n%s", last.records, r.records, patience, p.log)
		}
		now, err := lookAt(t.Context(), client, sink, cmd.Process.Pid)
		if err != nil {
			t.Fatalf("%v\n%s", err, p.log)
		}
		if now.records > last.records {
			last = now
			if finish.records < to || to == int64(r.records) {
				finish = now
			}
		}
		if first.at.IsZero() && now.records > 0 {
			first = now
		}
		if begin.at.IsZero() && now.records >= from {
			begin = now
		}
		time.Sleep(pause)
	}
	memory, err := process.PeakMemory(cmd.Process.Pid)
	if err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
	if err := end(cmd); err != nil {
		t.Fatalf("%v\n%s", err, p.log)
	}
	finish.records = min(finish.records, int64(r.records)) // without the markers at the end
	counted := int(finish.records - begin.records)
	if counted < int(to-from)/2 {
		t.Fatalf("half of the records came at once: with %d records there is nothing to measure", r.records)
	}
	return report.Run{Records: counted, CPUMicros: float64((finish.cpu - begin.cpu).Microseconds()) / float64(counted),
		PerSecond:  math.Round(float64(counted) / finish.at.Sub(begin.at).Seconds()),
		PeakMemory: memory, First: math.Round(first.at.Sub(began).Seconds()*100) / 100, LoadBefore: load}
}

// A look is what was seen at one moment.
type look struct {
	records int64 // in the sink, committed
	at      time.Time
	cpu     time.Duration // of the process, since it began
}

func lookAt(ctx context.Context, client *kadm.Client, sink string, pid int) (now look, err error) {
	ends, err := client.ListCommittedOffsets(ctx, sink)
	if err := errors.Join(err, ends.Error()); err != nil {
		return look{}, fmt.Errorf("the end of the sink: %w", err)
	}
	ends.Each(func(o kadm.ListedOffset) { now.records += o.Offset })
	now.at = time.Now()
	now.cpu, err = process.CPU(pid)
	return now, err
}
