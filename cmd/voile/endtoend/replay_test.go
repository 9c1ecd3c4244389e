package endtoend

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// replayRoutes are the routes of TestReplay, each with a quarantine topic of its own. The wrong configuration demands a
// member that half of the records lack; the mended one does not.
func replayRoutes(brokers []string, names []string, wrong bool) string {
	config, _, _ := strings.Cut(flowConfig("", brokers), "  - name:")
	for _, name := range names {
		config += fmt.Sprintf(`
  - name: %[1]s
    from: [%[1]s.raw]
    to: %[1]s
    quarantine: {topic: %[1]s.q}
    quarantine_limit: off
    fields:
      - {key: true, domain: customer-email}
      - {path: $.email, domain: customer-email}
      - {path: $.mail, domain: customer-email, required: %[2]t}
`, name, wrong)
	}
	return config
}

// person gives a record with a number, which passes under the wrong rule only if it is well.
func person(topic string, partition int32, n int, well bool) *kgo.Record {
	address := fmt.Sprintf("%s%d.of.%d@example.org", planted, n%100, partition)
	r := &kgo.Record{Topic: topic + ".raw", Partition: partition, Key: []byte(address),
		Value:   fmt.Appendf(nil, `{"n":%d,"email":%q}`, n, address),
		Headers: []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, n)}, {Key: "n"}}}
	if well {
		r.Value = fmt.Appendf(nil, `{"n":%d,"email":%q,"mail":%q}`, n, address, address)
	}
	return r
}

// A replayed is one `voile quarantine replay --json`, or its outcome by name.
type replayed struct {
	code     int
	outcomes map[string]int
	stayed   int
	records  int
	output   string
}

type replaySite struct{ *site }

// asOperator is voile under the operator's Vault token.
func (s replaySite) asOperator(args ...string) *exec.Cmd {
	return s.command("VAULT_TOKEN="+s.vault.RootToken, append([]string{"quarantine"}, args...)...)
}

