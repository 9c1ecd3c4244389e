package endtoend

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
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

	"voile/crypto"
	"voile/crypto/vault"
	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

// planted is in every text that must not be seen outside the seal.
const planted = "planted"

// routeConfig is a further route for flowConfig, of the same shape, with a quarantine topic of its own.
func routeConfig(name string, more ...string) string {
	return fmt.Sprintf(`
  - name: %[1]s
    from: [%[1]s.raw]
    to: %[1]s
    quarantine: {topic: %[1]s.q}
    fields:
      - {key: true, domain: customer-email}
      - {path: $.email, domain: customer-email, required: true}
`, name) + strings.Join(append(more, ""), "\n")
}

// operator logs in to Vault as somebody who may do everything.
func (s *site) operator(t *testing.T) *vault.Client {
	t.Helper()
	client, err := vault.Open(t.Context(), vault.Options{Address: s.vault.Address,
		Auth: vault.Auth{Token: func() (string, error) { return s.vault.RootToken, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// opener opens what is sealed, as an operator does, and never a proxy.
func (s *site) opener(t *testing.T) *crypto.Opener {
	t.Helper()
	opener, err := s.operator(t).LoadOpener(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return opener
}

// sealed is an opened entry, and the records of the quarantine topic that it lay in.
type sealed struct {
	*quarantine.Entry
	parts []*kgo.Record
}

// unseal opens all that is in a quarantine topic, in its order, and demands that it is whole and that nothing of it is
// readable without the key.
func unseal(t *testing.T, s *site, opener *crypto.Opener, topic string) (entries []sealed) {
	t.Helper()
	parts, raw := map[string][]*quarantine.Part{}, map[string][]*kgo.Record{}
	var order []string
	for _, r := range kafkatest.ReadAll(t, s.brokers, topic, true) {
		if text := textOf(r); bytes.Contains(text, []byte(planted)) {
			t.Fatalf("%s/%d at offset %d: a planted value is in the clear", topic, r.Partition, r.Offset)
		}
		part, err := quarantine.Open(opener, recordOf(r))
		if err != nil {
			t.Fatalf("%s/%d at offset %d: %v", topic, r.Partition, r.Offset, err)
		}
		id := part.ID()
		if parts[id] == nil {
			order = append(order, id)
		}
		parts[id], raw[id] = append(parts[id], part), append(raw[id], r)
	}
	for _, id := range order {
		e, err := quarantine.Join(parts[id])
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, sealed{e, raw[id]})
	}
	return entries
}

// textOf is all that a record shows.
func textOf(r *kgo.Record) []byte {
	text := slices.Concat(r.Key, []byte("\n"), r.Value)
	for _, h := range r.Headers {
		text = fmt.Appendf(text, "\n%s: %s", h.Key, h.Value)
	}
	return text
}

func recordOf(r *kgo.Record) *record.Record {
	out := &record.Record{Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(), Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, record.Header{Name: []byte(h.Key), Value: h.Value})
	}
	return out
}

// same says how a record differs from the one that it should be, null told from empty; "" not at all.
func same(got, want *record.Record) string {
	equal := func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }
	switch {
	case got == nil:
		return "there is no record"
	case got.Offset != want.Offset:
		return "the offset"
	case got.Timestamp != want.Timestamp:
		return "the timestamp"
	case !equal(got.Key, want.Key):
		return "the key"
	case !equal(got.Value, want.Value):
		return "the value"
	case !slices.EqualFunc(got.Headers, want.Headers, func(a, b record.Header) bool {
		return equal(a.Name, b.Name) && equal(a.Value, b.Value)
	}):
		return "the headers"
	}
	return ""
}

// An ill is a record that cannot be passed on, and why.
type ill struct {
	reason     string
	key, value []byte
}

// The sink of the ills: compacted, and taking batches of no more than this.
const narrowSink = 20_000

// ills are records of every kind that cannot be passed on. token is a genuine one of the domain.
func ills(token []byte) (all []ill) {
	add := func(reason, key, value string) { all = append(all, ill{reason, []byte(key), []byte(value)}) }
	key := planted + "@example.org"
	add("not_json", key, `{"email":"planted@example.org","n":`)
	add("not_json", key, "planted@example.org")
	add("not_json", key, `{"email":"planted@example.org"}{}`)
	add("required_missing", key, `{"mail":"planted@example.org"}`)
	add("required_missing", key, `{"email":null,"name":"planted"}`)
	add("required_missing", key, `{"email":"","name":"planted"}`)
	add("not_scalar", key, `{"email":{"work":"planted@example.org"}}`)
	add("not_scalar", key, `{"email":["planted@example.org"]}`)
	add("not_text", key, `{"email":"planted\ud800@example.org"}`)
	add("not_text", "planted\xff@example.org", `{"email":"planted@example.org"}`)
	add("not_text", "planted\xff@example.org", "")
	all = append(all, ill{"not_text", []byte("planted\xff@example.org"), nil})
	add("too_deep", key, `{"email":"planted@example.org","a":`+strings.Repeat("[", 600)+strings.Repeat("]", 600)+`}`)
	add("token_refused", key, fmt.Sprintf(`{"email":%q,"name":"planted"}`, token))
	add("token_refused", string(token), `{"email":"planted@example.org"}`)
	add("not_normalized", key, `{"email":"n/a","name":"planted"}`)
	add("too_large", key, `{"email":"planted@example.org","text":"`+random(narrowSink-250)+`"}`)
	all = append(all, ill{"broker_refused", nil, []byte(`{"email":"planted@example.org"}`)}, ill{"broker_refused", nil, nil})
	return all
}

// random is text of n bytes, the same in every run.
func random(n int) string {
	source := rand.NewChaCha8(sha256.Sum256([]byte("voile")))
	text := make([]byte, n)
	_, _ = source.Read(text) // never fails, by its contract
	for i, b := range text {
		text[i] = 'a' + b%26
	}
	return string(text)
}

// well gives a record that passes: every kind that has something to lose on the way. n stands in a header.
func well(n int) *kgo.Record {
	r := numbered(0, int64(n))
	r.Headers = []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, n)}, {Key: "twice", Value: []byte("1")}, {Key: "twice", Value: []byte("2")},
		{Key: "null"}, {Key: "empty", Value: []byte{}}, {Key: "", Value: []byte("no name")}}
	switch n % 6 {
	case 3:
		r.Value = nil
	case 4:
		r.Value = []byte{}
	case 5:
		r.Key = []byte{}
	}
	return r
}

