package endtoend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/leaktest"
	"voile/internal/repo"
)

// partitions is how many partitions the events' hints count on.
const partitions = 12

// sourcesOf lists the topics of the events.
func sourcesOf(events []leaktest.Event) (sources []string) {
	for _, e := range events {
		if !slices.Contains(sources, e.Topic) {
			sources = append(sources, e.Topic)
		}
	}
	return sources
}

// load creates the topics and writes the events, each to its partition, in order.
func load(t *testing.T, s *site, sources []string, events []leaktest.Event) {
	t.Helper()
	for _, topic := range sources {
		kafkatest.CreateTopic(t, s.brokers, topic, partitions, nil)
		kafkatest.CreateTopic(t, s.brokers, sinkOf(topic), partitions, nil)
	}
	kafkatest.CreateTopic(t, s.brokers, "voile.quarantine", 3, nil)
	client := kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	for i := range events {
		client.Produce(context.Background(), kafkaRecord(&events[i]), func(_ *kgo.Record, err error) {
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

func kafkaRecord(e *leaktest.Event) *kgo.Record {
	r := &kgo.Record{Topic: e.Topic, Partition: e.Partition, Key: e.Key, Value: e.Value}
	for _, h := range e.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Name, Value: h.Value})
	}
	return r
}

// dump writes what is in the sinks in the form that the judge reads.
func dump(t *testing.T, s *site, sources []string, file string) (n int) {
	t.Helper()
	var out []leaktest.Event
	for _, source := range sources {
		for _, r := range kafkatest.ReadAll(t, s.brokers, sinkOf(source), true) {
			e := leaktest.Event{Topic: source, Partition: r.Partition, Key: r.Key, Value: r.Value, Headers: []leaktest.Header{}}
			for _, h := range r.Headers {
				e.Headers = append(e.Headers, leaktest.Header{Name: h.Key, Value: h.Value})
			}
			out = append(out, e)
		}
	}
	leaktest.Write(t, s.path(file), out)
	return len(out)
}

// pass runs all events through the proxy until everything is acknowledged, and keeps what came out in files.
func pass(t *testing.T, s *site, sources []string, events []leaktest.Event) (quarantined int) {
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
	settle(t, s, sources)
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

// settle waits until readers of committed records see all of the sinks: a coordinator answers the end of a transaction before
// each partition has its marker (KIP-98), and on a busy machine long before.
func settle(t *testing.T, s *site, sources []string) {
	t.Helper()
	admin := kadm.NewClient(kafkatest.Client(t, s.brokers))
	sinks := make([]string, len(sources))
	for i, source := range sources {
		sinks[i] = sinkOf(source)
	}
	waitFor(t, "all transactions ended", time.Minute, func() bool {
		ends, err := admin.ListEndOffsets(t.Context(), sinks...)
		committed, errCommitted := admin.ListCommittedOffsets(t.Context(), sinks...)
		if err := errors.Join(err, errCommitted, ends.Error(), committed.Error()); err != nil {
			t.Fatal(err)
		}
		behind := false
		ends.Each(func(end kadm.ListedOffset) {
			stable, _ := committed.Lookup(end.Topic, end.Partition)
			behind = behind || stable.Offset != end.Offset
		})
		return !behind
	})
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
// judge, who knows nothing of voile, finds no planted identifier: not in the sinks, the log, the metrics or the quarantine.
// Every byte between the planted places is as it was, and equal people's tokens are equal in all channels. There are no
// known limits.
func TestMainJob(t *testing.T) {
	truth := repo.Shared(t, leaktest.Dev)
	s := newSite(t, example(t))
	events := leaktest.Read(t, truth)
	sources := sourcesOf(events)
	quarantined := pass(t, s, sources, events)
	if n := dump(t, s, sources, "out.jsonl"); n != len(events) || quarantined != 0 {
		t.Errorf("%d records in, %d out, %d quarantined", len(events), n, quarantined)
	}
	f := leaktest.Judge(t, truth, s.path("out.jsonl"), quarantined, s.path("voile.log"), s.path("metrics.txt"), s.path("quarantine.bin"))
	t.Logf("the judge's table:\n%s", f.Table)
	if !f.OK {
		t.Error("the judge is not content")
	}
	if n := leaktest.Sum(f.Planted); n < 18000 {
		t.Errorf("only %d values are planted: the test proves nothing", n)
	}
	for _, class := range []string{"email", "phone", "user_id", "device_id"} {
		if f.Join[class][1] == 0 {
			t.Errorf("no %s lies in two channels: the test proves nothing of joins", class)
		}
	}
}

// TestMainJobWithoutOneRule is the negative control: with one rule dropped the judge finds the leaks.
func TestMainJobWithoutOneRule(t *testing.T) {
	rule := regexp.MustCompile(`(?m)^ *- \{path: \$\.data\.customer\.email, .*\n`)
	whole := example(t)
	if n := len(rule.FindAllString(whole, -1)); n != 1 {
		t.Fatalf("the rule to drop stands %d times in the example", n)
	}
	s := newSite(t, rule.ReplaceAllString(whole, ""))
	all := leaktest.Read(t, repo.Shared(t, leaktest.Dev))
	sources := sourcesOf(all)
	some := slices.DeleteFunc(all, func(e leaktest.Event) bool { return e.Topic != "events.pos.sale" })
	quarantined := pass(t, s, sources, some)
	dump(t, s, sources, "out.jsonl")
	leaktest.Write(t, s.path("truth.jsonl"), some)
	if f := leaktest.Judge(t, s.path("truth.jsonl"), s.path("out.jsonl"), quarantined); f.OK || f.Leaks["email value"] == 0 {
		t.Errorf("the judge found no e-mail in the clear, though no rule takes it: %v", f.Leaks)
	}
}
