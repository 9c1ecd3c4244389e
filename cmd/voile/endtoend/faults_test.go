package endtoend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/cmd/auditor/audit"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// flowConfig has one route of that name, from <name>.raw to <name>, that takes what a stream writes. more is further
// settings of the route, each on a line of its own.
func flowConfig(name string, brokers []string, more ...string) string {
	return fmt.Sprintf(`
kafka: {brokers: ["%s"]}
vault: {address: "${VAULT_ADDR}", auth: {token: {file: "${VAULT_TOKEN_FILE}"}}}
quarantine: {topic: voile.quarantine}
admin: {listen: "${VOILE_ADMIN}"}
domains:
  customer-email: {method: tokenize, value: email}
routes:
  - name: %[2]s
    from: [%[2]s.raw]
    to: %[2]s
    fields:
      - {key: true, domain: customer-email}
      - {path: $.email, domain: customer-email, required: true}
`, strings.Join(brokers, `", "`), name) + strings.Join(append(more, ""), "\n")
}

// newFlow starts a site for flowConfig on a cluster, with its topics.
func newFlow(t *testing.T, cluster *kafkatest.Cluster, server *vaulttest.Server, name string, partitions int, more ...string) *site {
	t.Helper()
	s := newSiteWith(t, cluster, server, flowConfig(name, cluster.Brokers(), more...))
	for topic, n := range map[string]int{name + ".raw": partitions, name: partitions, "voile.quarantine": 1} {
		cluster.CreateTopic(t, topic, n, nil)
	}
	return s
}

// beside is the site of a second proxy of the same configuration: all is shared but the admin port.
func (s *site) beside(t *testing.T) *site {
	t.Helper()
	other := *s
	other.admin = freeAddress(t)
	other.env = append(slices.Clone(s.env), "VOILE_ADMIN="+other.admin)
	return &other
}

// A stream writes records that carry their number within their partition, at a steady pace, until it is stopped. It
// rides out what the proxy has to ride out.
type stream struct {
	first      int     // partition that it writes to
	sent       []int64 // by partition
	quit, done chan struct{}
	failed     error
}

func startStream(t *testing.T, brokers []string, topic string, partitions, perSecond int) *stream {
	t.Helper()
	return startStreamFrom(t, brokers, topic, 0, partitions, perSecond)
}

// startStreamFrom writes to the partitions from first on only.
func startStreamFrom(t *testing.T, brokers []string, topic string, first, partitions, perSecond int) *stream {
	t.Helper()
	const pace = 20 * time.Millisecond
	client := kafkatest.Client(t, brokers, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	s := &stream{first: first, sent: make([]int64, partitions), quit: make(chan struct{}), done: make(chan struct{})}
	each := max(1, perSecond/(partitions-first)/int(time.Second/pace))
	var once sync.Once
	go func() {
		defer close(s.done)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-s.quit:
				if err := client.Flush(context.Background()); err != nil {
					once.Do(func() { s.failed = err })
				}
				return
			}
			for p := s.first; p < len(s.sent); p++ {
				for range each {
					client.Produce(context.Background(), numbered(p, s.sent[p]), func(_ *kgo.Record, err error) {
						if err != nil {
							once.Do(func() { s.failed = err })
						}
					})
					s.sent[p]++
				}
			}
		}
	}()
	return s
}

func numbered(partition int, n int64) *kgo.Record {
	address := fmt.Sprintf("person%d.of.%d@example.org", n%100, partition)
	return &kgo.Record{Partition: int32(partition), Key: []byte(address), Value: fmt.Appendf(nil, `{"n":%d,"email":%q}`, n, address)}
}

// stop ends the stream and gives how many records each partition has got.
func (s *stream) stop(t *testing.T) []int64 {
	t.Helper()
	close(s.quit)
	<-s.done
	if s.failed != nil {
		t.Fatalf("the stream itself lost records: %v", s.failed)
	}
	return s.sent
}

func total(sent []int64) (sum int64) {
	for _, n := range sent {
		sum += n
	}
	return sum
}

