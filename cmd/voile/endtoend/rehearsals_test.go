package endtoend

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// healthy: a new group works off what is there, follows a steady stream, takes a second member in and loses it again. Its
// Vault token is renewed again and again. Most of its profile is of members that its events have not, and its guard replaces what
// it finds.
func healthy(t *testing.T, cluster *kafkatest.Cluster, s *site) rehearsal {
	for _, topic := range []string{"well.raw", "well"} {
		cluster.CreateTopic(t, topic, 4, nil)
	}
	s = s.with(t, "well", flowConfig("well", s.brokers,
		"    use: [{profile: cloudevents, domains: {event-subject: customer-email, customer-id: customer-email}}]", "    guard: {mode: redact}"))
	const more = `,"subject":"ana@example.org","note":"from ana@example.org"`
	s.write(t, "renewed", s.vault.Token(t, "voile-proxy", 6*time.Second, nil))
	s.env = append(s.env, "VAULT_TOKEN_FILE="+s.path("renewed"))
	backlog := make([]*kgo.Record, 20_000)
	for n := range backlog {
		backlog[n] = anybody(n, more)
		backlog[n].Topic = "well.raw"
	}
	produceAll(t, kafkatest.Client(t, s.brokers), backlog...)
	pour(t, s, "well.raw", 200, func(n int) *kgo.Record { return anybody(n, more) })
	other := s.beside(t)
	first := s.run(t)
	waitFor(t, "the first member works", 30*time.Second, ready(s))
	r := newRecording(target{"first", s})
	var second *proxy
	return rehearsal{
		tick: func(n int) {
			switch {
			case n == 12:
				second = other.run(t)
			case n > 12 && n < 24 && len(r.targets) == 1 && ready(other)():
				r.targets = append(r.targets, target{"second", other})
			case n == 24:
				second.stop(t)
				r.targets = r.targets[:1]
			}
			r.scrape()
		},
		heard: func() []judgement {
			if r.series[seriesName("up", "", "second")] == nil {
				t.Error("the second member was never scraped")
			}
			documented(t, r)
			queriesAreReal(t, r)
			first.stop(t)
			return []judgement{{name: "well", heard: r, ever: true}}
		},
	}
}

// faults: one process, with one fault a route.
func faults(t *testing.T, cluster *kafkatest.Cluster, s *site) rehearsal {
	config, _, _ := strings.Cut(flowConfig("", s.brokers), "  - name:")
	const plain = `
  - name: %[1]s
    from: [%[1]s.raw]
    to: %[1]s
    quarantine: {topic: %[1]s.q}
    fields:
      - {key: true, domain: customer-email}
      - {path: %[2]s, domain: customer-email}
`
	// What the rules of the first two miss, the guard finds in its sample.
	s = s.with(t, "faults", config+fmt.Sprintf(plain, "mistyped", "$.emial")+fmt.Sprintf(plain, "dirty", "$.phone")+
		routeConfig("foreign", "    use: [{profile: cloudevents, domains: {event-subject: customer-email, customer-id: customer-email}}]")+
		routeConfig("sealed")+routeConfig("odd")+routeConfig("late", "    on_lost_data: continue"))
	for _, route := range []string{"mistyped", "dirty", "foreign", "sealed", "odd", "late"} {
		for _, topic := range []string{route + ".raw", route, route + ".q"} {
			cluster.CreateTopic(t, topic, 1, nil)
		}
	}
	overtaken(t, s, "late")
	s.run(t)
	waitFor(t, "the process is ready", 30*time.Second, ready(s))
	r := newRecording(target{"faults", s})
	return rehearsal{
		tick: func(n int) {
			r.scrape()
			if n > 0 {
				return
			}
			pour(t, s, "mistyped.raw", 500, func(n int) *kgo.Record { return anybody(n, "") })
			pour(t, s, "dirty.raw", 100, func(n int) *kgo.Record { return anybody(n, `,"phone":"none of your business"`) })
			pour(t, s, "foreign.raw", 100, func(n int) *kgo.Record { return anybody(n, "") })
			pour(t, s, "sealed.raw", 200, func(n int) *kgo.Record {
				if n%20 == 0 {
					return &kgo.Record{Key: []byte("nobody@example.org"), Value: []byte(`{}`)} // the rule says required
				}
				return anybody(n, "")
			})
			if _, err := produceRaw(t, s, "odd.raw", 0, batchOf(t, 0, twisted)); err != nil {
				t.Fatal(err)
			}
		},
		heard: func() []judgement {
			return []judgement{{name: "faults", heard: r, ever: true, want: []firing{
				{"VoileRuleNeverMatched", "mistyped"}, {"VoileGuardFindings", "mistyped"},
				{"VoileValuesNotNormalized", "dirty"}, {"VoileGuardFindings", "dirty"}, {"VoileRuleNeverMatched", "foreign"},
				{"VoileQuarantineRate", "sealed"}, {"VoilePartitionStopped", "odd"}, {"VoileDataLost", "late"},
			}}}
		},
	}
}

