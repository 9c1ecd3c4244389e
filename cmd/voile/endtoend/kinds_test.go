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

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/crypto"
	"voile/internal/kafkatest"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

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