// auditSink demands at-least-once of every partition of a sink, and gives how many records are doubled.
func auditSink(t *testing.T, s *site, topic string, sent []int64) (doubled int) {
	t.Helper()
	for _, n := range auditPartitions(t, s, topic, sent) {
		doubled += n
	}
	t.Logf("%d records in %d partitions, %d doubled", total(sent), len(sent), doubled)
	return doubled
}

// auditPartitions is auditSink by partition.
func auditPartitions(t *testing.T, s *site, topic string, sent []int64) (doubled []int) {
	t.Helper()
	numbers := make([][]int64, len(sent))
	for _, r := range kafkatest.ReadAll(t, s.brokers, topic, true) {
		var v struct {
			N     int64
			Email string
		}
		if err := json.Unmarshal(r.Value, &v); err != nil {
			t.Fatalf("a record in the sink is not of the form that went in: %v", err)
		}
		if !strings.HasPrefix(v.Email, "vt1.customer-email.") || v.Email != string(r.Key) {
			t.Fatal("an e-mail in the sink is no token, or the key's is another one")
		}
		numbers[r.Partition] = append(numbers[r.Partition], v.N)
	}
	for p, ns := range numbers {
		a := audit.Order(ns, sent[p])
		doubled = append(doubled, len(a.Doubled))
		if len(a.Lost) > 0 || !a.InRuns() {
			t.Errorf("partition %d: of %d records %d are lost; %s", p, sent[p], len(a.Lost), wrong(&a))
		}
	}
	return doubled
}

// awaitAll waits until a group has committed everything that was sent.
func awaitAll(t *testing.T, s *site, group string, sent []int64, bound time.Duration) {
	t.Helper()
	waitFor(t, "everything committed", bound, func() bool { return committed(t, s, group) == total(sent) })
}

func ready(s *site) func() bool {
	return func() bool { code, _ := s.get("/readyz"); return code == 200 }
}

// TestRebalance: a second member joins in the middle of a stream, and the first one leaves. An orderly hand-over loses
// nothing, and doubles nothing either: what is in flight is finished and committed before a partition changes hands.
func TestRebalance(t *testing.T) {
	cluster := kafkatest.Start(t)
	s := newFlow(t, cluster, vaulttest.Start(t), "rebalance", 6, "    group: rebalance")
	flow := startStream(t, s.brokers, "rebalance.raw", 6, 6000)
	first := s.run(t)
	waitFor(t, "the first member works", 30*time.Second, func() bool { return s.total("voile_records_total") > 1000 })

	other := s.beside(t)
	second := other.run(t)
	waitFor(t, "both members work", 30*time.Second, func() bool { return other.total("voile_records_total") > 1000 })
	if a, b := samples(s, "voile_lag_records"), samples(other, "voile_lag_records"); a != 3 || b != 3 {
		t.Errorf("the members have %d and %d partitions, want 3 and 3", a, b)
	}
	first.stop(t)
	at := other.total("voile_records_total")
	waitFor(t, "the second member has all partitions", 10*time.Second, func() bool {
		return samples(other, "voile_lag_records") == 6 && other.total("voile_records_total") > at+3000
	})
	sent := flow.stop(t)
	awaitAll(t, s, "rebalance", sent, 30*time.Second)
	second.stop(t)
	if doubled := auditSink(t, s, "rebalance", sent); doubled != 0 {
		t.Errorf("%d records are doubled by an orderly hand-over", doubled)
	}
}

// samples is how many label sets a metric has.
func samples(s *site, metric string) (n int) {
	_, body := s.get("/metrics")
	for line := range strings.Lines(body) {
		if m := sample.FindStringSubmatch(strings.TrimSpace(line)); m != nil && m[1] == metric {
			n++
		}
	}
	return n
}

// A watch measures how long acknowledgements stand still.
type watch struct {
	quit, done chan struct{}
	longest    time.Duration
}