// replay replays one topic.
func (s replaySite) replay(t *testing.T, topic string, args ...string) replayed {
	t.Helper()
	cmd := s.asOperator(append([]string{"replay", "--json", "--topic", topic}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	got := replayed{code: cmd.ProcessState.ExitCode(), outcomes: map[string]int{}, output: string(out) + stderr.String()}
	var results []struct {
		Stayed  int
		Records int `json:"records_written"`
		Counts  []struct {
			Outcome string
			Entries int
		}
	}
	if wrong := json.Unmarshal(out, &results); wrong != nil || len(results) != 1 {
		t.Fatalf("voile quarantine replay %s: %v, %v\n%s", topic, err, wrong, got.output)
	}
	got.stayed, got.records = results[0].Stayed, results[0].Records
	for _, c := range results[0].Counts {
		got.outcomes[c.Outcome] += c.Entries
	}
	if leaks(got.output) {
		t.Errorf("a value is in the output of replay:\n%s", got.output)
	}
	return got
}

// leaks says whether a text holds what must not get out.
func leaks(text string) bool {
	return strings.Contains(text, planted) || strings.Contains(text, "example.org")
}

// expect demands an exit code and outcomes.
func (r replayed) expect(t *testing.T, code int, want map[string]int) {
	t.Helper()
	if r.code != code || !maps.Equal(r.outcomes, want) {
		t.Errorf("exit code %d and %v, want %d and %v\n%s", r.code, r.outcomes, code, want, r.output)
	}
}

// waiting is what list says, by reason.
func (s replaySite) waiting(t *testing.T, topic string, args ...string) map[string]int {
	t.Helper()
	out, err := s.command("", append([]string{"quarantine", "list", "--json", "--topic", topic}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("voile quarantine list: %v\n%s", err, out)
	}
	if leaks(string(out)) {
		t.Errorf("a value is in the output of list:\n%s", out)
	}
	var listings []struct {
		Waiting []struct {
			Reason string
			Count  int
		}
		SealedTwice int `json:"sealed_twice"`
		Incomplete  int
		Foreign     int
	}
	if err := json.Unmarshal(out, &listings); err != nil || len(listings) != 1 {
		t.Fatalf("voile quarantine list: %v\n%s", err, out)
	}
	counts := map[string]int{}
	for _, w := range listings[0].Waiting {
		counts[w.Reason] += w.Count
	}
	for name, n := range map[string]int{"sealed twice": listings[0].SealedTwice, "incomplete": listings[0].Incomplete, "foreign": listings[0].Foreign} {
		if n > 0 {
			counts[name] = n
		}
	}
	return counts
}

// inSink reads the numbers of what a reader of the sink sees, by partition, and demands that it is tokenized and has the
// header exactly if it came out of the quarantine.
func (s replaySite) inSink(t *testing.T, topic string) map[int32][]int {
	t.Helper()
	numbers := map[int32][]int{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, topic, true) {
		if r.Value == nil {
			continue
		}
		var v struct {
			N    int
			Mail string
		}
		if err := json.Unmarshal(r.Value, &v); err != nil || leaks(string(textOf(r))) {
			t.Fatalf("%s/%d at offset %d: not transformed, %v", topic, r.Partition, r.Offset, err)
		}
		last := r.Headers[len(r.Headers)-1]
		if out := last.Key == "voile-replayed" && strings.HasPrefix(string(last.Value), topic+".q/"); out != (v.Mail == "") {
			t.Errorf("record %d: header %s=%s, and it came out of the quarantine: %t", v.N, last.Key, last.Value, v.Mail == "")
		}
		if r.Headers[0].Key != "n" || r.Headers[1].Key != "n" || r.Headers[1].Value != nil {
			t.Errorf("record %d: the headers are %v", v.N, r.Headers)
		}
		numbers[r.Partition] = append(numbers[r.Partition], v.N)
	}
	return numbers
}

// once demands that every partition of the sink has each of the numbers 0 to n-1 once.
func (s replaySite) once(t *testing.T, topic string, partitions, n int) map[int32][]int {
	t.Helper()
	all := s.inSink(t, topic)
	for p := range int32(partitions) {
		got := slices.Sorted(slices.Values(all[p]))
		if want := upToInt(n); !slices.Equal(got, want) {
			t.Errorf("%s/%d has %d records, want each of %d once", topic, p, len(got), n)
		}
	}
	return all
}

func upToInt(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// largeText is the length of a text that is sealed in parts.
const largeText = 900_000

// TestReplay: a wrong rule has sealed records among good ones; the rule is mended, and what was set aside is taken to the
// sinks: each record once, whatever happens on the way, and nothing that is older than what a compacted sink has.
func TestReplay(t *testing.T) {
	const (
		plain = 1000 // records of each kind and partition
		many  = 2500 // where a process is to be killed in the middle
		few   = 60
	)
	cluster, server := kafkatest.Start(t), vaulttest.Start(t)
	names := []string{"plain", "killed", "both", "some", "odd"}
	s := replaySite{newSiteWith(t, cluster, server, replayRoutes(cluster.Brokers(), names, true))}
	for _, name := range names {
		narrow := map[string]string(nil)
		if name == "odd" { // so that its largest record is sealed in parts
			narrow = map[string]string{"max.message.bytes": "300000"}
		}
		cluster.CreateTopic(t, name+".raw", 2, nil)
		cluster.CreateTopic(t, name, 2, nil)
		cluster.CreateTopic(t, name+".q", 2, narrow)
	}
	var records []*kgo.Record
	for name, n := range map[string]int{"plain": plain, "killed": many, "both": many, "some": few, "odd": few} {
		for p := range int32(2) {
			for i := range n {
				records = append(records, person(name, p, 2*i, true), person(name, p, 2*i+1, false))
			}
		}
	}
	for i := range few { // further reasons, which stay reasons under the mended rule
		r := person("some", 0, i, false)
		if r.Value = []byte("planted \x1b]0;title\a no JSON\nsecond line"); i%3 == 0 {
			r.Value = []byte(`{"email":["planted"],"mail":"planted@example.org"}`)
		}
		records = append(records, r)
	}
	large := slices.IndexFunc(records, func(r *kgo.Record) bool {
		return r.Topic == "odd.raw" && strings.Contains(string(r.Value), fmt.Sprintf(`"n":%d,`, 2*few-1))
	})
	records[large].Value = append(records[large].Value[:len(records[large].Value)-1], fmt.Sprintf(`,"text":%q}`, random(largeText))...)
	produceAll(t, kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(50_000)), records...)
	s.drain(t, len(records))
	s.write(t, "voile.yaml", replayRoutes(s.brokers, names, false))

	t.Run("plain", func(t *testing.T) {
		if got := s.waiting(t, "plain.q"); !maps.Equal(got, map[string]int{"required_missing": 2 * plain}) {
			t.Errorf("list says %v", got)
		}
		dry := s.replay(t, "plain.q", "--dry-run")
		dry.expect(t, 0, map[string]int{"replayed": 2 * plain})
		if got := s.inSink(t, "plain"); len(got[0])+len(got[1]) != 2*plain {
			t.Errorf("a dry run: %d records in the sink, want %d", len(got[0])+len(got[1]), 2*plain)
		}
		first := s.replay(t, "plain.q")
		first.expect(t, 0, map[string]int{"replayed": 2 * plain})
		all := s.once(t, "plain", 2, 2*plain)
		for p := range int32(2) { // behind the others, in their order
			if tail := all[p][plain:]; !slices.IsSorted(tail) || tail[0] != 1 {
				t.Errorf("partition %d: what was replayed is not in order: %v …", p, tail[:10])
			}
		}
		s.replay(t, "plain.q").expect(t, 0, map[string]int{})
		s.once(t, "plain", 2, 2*plain)
		if got := s.waiting(t, "plain.q"); len(got) != 0 {
			t.Errorf("list says %v after the replay", got)
		}
		again := s.replay(t, "plain.q", "--group", "another") // which knows nothing of the first
		again.expect(t, 0, map[string]int{"replayed": 2 * plain})
	})
	t.Run("killed", func(t *testing.T) {
		s.killReplay(t, "killed", func() int64 { return endOffsets(t, s.site, "killed") })
		if n := s.waiting(t, "killed.q")["required_missing"]; n == 0 {
			t.Fatal("the replay was done before it was killed: this proves nothing")
		}
		s.killReplay(t, "killed", func() int64 { return committed(t, s.site, "voile-replay-killed.q") })
		last := s.replay(t, "killed.q")
		if last.code != 0 || last.outcomes["replayed"] == 0 || last.outcomes["replayed"] == 2*many {
			t.Errorf("the run behind the kill: %v, want a part of %d: this proves nothing\n%s", last.outcomes, 2*many, last.output)
		}
		s.once(t, "killed", 2, 2*many)
		s.replay(t, "killed.q").expect(t, 0, map[string]int{})
	})
	t.Run("two at once", func(t *testing.T) {
		first, second := s.asOperator("replay", "--topic", "both.q"), s.asOperator("replay", "--topic", "both.q")
		var outputs [2]strings.Builder
		for i, cmd := range []*exec.Cmd{first, second} {
			cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
		}
		codes := [2]error{first.Wait(), second.Wait()}
		if codes[0] != nil && codes[1] != nil {
			t.Errorf("both have failed: %v, %v\n%s%s", codes[0], codes[1], &outputs[0], &outputs[1])
		}
		for i := range outputs {
			if codes[i] != nil && !strings.Contains(outputs[i].String(), "another replay of group voile-replay-both.q has begun, or") {
				t.Errorf("the one that was ended says:\n%s", &outputs[i])
			}
		}
		s.once(t, "both", 2, 2*many)
		s.replay(t, "both.q").expect(t, 0, map[string]int{})
	})
	t.Run("show", s.show)
	t.Run("selection", func(t *testing.T) { s.selection(t, few) })
	t.Run("odd", func(t *testing.T) { s.odd(t, few) })
}

// drain runs the proxy until every record has an outcome, and is committed.
func (s replaySite) drain(t *testing.T, records int) {
	t.Helper()
	p := s.run(t)
	waitFor(t, "every outcome", 60*time.Second, func() bool { return s.total("voile_records_total") >= float64(records) })
	waitFor(t, "no lag", 10*time.Second, func() bool { return s.total("voile_lag_records") == 0 })
	p.stop(t)
	if leaks(p.log.String()) {
		t.Error("a value is in the log")
	}
}

// killReplay kills a replay as soon as more than before is there: in the sink, be it only of an open transaction, or in the
// progress of its group.
func (s replaySite) killReplay(t *testing.T, name string, there func() int64) {
	t.Helper()
	before := there()
	cmd := s.asOperator("replay", "--topic", name+".q")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "records of the replay", 30*time.Second, func() bool { return there() > before })
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// selection replays by reason, offset and time, and then the rest.
func (s replaySite) selection(t *testing.T, few int) {
	third := few / 3
	all := map[string]int{"required_missing": 2 * few, "not_json": few - third, "not_scalar": third}
	if got := s.waiting(t, "some.q"); !maps.Equal(got, all) {
		t.Errorf("list says %v, want %v", got, all)
	}
	s.replay(t, "some.q", "--since", "0s").expect(t, 0, map[string]int{})
	s.replay(t, "some.q", "--until", "24h").expect(t, 0, map[string]int{})
	s.replay(t, "some.q", "--reason", "not_json", "--reason", "not_scalar").expect(t, 1, map[string]int{"still_fails": few})
	s.replay(t, "some.q", "--offsets", "0:10-19", "--offsets", "1:7", "--since", "1h").expect(t, 0, map[string]int{"replayed": 11})
	s.replay(t, "some.q", "--offsets", "0:0-19").expect(t, 0, map[string]int{"replayed": 10})
	if got := s.waiting(t, "some.q", "--reason", "required_missing"); got["required_missing"] != 2*few-21 {
		t.Errorf("list says %v, want %d", got, 2*few-21)
	}
	s.replay(t, "some.q", "--route", "some").expect(t, 1, map[string]int{"replayed": 2*few - 21, "still_fails": few})
	s.once(t, "some", 2, 2*few)
	delete(all, "required_missing")
	if got := s.waiting(t, "some.q"); !maps.Equal(got, all) {
		t.Errorf("list says %v, want %v", got, all)
	}
	cmd := s.asOperator("replay", "--route", "sme")
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "did you mean: --route some") {
		t.Errorf("a route that there is not: exit code %d\n%s", cmd.ProcessState.ExitCode(), out)
	}
}

// odd: records of the quarantine topic that no proxy wrote like that stay, and keep nothing from its sink; sealed twice is
// replayed once.
func (s replaySite) odd(t *testing.T, few int) {
	stored := kafkatest.ReadAll(t, s.brokers, "odd.q", true)
	changed, moved, twice := copyOf(stored[0]), copyOf(stored[1]), copyOf(stored[2])
	for i, h := range changed.Headers {
		if h.Key == "voile-route" {
			changed.Headers[i].Value = []byte("plain")
		}
	}
	moved.Key = append(moved.Key, '0')
	foreign := &kgo.Record{Topic: "odd.q", Key: []byte("x"), Value: []byte(`{"email":"somebody"}`)}
	unknown := copyOf(stored[3])
	for i, h := range unknown.Headers {
		if h.Key == "voile-offset" {
			unknown.Headers[i].Value = []byte("999999")
		}
	}
	produceAll(t, kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner())), changed, moved, twice, foreign, unknown)
	if got := s.waiting(t, "odd.q")["foreign"]; got != 1 {
		t.Errorf("list counts %d foreign records, want 1", got)
	}
	want := map[string]int{"replayed": 2 * few, "does_not_open": 3, "foreign": 1, "sealed_twice": 1}
	s.replay(t, "odd.q").expect(t, 1, want)
	s.once(t, "odd", 2, 2*few)
	if n := len(s.inSink(t, "plain")[0]); n == 0 {
		t.Error("the auditor sees nothing")
	}
	// What never opens keeps neither what is done from being done, nor a later sealing from being known.
	again := copyOf(stored[5])
	produceAll(t, kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner())), again)
	s.replay(t, "odd.q").expect(t, 1, map[string]int{"does_not_open": 3, "foreign": 1, "sealed_twice": 1})
	s.once(t, "odd", 2, 2*few)

	// A configuration without the route.
	s.write(t, "other.yaml", replayRoutes(s.brokers, []string{"plain"}, false))
	s.replay(t, "odd.q", "-c", "other.yaml", "--group", "other").expect(t, 1,
		map[string]int{"unknown_route": 2 * few, "does_not_open": 3, "foreign": 1})

	// Whoever may write to the topic can copy what lies there: of the parts that are there twice one is shown.
	var parts []*kgo.Record
	for _, r := range stored {
		if r.Partition != 0 {
			continue
		}
		if len(parts) > 0 && string(parts[0].Key) != string(r.Key) {
			parts = nil
		}
		parts = append(parts, r)
	}
	if len(parts) < 2 {
		t.Fatal("the last entry of odd.q/0 has one part")
	}
	for _, r := range parts {
		produceAll(t, kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner())), copyOf(r))
	}
	if code, shown := onTerminal(t, s.asOperator("show", fmt.Sprintf("odd.q/0/%d", parts[0].Offset))); code != 0 || !strings.Contains(shown, random(largeText)) {
		t.Errorf("exit code %d, %d bytes are shown", code, len(shown))
	}
}

func copyOf(r *kgo.Record) *kgo.Record {
	c := &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: slices.Clone(r.Key), Value: r.Value, Timestamp: r.Timestamp}
	c.Headers = slices.Clone(r.Headers)
	return c
}
