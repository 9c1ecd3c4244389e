package endtoend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/markdown"
	"voile/internal/repo"
	"voile/internal/vaulttest"
)

// A rehearsal is one run, of one or two processes. Its tick comes once a scrapePause, from 0 on.
type rehearsal struct {
	tick  func(n int)
	more  func() bool // whether it needs more ticks than all do; may be nil
	heard func() []judgement
}

// TestAlerts: the alert rules, on the metrics of real runs. A run that is well fires nothing, through a backlog, a
// rebalance and renewals of its Vault token; each fault fires its alert and no other.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool(t) // or skip before anything is started
	cluster := kafkatest.Start(t, kafkatest.Config("quota.window.num", "2"))
	s := newSiteWith(t, cluster, vaulttest.Start(t), flowConfig("well", cluster.Brokers()))
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	var rehearsals []rehearsal
	for _, prepare := range []func(*testing.T, *kafkatest.Cluster, *site) rehearsal{
		away, healthy, faults, slow, vaultLost, killed, faked, tokenEnding,
	} {
		rehearsals = append(rehearsals, prepare(t, cluster, s))
	}
	for n := 0; n < 90; n++ {
		next, ticked := time.Now().Add(scrapePause), false
		for _, r := range rehearsals {
			if n < 36 || r.more != nil && r.more() {
				r.tick(n)
				ticked = true
			}
		}
		if !ticked {
			break
		}
		time.Sleep(time.Until(next))
	}
	var judgements []judgement
	for _, r := range rehearsals {
		judgements = append(judgements, r.heard()...)
	}
	askPromtool(t, judgements...)
	allProvoked(t, judgements)
}

// allProvoked demands that some run fires each alert: a rule that nobody has seen fire may be one that cannot.
func allProvoked(t *testing.T, judgements []judgement) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile(filepath.Join(root, alertsFile))
	if err != nil {
		t.Fatal(err)
	}
	provoked := map[string]bool{}
	for _, j := range judgements {
		for _, f := range j.want {
			provoked[f.alert] = true
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ *- alert: (\w+)$`).FindAllSubmatch(rules, -1) {
		if !provoked[string(m[1])] {
			t.Errorf("no run fires %s", m[1])
		}
	}
}

// with is a site of its own process and configuration on the servers of s.
func (s *site) with(t *testing.T, name, configuration string) *site {
	t.Helper()
	other := s.beside(t)
	other.write(t, name+".yaml", configuration)
	other.env = append(other.env, "VOILE_CONFIG="+other.path(name+".yaml"))
	return other
}

// pour writes records to a topic, at a steady pace and not compressed, until the test ends.
func pour(t *testing.T, s *site, topic string, perSecond int, record func(n int) *kgo.Record) {
	t.Helper()
	client := kafkatest.Client(t, s.brokers, kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(kgo.NoCompression()))
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		const pace = 50 * time.Millisecond
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-tick.C:
			case <-quit:
				return
			}
			for range max(1, perSecond/int(time.Second/pace)) {
				client.TryProduce(context.Background(), record(n), nil) // what a paused broker leaves no room for is left out
				n++
			}
		}
	}()
	t.Cleanup(func() {
		close(quit)
		<-done
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := client.Flush(ctx); err != nil { // a client that is closed with records in it takes half a minute
			t.Logf("%s: what was poured is not all written: %v", topic, err)
		}
	})
}

func anybody(n int, more string) *kgo.Record {
	address := fmt.Sprintf("person%d@example.org", n%100)
	return &kgo.Record{Key: []byte(address), Value: fmt.Appendf(nil, `{"n":%d,"email":%q%s}`, n, address, more)}
}

func flowing(s *site, route string) func() bool {
	return func() bool { return s.total("voile_records_total", `route="`+route+`"`, `result="passed"`) > 0 }
}

// documented demands that each metric of voile that a run shows has its row in docs/operations.md, and each row a metric.
func documented(t *testing.T, r *recording) {
	t.Helper()
	rows := map[string]bool{}
	for _, row := range markdown.Read(t, "docs/operations.md").Section(t, "Metrics").Table(t) {
		name, _ := markdown.Code(row[0])
		rows[name] = true
		if kind := r.families[name]; kind != row[1] {
			t.Errorf("docs/operations.md, Metrics: %q is %q in the table and %q in a run", name, row[1], kind)
		}
	}
	for name := range r.families {
		if strings.HasPrefix(name, "voile_") && !rows[name] {
			t.Errorf("docs/operations.md, Metrics, has no row for %s", name)
		}
	}
}