func watchStalls(s *site) *watch {
	w := &watch{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(w.done)
		last, since := 0.0, time.Now()
		for {
			if n := s.total("voile_records_total"); n != last {
				last, since = n, time.Now()
			}
			w.longest = max(w.longest, time.Since(since))
			select {
			case <-time.After(50 * time.Millisecond):
			case <-w.quit:
				return
			}
		}
	}()
	return w
}

func (w *watch) stop() time.Duration {
	close(w.quit)
	<-w.done
	return w.longest
}

// TestClusterOfThree: each of three brokers goes under a stream, two in order, one by kill -9, so that every leader and the
// coordinator move. Nothing is lost, none is reordered, the proxy stays up and says little.
func TestClusterOfThree(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Nodes(3))
	s := newFlow(t, cluster, vaulttest.Start(t), "three", 6, "    group: three")
	flow := startStream(t, s.brokers, "three.raw", 6, 1500)
	p := s.run(t)
	waitFor(t, "records flow", 30*time.Second, func() bool { return s.total("voile_records_total") > 500 })
	before := strings.Count(p.log.String(), "\n")
	for i, end := range []func(*kafkatest.Node){(*kafkatest.Node).Stop, (*kafkatest.Node).Kill, (*kafkatest.Node).Stop} {
		stalls := watchStalls(s)
		node := cluster.Nodes()[i]
		end(node)
		at := s.total("voile_records_total")
		waitFor(t, "records flow without the broker", 40*time.Second, func() bool { return s.total("voile_records_total") > at+1500 })
		cluster.Restart(t)
		if i < 2 {
			awaitReplicas(t, s.brokers, 3)
		}
		t.Logf("broker %d of 3: acknowledgements stood still for %s at most", i+1, stalls.stop().Round(10*time.Millisecond))
	}
	sent := flow.stop(t)
	awaitAll(t, s, "three", sent, 30*time.Second)
	p.stop(t)
	auditSink(t, s, "three", sent)
	if n := strings.Count(p.log.String(), "\n") - before; n > 60 {
		t.Errorf("%d lines of log over the end of three brokers: a line per attempt?", n)
	} else {
		t.Logf("%d lines of log over the end of three brokers", n)
	}
}

// awaitReplicas waits until every partition has n replicas in sync.
func awaitReplicas(t *testing.T, brokers []string, n int) {
	t.Helper()
	admin := kadm.NewClient(kafkatest.Client(t, brokers))
	waitFor(t, "all replicas are in sync", time.Minute, func() bool {
		topics, err := admin.ListTopicsWithInternal(t.Context())
		if err != nil || topics.Error() != nil {
			return false
		}
		for _, topic := range topics {
			for _, p := range topic.Partitions {
				if len(p.ISR) < n {
					return false
				}
			}
		}
		return true
	})
}

// TestBrokerAway: the only broker is away for a while, and voile rides it out.
func TestBrokerAway(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t)
	s := newFlow(t, cluster, vaulttest.Start(t), "away", 3, "    group: away")
	flow := startStream(t, s.brokers, "away.raw", 3, 1500)
	p := s.run(t)
	waitFor(t, "records flow", 30*time.Second, func() bool { return s.total("voile_records_total") > 500 })
	before := strings.Count(p.log.String(), "\n")
	cluster.Stop()
	time.Sleep(10 * time.Second)
	if code, _ := s.get("/healthz"); code != 200 {
		t.Errorf("/healthz while the broker is away: %d", code)
	}
	cluster.Restart(t)
	at, back := s.total("voile_records_total"), time.Now()
	waitFor(t, "records flow again, before the session of the member that was ends", 15*time.Second, func() bool { return s.total("voile_records_total") > at+500 })
	t.Logf("records flow %s after the broker is back", time.Since(back).Round(10*time.Millisecond))
	waitFor(t, "the proxy is ready again", 30*time.Second, ready(s))
	sent := flow.stop(t)
	awaitAll(t, s, "away", sent, 30*time.Second)
	p.stop(t)
	// The last offsets could not be committed, and the one process that wrote their records knows better than the group.
	if doubled := auditSink(t, s, "away", sent); doubled > 500 {
		t.Errorf("%d records are doubled: more than what was in flight", doubled)
	}
	if n := strings.Count(p.log.String(), "\n") - before; n > 30 {
		t.Errorf("%d lines of log over one restart: a line per attempt?", n)
	} else {
		t.Logf("%d lines of log over one restart", n)
	}
}

