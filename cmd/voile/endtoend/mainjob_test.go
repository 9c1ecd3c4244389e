package endtoend

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/repo"
)

// partitions is how many partitions the events' hints count on.
const partitions = 12

// knownLimits is how many planted values lie inside base64, JSON in a string, a URL, or are a member's name: what today's
// rules do not look into.
const knownLimits = 2781

// An event is one line of the shared test data: see ../shared/data/README.md.
type event struct {
	Topic     string       `json:"topic"`
	Partition int32        `json:"partition_hint"`
	Key       []byte       `json:"key_b64"`
	Value     []byte       `json:"value_b64"`
	Headers   [][2]*string `json:"headers"`
	Truth     struct {
		Planted []struct {
			Where string `json:"where"`
		} `json:"planted"`
	} `json:"truth"`
}

func readLines(t *testing.T, file string) (lines [][]byte) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(z)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func readEvents(t *testing.T, file string) (events []event) {
	t.Helper()
	for _, line := range readLines(t, file) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

// sourcesOf lists the topics of the events.
func sourcesOf(events []event) (sources []string) {
	for _, e := range events {
		if !slices.Contains(sources, e.Topic) {
			sources = append(sources, e.Topic)
		}
	}
	return sources
}

// load creates the topics and writes the events, each to its partition, in order.
func load(t *testing.T, s *site, sources []string, events []event) {
	t.Helper()
	for _, topic := range sources {
		kafkatest.CreateTopic(t, s.brokers, topic, partitions, nil)
		kafkatest.CreateTopic(t, s.brokers, sinkOf(topic), partitions, nil)
	}
	kafkatest.CreateTopic(t, s.brokers, "voile.quarantine", 3, nil)
	client := kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	for i := range events {
		client.Produce(context.Background(), events[i].record(t), func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func sinkOf(source string) string {
	_, rest, _ := strings.Cut(source, ".")
	if strings.HasPrefix(source, "customers.") {
		return "tokens." + source
	}
	return "tokens." + rest
}

func (e *event) record(t *testing.T) *kgo.Record {
	t.Helper()
	r := &kgo.Record{Topic: e.Topic, Partition: e.Partition, Key: e.Key, Value: e.Value}
	for _, h := range e.Headers {
		var value []byte
		if h[1] != nil {
			if err := json.Unmarshal([]byte(`"`+*h[1]+`"`), &value); err != nil {
				t.Fatal(err)
			}
			if value == nil {
				value = []byte{}
			}
		}
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: *h[0], Value: value})
	}
	return r
}

// dump writes what is in the sinks in the form that the judge reads.
func dump(t *testing.T, s *site, sources []string, file string) (n int) {
	t.Helper()
	var out bytes.Buffer
	for _, source := range sources {
		for _, r := range kafkatest.ReadAll(t, s.brokers, sinkOf(source), true) {
			headers := make([][2]any, 0, len(r.Headers))
			for _, h := range r.Headers {
				headers = append(headers, [2]any{h.Key, h.Value})
			}
			line, err := json.Marshal(map[string]any{"topic": source, "partition_hint": r.Partition, "key_b64": r.Key, "value_b64": r.Value, "headers": headers})
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(line, '\n'))
			n++
		}
	}
	s.write(t, file, out.String())
	return n
}

// findings are what leakcheck.py --json writes.
type findings struct {
	OK      bool              `json:"ok"`
	Leaks   map[string]int    `json:"leaks"`
	Foreign map[string]int    `json:"foreign"`
	Extra   map[string]int    `json:"extra"`
	Join    map[string][5]int `json:"join"` // values, in more than one channel, split, merged, strays
	Counts  map[string]int    `json:"counts"`
}

// judge runs leakcheck.py over what came out.
func judge(t *testing.T, s *site, truth, out string, quarantined int, extra ...string) findings {
	t.Helper()
	result := s.path("findings.json")
	args := append([]string{repo.Shared(t, "tools/leakcheck.py"), truth, s.path(out)}, extra...)
	args = append(args, "--quarantined", fmt.Sprint(quarantined), "--json", result)
	table, err := exec.Command("python3", args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("leakcheck.py: %v\n%s", err, table)
	}
	data, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	var f findings
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	t.Logf("the judge's table:\n%s", table)
	return f
}

// place is the second word of a finding: value, key, header, or a value and how it is embedded.
func embedded(finding string) bool {
	return strings.Contains(finding, "|")
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// narrow writes the part of the truth that a judgement is about: the events of some topics (nil: all), and the places
// that today's rules look into. Without the others joins can be judged: an embedded value that stays raw is not equal to
// its token elsewhere.
func narrow(t *testing.T, s *site, truth string, topics ...string) string {
	t.Helper()
	var out bytes.Buffer
	for _, line := range readLines(t, truth) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if topics != nil && !slices.Contains(topics, e["topic"].(string)) {
			continue
		}
		truth := e["truth"].(map[string]any)
		truth["planted"] = slices.DeleteFunc(truth["planted"].([]any), func(p any) bool { return limited(p.(map[string]any)["where"].(string)) })
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
	s.write(t, "truth.jsonl", out.String())
	return s.path("truth.jsonl")
}

func limited(where string) bool {
	return strings.Contains(where, "|") || strings.Contains(where, "keys_of")
}

// pass runs all events through the proxy until everything is acknowledged, and keeps what came out in files.
func pass(t *testing.T, s *site, sources []string, events []event) (quarantined int) {
	t.Helper()
	load(t, s, sources, events)
	p := s.run(t)
	waitFor(t, "all records acknowledged", 2*time.Minute, func() bool {
		return s.total("voile_records_total") >= float64(len(events))
	})
	waitFor(t, "all groups joined", time.Minute, func() bool { code, _ := s.get("/readyz"); return code == 200 })
	if code, text := s.get("/readyz"); code != 200 || !strings.Contains(text, "vault: healthy") {
		t.Errorf("/readyz: %d %q", code, text)
	}
	_, metrics := s.get("/metrics")
	s.write(t, "metrics.txt", metrics)
	quarantined = int(s.total("voile_records_total", `result="quarantined"`))
	p.stop(t)
	s.write(t, "voile.log", p.log.String())
	var sealed bytes.Buffer
	for _, r := range kafkatest.ReadAll(t, s.brokers, "voile.quarantine", true) {
		sealed.Write(r.Key)
		sealed.Write(r.Value)
		for _, h := range r.Headers {
			fmt.Fprintf(&sealed, "\n%s: %s", h.Key, h.Value)
		}
	}
	s.write(t, "quarantine.bin", sealed.String())
	return quarantined
}

func example(t *testing.T) string {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "docs/examples/omnichannel.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestMainJob: all shared events go through the built program, between a real broker and a real Vault server, and the
// judge, who knows nothing of voile, finds no planted identifier but those that are embedded.
func TestMainJob(t *testing.T) {
	truth := repo.Shared(t, "data/events-dev.jsonl.gz")
	s := newSite(t, example(t))
	events := readEvents(t, truth)
	sources := sourcesOf(events)
	quarantined := pass(t, s, sources, events)
	if n := dump(t, s, sources, "out.jsonl"); n+quarantined != len(events) {
		t.Errorf("%d records in, %d out, %d quarantined", len(events), n, quarantined)
	}
	planted := 0
	for i := range events {
		for _, p := range events[i].Truth.Planted {
			if limited(p.Where) {
				planted++
			}
		}
	}
	if planted != knownLimits {
		t.Fatalf("%d embedded values are planted, this test was written for %d", planted, knownLimits)
	}
	extra := []string{s.path("voile.log"), s.path("metrics.txt"), s.path("quarantine.bin")}

	all := judge(t, s, truth, "out.jsonl", quarantined, extra...)
	for finding, n := range all.Leaks {
		if !embedded(finding) {
			t.Errorf("%d leaks: %s", n, finding)
		}
	}
	if got := sum(all.Leaks); got != knownLimits {
		t.Errorf("%d leaks, want the %d known ones", got, knownLimits)
	}
	if n := sum(all.Foreign); n != 0 {
		t.Errorf("%d values of other people: %v", n, all.Foreign)
	}
	rest := judge(t, s, narrow(t, s, truth), "out.jsonl", quarantined, extra...)
	for class, j := range rest.Join {
		if j[2] != 0 || j[3] != 0 {
			t.Errorf("%s: %d values have more than one token, %d tokens more than one value", class, j[2], j[3])
		}
	}
	for _, class := range []string{"email", "phone", "user_id", "loyalty_id", "device_id"} {
		if rest.Join[class][0] == 0 {
			t.Errorf("no %s was joined: the test proves nothing", class)
		}
	}
	for _, f := range []findings{all, rest} {
		if n := sum(f.Extra); n != 0 {
			t.Errorf("%d planted values in the log, the metrics or the quarantine: %v", n, f.Extra)
		}
		for kind, n := range f.Counts {
			if !strings.HasPrefix(kind, "records ") && n != 0 {
				t.Errorf("%d times: %s", n, kind)
			}
		}
	}
}

// TestMainJobWithoutOneRule is the negative control: with one rule dropped the judge finds the leaks.
func TestMainJobWithoutOneRule(t *testing.T) {
	truth := repo.Shared(t, "data/events-dev.jsonl.gz")
	rule := regexp.MustCompile(`(?m)^ *- \{path: \$\.data\.customer\.email, .*\n`)
	whole := example(t)
	if n := len(rule.FindAllString(whole, -1)); n != 1 {
		t.Fatalf("the rule to drop stands %d times in the example", n)
	}
	s := newSite(t, rule.ReplaceAllString(whole, ""))
	all := readEvents(t, truth)
	sources := sourcesOf(all)
	quarantined := pass(t, s, sources, slices.DeleteFunc(all, func(e event) bool { return e.Topic != "events.pos.sale" }))
	dump(t, s, sources, "out.jsonl")
	if f := judge(t, s, narrow(t, s, truth, "events.pos.sale"), "out.jsonl", quarantined); f.Leaks["email value"] == 0 {
		t.Errorf("the judge found no e-mail in the clear, though no rule takes it: %v", f.Leaks)
	}
}
