package endtoend

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
	"voile/pipeline/batch"
	"voile/pipeline/record"
)

// largest makes the largest batch that a broker with the default max.message.bytes takes, of one record whose value is
// no JSON and cannot be compressed, and a batch of one byte more.
func largest(t *testing.T) (raw, wider []byte, r *record.Record) {
	t.Helper()
	const bound = 1_048_588
	r = &record.Record{Timestamp: time.Now().UnixMilli(), Key: []byte("huge@example.org"), Headers: []record.Header{{Name: []byte("h"), Value: []byte(planted)}}}
	source := rand.NewChaCha8(sha256.Sum256([]byte("huge")))
	r.Value = make([]byte, bound-1000)
	_, _ = source.Read(r.Value) // never fails, by its contract
	var encoder batch.Encoder
	encode := func() []byte {
		out, err := encoder.Encode(nil, []record.Record{*r}, batch.WithoutProducer(batch.None))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	r.Value = append(r.Value, make([]byte, bound-len(encode()))...)
	if raw = encode(); len(raw) != bound {
		t.Fatalf("a batch of %d bytes, want %d", len(raw), bound)
	}
	r.Value = append(r.Value, 0)
	wider = encode()
	r.Value = r.Value[:len(r.Value)-1]
	return raw, wider, r
}

// produceRaw writes a batch as it is, and gives the offset of its first record.
func produceRaw(t *testing.T, s *site, topic string, partition int, raw []byte) (offset int64, err error) {
	t.Helper()
	// Before version 13 a topic goes by its name. The cluster's only node leads.
	client := kafkatest.Client(t, s.brokers, kgo.MaxVersions(kversion.V3_0_0()))
	request := kmsg.NewPtrProduceRequest()
	request.Acks, request.TimeoutMillis = -1, 10_000
	topics, partitions := kmsg.NewProduceRequestTopic(), kmsg.NewProduceRequestTopicPartition()
	partitions.Partition, partitions.Records = int32(partition), raw
	topics.Topic, topics.Partitions = topic, append(topics.Partitions, partitions)
	request.Topics = append(request.Topics, topics)
	answer, err := client.Broker(1).Request(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	p := answer.(*kmsg.ProduceResponse).Topics[0].Partitions[0]
	return p.BaseOffset, kerr.ErrorForCode(p.ErrorCode)
}

// TestQuarantine: what cannot be passed on is sealed, whatever the reason and the size, and an operator who opens it has the
// very source record. A rule that is wrong does not seal a whole stream, unless it is told to.
func TestQuarantine(t *testing.T) {
	const (
		stream      = 1000 // records of the routes whose rule is wrong
		limit       = 201  // more than 20 % of 1000
		narrowTopic = 300_000
		small       = 300 // records of 2 KB: together more than the narrow topic takes at once
	)
	cluster := kafkatest.Start(t)
	s := newSiteWith(t, cluster, vaulttest.Start(t), flowConfig("kinds", cluster.Brokers(), "    accept_tokens: false")+
		routeConfig("huge", "    quarantine_limit: off")+routeConfig("wrong")+routeConfig("sealed", "    quarantine_limit: off"))
	narrow := map[string]string{"max.message.bytes": fmt.Sprint(narrowSink)}
	cluster.CreateTopic(t, "kinds.raw", 2, narrow)
	cluster.CreateTopic(t, "kinds", 2, map[string]string{"max.message.bytes": narrow["max.message.bytes"], "cleanup.policy": "compact"})
	cluster.CreateTopic(t, "huge.q", 1, map[string]string{"max.message.bytes": fmt.Sprint(narrowTopic)})
	for _, topic := range []string{"voile.quarantine", "huge.raw", "huge", "wrong.raw", "wrong", "wrong.q", "sealed.raw", "sealed", "sealed.q"} {
		cluster.CreateTopic(t, topic, 1, nil)
	}
	kinds := produceKinds(t, s, genuine(t, s))
	raw, wider, largest := largest(t)
	if _, err := produceRaw(t, s, "huge.raw", 0, raw); err != nil {
		t.Fatal(err)
	}
	if _, err := produceRaw(t, s, "huge.raw", 0, wider); !errors.Is(err, kerr.MessageTooLarge) {
		t.Fatalf("a batch of one byte more: %v, so this one is not the largest", err)
	}
	var rest []*kgo.Record
	for i := range small {
		rest = append(rest, &kgo.Record{Topic: "huge.raw", Value: []byte(planted + random(2000+i))})
	}
	for i := range stream {
		for _, topic := range []string{"wrong.raw", "sealed.raw"} {
			rest = append(rest, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, `{"mail":"planted%d@example.org"}`, i)})
		}
	}
	produceAll(t, kafkatest.Client(t, s.brokers), append(rest, &kgo.Record{Topic: "huge.raw", Key: []byte("end@example.org"), Value: []byte{}})...)

	p := s.run(t)
	outcome := func(route, result string) float64 {
		return s.total("voile_records_total", `route="`+route+`"`, `result="`+result+`"`)
	}
	passed := len(kinds.passed[0]) + len(kinds.passed[1])
	waitFor(t, "every outcome", 60*time.Second, func() bool {
		return outcome("kinds", "passed")+outcome("kinds", "quarantined") >= float64(passed+len(kinds.sources)) &&
			outcome("huge", "passed") == 1 && outcome("sealed", "quarantined") == stream && s.total("voile_partition_stopped") == 1
	})
	waitFor(t, "all is committed", 10*time.Second, func() bool {
		return committed(t, s, "voile-kinds") == int64(passed+len(kinds.sources)) && committed(t, s, "voile-wrong") == limit
	})
	if a, b := outcome("kinds", "passed"), outcome("kinds", "quarantined"); a != float64(passed) || b != float64(len(kinds.sources)) {
		t.Errorf("%g passed and %g quarantined, want %d and %d", a, b, passed, len(kinds.sources))
	}
	for reason, n := range kinds.counts {
		if got := s.total("voile_quarantined_total", `route="kinds"`, `reason="`+reason+`"`); got != float64(n) {
			t.Errorf("%g records are quarantined for %s, want %d", got, reason, n)
		}
	}
	_, metrics := s.get("/metrics")
	_, readyz := s.get("/readyz")
	p.stop(t)
	for where, text := range map[string]string{"the log": p.log.String(), "/metrics": metrics, "/readyz": readyz} {
		if strings.Contains(text, planted) || strings.Contains(text, "example.org") {
			t.Errorf("a value is in %s", where)
		}
	}

	opener := s.opener(t)
	t.Run("kinds", func(t *testing.T) { kinds.check(t, s, opener) })
	t.Run("largest", func(t *testing.T) {
		entries := unseal(t, s, opener, "huge.q")
		if len(entries) != 1+small {
			t.Fatalf("%d entries, want %d", len(entries), 1+small)
		}
		if what := same(entries[0].Record, largest); what != "" {
			t.Errorf("%s: is not what it was", what)
		}
		if n := len(entries[0].parts); n < 4 {
			t.Errorf("%d bytes lie in %d parts of a topic that takes %d at most", len(raw), n, narrowTopic)
		}
		for i, e := range entries[1:] {
			if len(e.parts) != 1 || !bytes.Equal(e.Record.Value, rest[i].Value) || e.Record.Key != nil {
				t.Fatalf("entry %d is not the record that it was", i+1)
			}
		}
	})
	t.Run("limit", func(t *testing.T) {
		if entries := unseal(t, s, opener, "wrong.q"); len(entries) != limit || entries[limit-1].Offset != limit-1 {
			t.Errorf("%d records were sealed before the partition stopped, want %d", len(entries), limit)
		}
		const why = "route wrong, wrong.raw/0 at offset 200: more than 20 % of the last 1000 records were set aside, the last one for required_missing"
		for where, text := range map[string]string{"the log": p.log.String(), "/readyz": readyz} {
			if !strings.Contains(text, why) || !strings.Contains(text, "quarantine_limit") {
				t.Errorf("%s does not say %q and what to do:\n%s", where, why, text)
			}
		}
		if entries := unseal(t, s, opener, "sealed.q"); len(entries) != stream {
			t.Errorf("%d records were sealed with `quarantine_limit: off`, want %d", len(entries), stream)
		}
	})
}