// TestVaultLost: Vault is lost after the start. The stream goes on with the keysets in memory, and it is said.
func TestVaultLost(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t)
	server := vaulttest.StartPersistent(t)
	s := newFlow(t, cluster, server, "lost", 1, "    group: lost")
	flow := startStream(t, s.brokers, "lost.raw", 1, 200)
	p := s.run(t)
	waitFor(t, "records flow", 30*time.Second, func() bool { return s.total("voile_records_total") > 100 })
	says := func(text string, metric float64) func() bool {
		return func() bool {
			code, body := s.get("/readyz")
			return code == 200 && strings.Contains(body, text) && s.total("voile_vault_degraded") == metric
		}
	}
	waitFor(t, "vault: healthy", 10*time.Second, says("vault: healthy", 0))
	server.Stop(t)
	waitFor(t, "vault: degraded", 40*time.Second, says("vault: degraded", 1)) // the probe comes every 15 s
	at := s.total("voile_records_total")
	waitFor(t, "records flow without Vault", 10*time.Second, func() bool { return s.total("voile_records_total") > at+200 })
	server.Restart(t)
	waitFor(t, "vault: healthy again", 40*time.Second, says("vault: healthy", 0))
	sent := flow.stop(t)
	awaitAll(t, s, "lost", sent, 30*time.Second)
	p.stop(t)
	if doubled := auditSink(t, s, "lost", sent); doubled != 0 {
		t.Errorf("%d records are doubled", doubled)
	}
	for text, want := range map[string]int{"vault: degraded": 1, "vault: healthy again": 1} {
		if n := strings.Count(p.log.String(), text); n != want {
			t.Errorf("the log says %q %d times, want %d", text, n, want)
		}
	}
}

// TestVaultAwayAtTheStart: without keys there is nothing that could be done, so voile waits for Vault, and says so once.
// A SIGTERM meanwhile is an orderly end: exit code 0.
func TestVaultAwayAtTheStart(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t)
	server := vaulttest.StartPersistent(t)
	s := newFlow(t, cluster, server, "start", 1, "    group: start")
	server.Stop(t)
	const waits = "no keys yet"

	p := s.run(t)
	waitFor(t, "the proxy says that it waits", 20*time.Second, func() bool { return strings.Contains(p.log.String(), waits) })
	asked := time.Now()
	p.stop(t)
	if took := time.Since(asked); took > 2*time.Second {
		t.Errorf("it ended %s after SIGTERM, with nothing to finish", took)
	}

	p = s.run(t)
	waitFor(t, "the proxy says that it waits", 20*time.Second, func() bool { return strings.Contains(p.log.String(), waits) })
	if code, text := s.get("/healthz"); code != 200 {
		t.Errorf("/healthz while it waits: %d %q", code, text)
	}
	if code, text := s.get("/readyz"); code != 503 || !strings.Contains(text, waits) {
		t.Errorf("/readyz while it waits: %d %q", code, text)
	}
	time.Sleep(5 * time.Second) // some attempts more
	server.Restart(t)
	flow := startStream(t, s.brokers, "start.raw", 1, 200)
	waitFor(t, "records flow", 40*time.Second, func() bool { return s.total("voile_records_total") > 100 })
	sent := flow.stop(t)
	awaitAll(t, s, "start", sent, 30*time.Second)
	p.stop(t)
	auditSink(t, s, "start", sent)
	if n := strings.Count(p.log.String(), waits); n != 1 {
		t.Errorf("it said %d times that it waits, want 1", n)
	}
}

// exitCode waits for a proxy that ends by itself.
func (p *proxy) exitCode(t *testing.T, bound time.Duration) int {
	t.Helper()
	select {
	case err := <-p.done:
		p.done <- err
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(bound):
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		t.Fatalf("voile run did not end within %s", bound)
	}
	return -1
}
