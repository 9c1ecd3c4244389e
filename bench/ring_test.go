package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/bench/event"
	"voile/bench/report"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

const (
	sourceTopic     = "bench.source-%d" // by the number of its partitions
	quarantineTopic = "bench.quarantine"
)

// A ring is where contenders run, one at a time: a broker with the events, a Vault server, a file with some of the events.
type ring struct {
	t           *testing.T
	source      event.Source
	records     int
	partitions  int
	compression string // a name of compression.type
	bytes       int    // of all values, once
	brokers     []string
	topic       string // that the contenders read
	vault       *vaulttest.Server
	programs    map[string]string // paths, by contender.program
	file        string            // the first events, one a line
	profiles    string            // folder of voile's profiles; empty for none
	runs        int
}

// inFile is how many events the file holds at most.
const inFile = 20_000

// newRing starts the services and writes the events once for each number of partitions that a contender asks for.
func newRing(t *testing.T, source event.Source, records, partitions int, compression string, list []contender) *ring {
	t.Helper()
	cluster := kafkatest.Start(t)
	r := &ring{t: t, source: source, records: records, partitions: partitions, compression: compression, brokers: cluster.Brokers(),
		vault: vaulttest.Start(t), file: filepath.Join(t.TempDir(), "events.jsonl")}
	r.vault.EnableTransit(t, "transit")
	kafkatest.CreateTopic(t, r.brokers, quarantineTopic, 1, nil)
	r.warmUp(t)
	loaded := map[int]bool{}
	for _, c := range list {
		if of := r.of(c); !loaded[of.partitions] {
			loaded[of.partitions] = true
			of.load(t)
			r.bytes = of.bytes
		}
	}
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

// of is the ring as a contender sees it: with as many partitions as it asks for, if it does.
func (r *ring) of(c contender) *ring {
	inside := *r
	if c.partitions > 0 {
		inside.partitions = c.partitions
	}
	inside.topic = fmt.Sprintf(sourceTopic, inside.partitions)
	return &inside
}

// load makes the ring's topic and writes the events into it, the partitions in turn.
func (r *ring) load(t *testing.T) {
	t.Helper()
	r.bytes = 0
	kafkatest.CreateTopic(t, r.brokers, r.topic, r.partitions, nil)
	client := kafkatest.Client(t, r.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codecs[r.compression]), kgo.MaxBufferedRecords(20_000))
	for n := range r.records {
		value := r.source.Append(nil, n)
		r.bytes += len(value)
		client.Produce(t.Context(), &kgo.Record{Topic: r.topic, Partition: int32(n % r.partitions), Key: r.source.Key(n), Value: value},
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

// run lets a contender run once, and judges what it wrote. An error is about the contender; what concerns everybody ends
// the test.
func (r *ring) run(t *testing.T, c contender, round int) (report.Run, error) {
	t.Helper()
	r.runs++
	sink := fmt.Sprintf("bench.sink-%d", r.runs)
	inside, load := r.of(c), loadAverage(t)
	if c.alone {
		run, err := r.ask(c.command(inside, r.programs[c.program], sink))
		run.Contender, run.Round, run.LoadBefore = c.name, round+1, load
		return run, err
	}
	kafkatest.CreateTopic(t, r.brokers, sink, inside.partitions, map[string]string{"file.delete.delay.ms": "1000"})
	h := heat{sink: sink, from: r.records / 10, to: r.records, commands: inside.commands(c, sink), end: (*child).kill}
	if c.window != nil {
		h.from, h.to = c.window(r.records)
	}
	if r.profiles != "" && c.program == "voile" {
		h.commands[0].Env = append(h.commands[0].Env, profileVariable+"="+filepath.Join(r.profiles, profileName(c.name)))
		h.end = endWithProfile
	}
	run, err := inside.race(t, h)
	run.Contender, run.Round, run.LoadBefore = c.name, round+1, load
	if err == nil {
		err = inside.judge(t, sink, c.fields)
	}
	if _, err := admin(t, r.brokers).DeleteTopics(t.Context(), sink); err != nil {
		t.Fatal(err)
	}
	return run, err
}

// commands makes a contender's processes: the same one so often, each with a place of its own for metrics.
func (r *ring) commands(c contender, sink string) []*exec.Cmd {
	first := c.command(r, r.programs[c.program], sink)
	list := []*exec.Cmd{first}
	for len(list) < c.processes {
		next := exec.Command(first.Path, first.Args[1:]...)
		next.Env, next.Dir, next.Err = append(slices.Clone(first.Env), adminVariable+"="+freeAddress(r.t)), first.Dir, first.Err
		list = append(list, next)
	}
	return list
}

// ask runs a program that measures itself.
func (r *ring) ask(cmd *exec.Cmd) (report.Run, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return report.Run{}, fmt.Errorf("%w\n%s", err, stderr.Bytes())
	}
	var said struct {
		Records int     `json:"records"`
		CPU     float64 `json:"cpu_us"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Records != r.records || said.CPU <= 0 {
		return report.Run{}, errors.Join(err, fmt.Errorf("it says %q", text))
	}
	return report.Run{Records: said.Records, CPUMicros: said.CPU / float64(said.Records)}, nil
}