// overtaken has a route's group stand at records that retention has deleted.
func overtaken(t *testing.T, s *site, route string) {
	t.Helper()
	client := kafkatest.Client(t, s.brokers)
	topic := route + ".raw"
	records := make([]*kgo.Record, 10)
	for n := range records {
		records[n] = anybody(n, "")
		records[n].Topic = topic
	}
	produceAll(t, client, records...)
	admin := kadm.NewClient(client)
	deleted, err := admin.DeleteRecords(t.Context(), kadm.Offsets{topic: {0: {Topic: topic, At: 7}}})
	if err := errors.Join(err, deleted.Error()); err != nil {
		t.Fatal(err)
	}
	committed, err := admin.CommitOffsets(t.Context(), "voile-"+route, kadm.Offsets{topic: {0: {Topic: topic, LeaderEpoch: -1}}})
	if err := errors.Join(err, committed.Error()); err != nil {
		t.Fatal(err)
	}
}

// slow: the brokers let the process read less than is written.
func slow(t *testing.T, cluster *kafkatest.Cluster, s *site) rehearsal {
	const allowed = 100_000 // bytes a second, of 300,000
	s = s.with(t, "slow", strings.Replace(flowConfig("slow", s.brokers), "kafka: {", "kafka: {client_id: slow, ", 1))
	cluster.CreateTopic(t, "slow.raw", 1, nil)
	cluster.CreateTopic(t, "slow", 1, nil)
	client := "slow"
	answers, err := kadm.NewClient(kafkatest.Client(t, s.brokers)).AlterClientQuotas(t.Context(), []kadm.AlterClientQuotaEntry{{
		Entity: kadm.ClientQuotaEntity{{Type: "client-id", Name: &client}},
		Ops:    []kadm.AlterClientQuotaOp{{Key: "consumer_byte_rate", Value: allowed}},
	}})
	if err != nil || answers[0].Err != nil {
		t.Fatal(err, answers)
	}
	s.run(t)
	waitFor(t, "the process is ready", 30*time.Second, ready(s))
	pour(t, s, "slow.raw", 800, func(n int) *kgo.Record { return anybody(n, `,"more":"`+random(300)+`"`) })
	waitFor(t, "records flow", 30*time.Second, flowing(s, "slow"))
	r := newRecording(target{"slow", s})
	return rehearsal{
		tick: func(int) { r.scrape() },
		heard: func() []judgement {
			return []judgement{{name: "slow", heard: r, ever: true, want: []firing{{"VoileLagGrowing", "slow"}}}}
		},
	}
}

// vaultLost: Vault is lost under a stream, and another process starts without it.
func vaultLost(t *testing.T, cluster *kafkatest.Cluster, _ *site) rehearsal {
	server := vaulttest.Start(t)
	s := newSiteWith(t, cluster, server, flowConfig("lost", cluster.Brokers()))
	cluster.CreateTopic(t, "lost.raw", 1, nil)
	cluster.CreateTopic(t, "lost", 1, nil)
	pour(t, s, "lost.raw", 50, func(n int) *kgo.Record { return anybody(n, "") })
	s.run(t)
	waitFor(t, "records flow", 30*time.Second, flowing(s, "lost"))
	server.Stop(t)
	keyless := s.beside(t)
	keyless.run(t)
	waitFor(t, "the second process answers", 30*time.Second, func() bool { code, _ := keyless.get("/healthz"); return code == 200 })
	degraded, waiting := newRecording(target{"lost", s}), newRecording(target{"keyless", keyless})
	return rehearsal{
		tick: func(int) {
			degraded.scrape() // the probe sees it within 15 s
			waiting.scrape()
		},
		heard: func() []judgement {
			return []judgement{
				{name: "Vault lost", heard: degraded, ever: true, want: []firing{{"VoileVaultDegraded", ""}}},
				{name: "Vault away at the start", heard: waiting, ever: true, want: []firing{{"VoileNotReady", ""}}},
			}
		},
	}
}

// tokenEnding: a Vault token that cannot be renewed, to its end.
func tokenEnding(t *testing.T, cluster *kafkatest.Cluster, s *site) rehearsal {
	const life = 30 * time.Second
	s = s.with(t, "ending", flowConfig("ending", s.brokers))
	cluster.CreateTopic(t, "ending.raw", 1, nil)
	cluster.CreateTopic(t, "ending", 1, nil)
	s.write(t, "ending-token", s.vault.Token(t, "voile-proxy", life, map[string]any{"renewable": false}))
	s.env = append(s.env, "VAULT_TOKEN_FILE="+s.path("ending-token"))
	s.run(t)
	waitFor(t, "the process is ready", 20*time.Second, ready(s))
	r := newRecording(target{"ending", s})
	ends := time.Unix(int64(s.total("voile_vault_token_expiry_timestamp_seconds")), 0)
	var early *recording
	return rehearsal{
		tick: func(int) {
			left := time.Until(ends)
			if early == nil && left < 5*time.Second {
				early = r.copied()
			}
			if left > -3*time.Second { // later Vault refuses it, which is another alert's
				r.scrape()
			}
		},
		heard: func() []judgement {
			return []judgement{
				{name: "a Vault token with five of thirty seconds left", heard: early, ever: true},
				{name: "a Vault token at its end", heard: r, ever: true, want: []firing{{"VoileVaultTokenEnding", ""}}},
			}
		},
	}
}