// TestQuarantineUnwritable: where the quarantine topic takes nothing the partition stops and says why, and nothing is
// skipped. The other partitions go on. Once it is mended, a restart brings everything.
func TestQuarantineUnwritable(t *testing.T) {
	const each = 100 // good records of each partition, and one ill in the middle of the first
	cluster := kafkatest.Start(t, kafkatest.Config("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
		kafkatest.Config("allow.everyone.if.no.acl.found", "true"))
	config, _, _ := strings.Cut(flowConfig("", cluster.Brokers()), "  - name:")
	s := newSiteWith(t, cluster, vaulttest.Start(t), config+routeConfig("narrow")+routeConfig("denied"))
	admin := kadm.NewClient(kafkatest.Client(t, s.brokers))
	routes := map[string]string{ // and what is said of each
		"narrow": "the quarantine topic narrow.q takes no part of",
		"denied": "TOPIC_AUTHORIZATION_FAILED",
	}
	var records []*kgo.Record
	for name := range routes {
		cluster.CreateTopic(t, name+".raw", 2, nil)
		cluster.CreateTopic(t, name, 2, nil)
		cluster.CreateTopic(t, name+".q", 1, nil)
		for p := range 2 {
			for n := range int64(each) {
				r := numbered(p, n)
				r.Topic = name + ".raw"
				if records = append(records, r); p == 0 && n == each/2-1 {
					records = append(records, &kgo.Record{Topic: r.Topic, Value: []byte(`{"mail":"planted@example.org"}`)})
				}
			}
		}
	}
	width := func(value string) {
		alter := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &value}}
		if answer, err := admin.AlterTopicConfigs(t.Context(), alter, "narrow.q"); err != nil || answer[0].Err != nil {
			t.Fatal(err, answer)
		}
	}
	rule := kadm.NewACLs().Topics("denied.q").ResourcePatternType(kadm.ACLPatternLiteral).
		Allow("User:ANONYMOUS").AllowHosts("*").Operations(kadm.OpDescribe) // and so not to write

	p := s.run(t)
	waitFor(t, "the proxy has begun, which it would not without the right to write", 30*time.Second, ready(s))
	if made, err := admin.CreateACLs(t.Context(), rule); err != nil || made[0].Err != nil {
		t.Fatal(err, made)
	}
	width("500")
	produceAll(t, kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner())), records...)
	waitFor(t, "both partitions stop", 60*time.Second, func() bool { return s.total("voile_partition_stopped") == 2 })
	for name := range routes {
		waitFor(t, "the other partition goes on", 10*time.Second, func() bool { return committedAt(t, admin, "voile-"+name, name+".raw", 1) == each })
		if at := committedAt(t, admin, "voile-"+name, name+".raw", 0); at > each/2 {
			t.Errorf("%s: offset %d is committed, behind a record that is nowhere", name, at)
		}
		if n := s.total("voile_partition_stopped", `topic="`+name+`.raw"`, `partition="0"`); n != 1 {
			t.Errorf("%s: voile_partition_stopped is %g for the partition", name, n)
		}
	}
	code, readyz := s.get("/readyz")
	if code != 200 {
		t.Errorf("/readyz: %d, though other partitions go on", code)
	}
	p.stop(t)
	for name, why := range routes {
		for where, text := range map[string]string{"the log": p.log.String(), "/readyz": readyz} {
			if !slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool {
				return strings.Contains(line, "stopped") && strings.Contains(line, why) && strings.Contains(line, name+".q") && strings.Contains(line, name+".raw")
			}) {
				t.Errorf("%s does not say of %s: %q:\n%s", where, name, why, text)
			}
		}
	}

	width("1000000")
	if gone, err := admin.DeleteACLs(t.Context(), rule); err != nil || gone[0].Err != nil {
		t.Fatal(err, gone)
	}
	p = s.run(t)
	for name := range routes {
		waitFor(t, "everything arrives after the restart", 30*time.Second, func() bool { return committed(t, s, "voile-"+name) == 2*each+1 })
	}
	p.stop(t)
	opener := s.opener(t)
	for name := range routes {
		auditSink(t, s, name, []int64{each, each})
		if entries := unseal(t, s, opener, name+".q"); len(entries) != 1 || entries[0].Offset != each/2 {
			t.Errorf("%s: %d entries in the quarantine, want the one", name, len(entries))
		}
	}
}

// committedAt is the offset that a group has committed for one partition.
func committedAt(t *testing.T, admin *kadm.Client, group, topic string, partition int32) int64 {
	t.Helper()
	offsets, err := admin.FetchOffsets(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := offsets.Lookup(topic, partition)
	return o.At
}