// aside are the records of the route `kinds`: what passes, and what is set aside by partition and offset.
type aside struct {
	passed  [][]*kgo.Record // by partition
	reasons map[[2]int64]string
	sources map[[2]int64]*record.Record
	counts  map[string]int // of reasons
}

// produceKinds writes every ill several times among good records, joined to batches by the client.
func produceKinds(t *testing.T, s *site, token []byte) *aside {
	t.Helper()
	const rounds, partitions = 4, 2
	client := kafkatest.Client(t, s.brokers, kgo.DefaultProduceTopic("kinds.raw"), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(narrowSink), kgo.ProducerLinger(20*time.Millisecond), kgo.ProducerBatchCompression(kgo.NoCompression()))
	a := &aside{passed: make([][]*kgo.Record, partitions), reasons: map[[2]int64]string{}, sources: map[[2]int64]*record.Record{}, counts: map[string]int{}}
	begin := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	var records []*kgo.Record
	var reasons []string
	add := func(r *kgo.Record, reason string) {
		r.Timestamp = begin.Add(time.Duration(len(records)) * time.Millisecond)
		records, reasons = append(records, r), append(reasons, reason)
	}
	for range rounds {
		for _, ill := range ills(token) {
			for p := range int32(partitions) {
				for range 1 + len(records)%3 {
					r := well(len(a.passed[p]))
					r.Partition = p
					a.passed[p] = append(a.passed[p], r)
					add(r, "")
				}
				add(&kgo.Record{Partition: p, Key: ill.key, Value: ill.value, Headers: []kgo.RecordHeader{
					{Key: "who", Value: []byte(planted)}, {Key: "who", Value: []byte{}}, {Key: "null"}, {Key: planted}}}, ill.reason)
			}
		}
	}
	produceAll(t, client, records...)
	for i, r := range records {
		if at := [2]int64{int64(r.Partition), r.Offset}; reasons[i] != "" {
			a.reasons[at], a.sources[at] = reasons[i], recordOf(r)
			a.counts[reasons[i]]++
		}
	}
	return a
}

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