// killed: a process whose topic is quiet is well; then it is killed.
func killed(t *testing.T, cluster *kafkatest.Cluster, s *site) rehearsal {
	s = s.with(t, "quiet", flowConfig("quiet", s.brokers))
	cluster.CreateTopic(t, "quiet.raw", 2, nil)
	cluster.CreateTopic(t, "quiet", 2, nil)
	p := s.run(t)
	waitFor(t, "the process is ready", 30*time.Second, ready(s))
	r := newRecording(target{"quiet", s})
	var quiet *recording
	return rehearsal{
		tick: func(n int) {
			if n == 25 {
				quiet = r.copied()
				p.kill()
			}
			r.scrape()
		},
		heard: func() []judgement {
			return []judgement{
				{name: "a quiet topic", heard: quiet, ever: true},
				{name: "killed", heard: r, ever: true, want: []firing{{"VoileDown", ""}}},
			}
		},
	}
}

// away: the only broker stands still in the middle of a stream. First the partitions make no progress; with the
// membership their gauges go, and what is left says that there is none.
func away(t *testing.T, _ *kafkatest.Cluster, s *site) rehearsal {
	cluster := kafkatest.Start(t)
	s = s.with(t, "paused", flowConfig("paused", cluster.Brokers()))
	s.brokers = cluster.Brokers()
	for _, topic := range []string{"paused.raw", "paused", "voile.quarantine"} {
		cluster.CreateTopic(t, topic, 1, nil)
	}
	pour(t, s, "paused.raw", 100, func(n int) *kgo.Record { return anybody(n, "") })
	s.run(t)
	waitFor(t, "records flow", 30*time.Second, flowing(s, "paused"))
	r := newRecording(target{"paused", s})
	t.Cleanup(func() { cluster.Nodes()[0].Signal(t, syscall.SIGCONT) })
	idle := 0 // scrapes without membership
	return rehearsal{
		tick: func(n int) {
			if n == 3 {
				cluster.Nodes()[0].Signal(t, syscall.SIGSTOP)
			}
			if s.total("voile_ready") == 0 {
				idle++
			}
			r.scrape()
		},
		more: func() bool { return idle < 8 }, // it takes ten to thirty seconds to lose it
		heard: func() []judgement {
			return []judgement{{name: "away", heard: r, want: []firing{{"VoileNotReady", ""}}}}
		},
	}
}

// faked: what a sound broker cannot be asked for, of an imitation. One sink takes nothing; another refuses every
// second batch for a reason that passes, so that the partition is taken up again and again.
func faked(t *testing.T, _ *kafkatest.Cluster, s *site) rehearsal {
	const notEnoughReplicas, abortable = 19, 120
	fake := kafkatest.Fake(t, kfake.SeedTopics(1, "stuck.raw", "stuck", "stuck.q", "loop.raw", "loop", "loop.q"))
	batches := 0
	fake.ControlKey(int16(kmsg.Produce), func(in kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		asked := in.(*kmsg.ProduceRequest).Topics[0]
		p := kmsg.NewProduceResponseTopicPartition()
		p.Partition, p.BaseOffset = asked.Partitions[0].Partition, -1
		switch asked.Topic {
		case "stuck":
			p.ErrorCode = notEnoughReplicas
		case "loop":
			if batches++; batches%2 == 0 {
				return nil, nil, false
			}
			p.ErrorCode = abortable
		default:
			return nil, nil, false
		}
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic, topic.Partitions = asked.Topic, append(topic.Partitions, p)
		answer := in.ResponseKind().(*kmsg.ProduceResponse)
		answer.Topics = append(answer.Topics, topic)
		return answer, nil, true
	})
	config, _, _ := strings.Cut(flowConfig("", fake.ListenAddrs()), "  - name:")
	s = s.with(t, "faked", config+routeConfig("stuck")+routeConfig("loop", "    delivery: at_least_once"))
	s.brokers = fake.ListenAddrs()
	s.run(t)
	waitFor(t, "the process is ready", 30*time.Second, ready(s))
	for _, route := range []string{"stuck", "loop"} {
		pour(t, s, route+".raw", 20, func(n int) *kgo.Record { return anybody(n, "") })
	}
	r := newRecording(target{"faked", s})
	return rehearsal{
		tick: func(int) { r.scrape() },
		heard: func() []judgement {
			return []judgement{{name: "faked", heard: r, ever: true, want: []firing{{"VoileNoProgress", "stuck"}, {"VoilePartitionLoop", "loop"}}}}
		},
	}
}