// genuine is a token of the domain customer-email.
func genuine(t *testing.T, s *site) []byte {
	t.Helper()
	params, err := crypto.NewParams("customer-email", "tokenize", "email", "")
	if err != nil {
		t.Fatal(err)
	}
	domain, err := s.operator(t).LoadDomain(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	token, err := domain.AppendToken(nil, []byte("somebody.else@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// check holds the sink and the quarantine of the route `kinds` against what was written.
func (a *aside) check(t *testing.T, s *site, opener *crypto.Opener) {
	at := map[int32]int{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, "kinds", true) {
		n := at[r.Partition]
		at[r.Partition]++
		if n >= len(a.passed[r.Partition]) {
			t.Fatalf("partition %d holds more than what is to pass", r.Partition)
		}
		if err := tokenized(r, a.passed[r.Partition][n]); err != nil {
			t.Fatalf("partition %d, record %d of the sink: %v", r.Partition, n, err)
		}
	}
	for p, want := range a.passed {
		if at[int32(p)] != len(want) {
			t.Errorf("partition %d: %d records passed, want %d", p, at[int32(p)], len(want))
		}
	}
	entries := unseal(t, s, opener, "voile.quarantine")
	if len(entries) != len(a.sources) {
		t.Errorf("%d entries in the quarantine, want %d", len(entries), len(a.sources))
	}
	for _, e := range entries {
		where := [2]int64{int64(e.Partition), e.Offset}
		want, ok := a.sources[where]
		if !ok {
			t.Fatalf("%s/%d at offset %d is there twice, or was never ill", e.Topic, e.Partition, e.Offset)
		}
		if what := same(e.Record, want); what != "" {
			t.Errorf("offset %d, %s: %s is not what it was", e.Offset, e.Reason, what)
		}
		if e.Route != "kinds" || e.Topic != "kinds.raw" || e.Reason != a.reasons[where] || time.Since(e.Time) > time.Hour || strings.Contains(e.Where, planted) {
			t.Errorf("offset %d: route %s, topic %s, reason %s, want %s", e.Offset, e.Route, e.Topic, e.Reason, a.reasons[where])
		}
		for _, h := range []kgo.RecordHeader{
			{Key: quarantine.HeaderRoute, Value: []byte("kinds")}, {Key: quarantine.HeaderTopic, Value: []byte("kinds.raw")},
			{Key: quarantine.HeaderPartition, Value: fmt.Append(nil, e.Partition)}, {Key: quarantine.HeaderOffset, Value: fmt.Append(nil, e.Offset)},
			{Key: quarantine.HeaderTime, Value: e.Time.AppendFormat(nil, time.RFC3339Nano)}, {Key: quarantine.HeaderReason, Value: []byte(e.Reason)}} {
			if !slices.ContainsFunc(e.parts[0].Headers, func(g kgo.RecordHeader) bool { return g.Key == h.Key && bytes.Equal(g.Value, h.Value) }) {
				t.Errorf("offset %d: no header says %s: %s", e.Offset, h.Key, h.Value)
			}
		}
		delete(a.sources, where)
	}
	changed(t, opener, entries[0].parts[0])
}

// tokenized says how a record of the sink differs from what its source should become.
func tokenized(got, source *kgo.Record) error {
	email := func(raw []byte, what string) error {
		if !bytes.HasPrefix(raw, []byte("vt1.customer-email.")) {
			return fmt.Errorf("%s is no token", what)
		}
		return nil
	}
	want := recordOf(source)
	want.Offset = got.Offset
	if len(want.Key) > 0 {
		if err := email(got.Key, "the key"); err != nil {
			return err
		}
		want.Key = got.Key
	}
	if len(want.Value) > 0 {
		var v struct{ Email string }
		if err := json.Unmarshal(got.Value, &v); err != nil {
			return errors.New("the value is no JSON")
		}
		if err := email([]byte(v.Email), "the e-mail"); err != nil {
			return err
		}
		before, _, _ := bytes.Cut(want.Value, []byte(`"email":`))
		want.Value = fmt.Appendf(nil, `%s"email":%q}`, before, v.Email)
	}
	if what := same(recordOf(got), want); what != "" {
		return fmt.Errorf("%s is not what it was", what)
	}
	return nil
}

// changed: a part whose headers or key were changed in any way does not open.
func changed(t *testing.T, opener *crypto.Opener, part *kgo.Record) {
	t.Helper()
	if _, err := quarantine.Open(opener, recordOf(part)); err != nil {
		t.Fatal(err)
	}
	refused := func(what string, change func(*record.Record)) {
		r := recordOf(part)
		r.Key = bytes.Clone(r.Key)
		change(r)
		if _, err := quarantine.Open(opener, r); !errors.Is(err, quarantine.ErrRefused) {
			t.Errorf("%s: %v, want a refusal", what, err)
		}
	}
	for i, h := range part.Headers {
		refused("another "+h.Key, func(r *record.Record) { r.Headers[i].Value = append(bytes.Clone(h.Value), '0') })
		refused("another name than "+h.Key, func(r *record.Record) { r.Headers[i].Name = []byte("voile-x") })
		refused("no "+h.Key, func(r *record.Record) { r.Headers = slices.Delete(r.Headers, i, i+1) })
	}
	refused("a header more", func(r *record.Record) { r.Headers = append(r.Headers, record.Header{Name: []byte("x")}) })
	refused("another key", func(r *record.Record) { r.Key[0]++ })
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
	if made, err := admin.CreateACLs(t.Context(), rule); err != nil || made[0].Err != nil {
		t.Fatal(err, made)
	}
	width("500")
	produceAll(t, kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner())), records...)

	p := s.run(t)
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
