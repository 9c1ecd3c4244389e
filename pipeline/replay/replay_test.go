package replay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/config"
	"voile/internal/hpketest"
	"voile/internal/kafkatest"
	"voile/pipeline/batch"
	"voile/pipeline/partitioner"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

var kafka4 kafkatest.Shared

func TestMain(m *testing.M) { os.Exit(kafka4.Run(m)) }

// domain stands for the cryptography: the token of x is name.x.
type domain string

func (d domain) Recognize([]byte) (own, foreign bool) { return false, false }

func (d domain) Normalize(dst, text []byte) ([]byte, bool) { return append(dst, text...), true }

func (d domain) AppendToken(dst, plaintext []byte) ([]byte, error) {
	return append(append(append(dst, d...), '.'), plaintext...), nil
}

var names atomic.Int32

// A scene is a quarantine topic, the sink of the route r, and what is needed to replay from the one to the other.
type scene struct {
	t       *testing.T
	q, dst  string
	brokers []string
	sealer  quarantine.Sealer
	writer  *kgo.Client
	parts   Parts
	options Options
	began   time.Time
}

// newScene makes topics with names of their own. sink are settings of the sink's topic.
func newScene(t *testing.T, partitions int, sink map[string]string) *scene {
	t.Helper()
	n := names.Add(1)
	s := &scene{t: t, q: fmt.Sprintf("q%d", n), dst: fmt.Sprintf("dst%d", n), brokers: kafka4.Cluster(t).Brokers(), began: time.Now()}
	keys := hpketest.New(t)
	s.sealer = keys
	kafkatest.CreateTopic(t, s.brokers, s.q, partitions, nil)
	kafkatest.CreateTopic(t, s.brokers, s.dst, partitions, sink)
	s.writer = kafkatest.Client(t, s.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	cfg, err := config.Parse("test", fmt.Appendf(nil, `
kafka: {brokers: ["%s"]}
vault: {address: "https://vault.example:8200", auth: {token: {file: /x}}}
quarantine: {topic: %s}
domains: {id: {method: hash}}
routes:
  - name: r
    from: [src]
    to: %s
    fields: [{key: true, domain: id}, {path: $.id, domain: id, required: true}]
  - name: by-key
    from: [src2]
    to: %[3]s
    partition: key
    compression: zstd
    source_header: true
    fields: [{key: true, domain: id}, {path: $.id, domain: id, required: true}]
`, s.brokers[0], s.q, s.dst), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	client, err := wire.New(wire.Options{Brokers: s.brokers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	s.parts = Parts{Config: cfg, Client: client, Domains: map[string]transform.Domain{"id": domain("id")}, Opener: keys, Now: time.Now, Seen: func(int64) {}}
	s.options = Options{Topic: s.q, Group: GroupOf(s.q)}
	return s
}

// withoutKeys seals nothing, where many entries are to be quick.
func (s *scene) withoutKeys() { s.sealer, s.parts.Opener = plain{}, plain{} }

// entry is the record at an offset of src/0, which stood before nothing in the sink.
func (s *scene) entry(offset int64, key, value string) *quarantine.Entry {
	return &quarantine.Entry{Route: "r", Topic: "src", Offset: offset, Time: s.began, Reason: "required_missing",
		Sink: s.dst, Before: []quarantine.SinkOffset{{}},
		Record: &record.Record{Offset: offset, Timestamp: s.began.UnixMilli(), Key: []byte(key), Value: []byte(value)}}
}

// good is an entry that today's rules take.
func (s *scene) good(offset int64) *quarantine.Entry {
	return s.entry(offset, fmt.Sprint("k", offset), fmt.Sprintf(`{"id":"%d"}`, offset))
}

// seal makes the records of the quarantine topic that hold an entry.
func (s *scene) seal(e *quarantine.Entry, size int) []*kgo.Record {
	s.t.Helper()
	parts, err := quarantine.NewWriter(s.sealer).Seal(e, size)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []*kgo.Record
	for _, p := range parts {
		r := &kgo.Record{Topic: s.q, Key: p.Key, Value: p.Value, Timestamp: time.UnixMilli(p.Timestamp)}
		for _, h := range p.Headers {
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: string(h.Name), Value: h.Value})
		}
		out = append(out, r)
	}
	return out
}

func (s *scene) write(records ...*kgo.Record) {
	s.t.Helper()
	if err := s.writer.ProduceSync(s.t.Context(), records...).FirstErr(); err != nil {
		s.t.Fatal(err)
	}
}

// set sets entries aside.
func (s *scene) set(entries ...*quarantine.Entry) {
	s.t.Helper()
	for _, e := range entries {
		s.write(s.seal(e, 900<<10)...)
	}
}

// replay runs, and demands the outcomes.
func (s *scene) replay(want map[Outcome]int) Result {
	s.t.Helper()
	got, err := s.try()
	if err != nil {
		s.t.Fatal(err)
	}
	outcomes := map[Outcome]int{}
	for _, c := range got.Counts {
		outcomes[c.Outcome] += c.Entries
	}
	if !maps.Equal(outcomes, want) {
		s.t.Errorf("outcomes %v, want %v", outcomes, want)
	}
	return got
}

func (s *scene) try() (Result, error) {
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	return Run(ctx, s.parts, s.options)
}

// sink gives the values in the sink.
func (s *scene) sink() (values []string) {
	s.t.Helper()
	for _, r := range kafkatest.ReadAll(s.t, s.brokers, s.dst, true) {
		values = append(values, string(r.Value))
	}
	return values
}

func (s *scene) expectSink(want ...string) {
	s.t.Helper()
	if got := s.sink(); !slices.Equal(got, want) {
		s.t.Errorf("the sink holds %q, want %q", got, want)
	}
}

// raw is a batch of the source as it came, of records with the values, from offset 10 on.
func raw(t *testing.T, codec batch.Codec, records ...record.Record) []byte {
	t.Helper()
	out, err := new(batch.Encoder).Encode(nil, records, batch.WithoutProducer(codec))
	if err != nil {
		t.Fatal(err)
	}
	out[7] = 10 // the base offset, which the checksum does not cover
	return out
}

func value(key, value string) record.Record {
	r := record.Record{Timestamp: time.Now().UnixMilli(), Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	return r
}

// TestParts: an entry in parts is whole once all of one sealing are there; parts of a sealing that was given up are
// passed over if a whole one of the same record is there, and wait if not.
func TestParts(t *testing.T) {
	s := newScene(t, 1, nil)
	noise := make([]byte, 18_000) // some 9 KB once compressed
	for i := range noise {
		noise[i] = "0123456789abcdef"[rand.IntN(16)]
	}
	large := s.entry(1, "k", fmt.Sprintf(`{"id":"1","noise":"%s"}`, noise))
	given, whole := s.seal(large, 6000), s.seal(large, 5000)
	other := s.seal(s.entry(3, "k", fmt.Sprintf(`{"id":"3","noise":"%s"}`, noise)), 5000)
	if len(given) < 3 || len(whole) < 4 {
		t.Fatalf("%d and %d parts: this proves nothing", len(given), len(whole))
	}
	records := slices.Concat(given[:2], whole[:2], s.seal(s.good(2), 900<<10), whole[2:], other[1:])
	s.write(records...)
	s.replay(map[Outcome]int{Replayed: 2, Incomplete: 1})
	got := s.sink()
	if len(got) != 2 || !strings.HasPrefix(got[0], `{"id":"id.1","noise":`) || got[1] != `{"id":"id.2"}` {
		t.Errorf("the sink holds %.100q", got)
	}
	s.replay(map[Outcome]int{Incomplete: 1})
	s.write(other[:1]...)
	s.replay(map[Outcome]int{Replayed: 1})
	s.replay(map[Outcome]int{})
	l, err := List(t.Context(), s.parts.Client, s.q, s.options.Group, Selection{}, true, func(int64) {})
	if err != nil || len(l.Waiting)+len(l.Entries)+l.Incomplete+l.Foreign+l.SealedTwice != 0 {
		t.Errorf("list says %+v, %v", l, err)
	}
}

// TestRawBatch: a batch that could not be decoded is replayed record by record once it can be, from the offset on that was
// not dealt with; all of it or nothing.
func TestRawBatch(t *testing.T) {
	three := []record.Record{value("a", `{"id":"a"}`), value("b", `{"id":"b"}`), value("c", `{"id":"c"}`)}
	bad := slices.Insert(slices.Clone(three), 1, value("x", `{}`))
	damaged := raw(t, batch.LZ4, three...)
	damaged[len(damaged)-5] ^= 1
	for _, tc := range []struct {
		name string
		raw  []byte
		from int64
		want map[Outcome]int
		now  string
		sink []string
	}{
		{"whole", raw(t, batch.Zstd, three...), 10, map[Outcome]int{Replayed: 1}, "", []string{`{"id":"id.a"}`, `{"id":"id.b"}`, `{"id":"id.c"}`}},
		{"its end", raw(t, batch.None, three...), 12, map[Outcome]int{Replayed: 1}, "", []string{`{"id":"id.c"}`}},
		{"nothing of it", raw(t, batch.None, three...), 13, map[Outcome]int{Dropped: 1}, "", nil},
		{"one fails", raw(t, batch.Gzip, bad...), 10, map[Outcome]int{Fails: 1}, "required_missing", nil},
		{"damaged", damaged, 10, map[Outcome]int{Fails: 1}, "undecodable_batch", nil},
		{"no batch", []byte("no batch at all, but long enough to hold a header of one, or nearly so"), 10, map[Outcome]int{Fails: 1}, "undecodable_batch", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScene(t, 1, nil)
			e := s.entry(tc.from, "", "")
			e.Record, e.Batch, e.Reason = nil, tc.raw, "undecodable_batch"
			s.set(e)
			got := s.replay(tc.want)
			if len(got.Counts) != 1 || got.Counts[0].Now != tc.now {
				t.Errorf("%+v, want now %q", got.Counts, tc.now)
			}
			s.expectSink(tc.sink...)
		})
	}
}

// TestRefusedInPart: where the broker refuses one record of an entry that has several, nothing of the entry is written,
// and all others of the transaction are, once.
func TestRefusedInPart(t *testing.T) {
	s := newScene(t, 1, map[string]string{"max.message.bytes": "2000"})
	wide := value("b", fmt.Sprintf(`{"id":"b","wide":"%s"}`, strings.Repeat("w", 3000)))
	e := s.entry(10, "", "")
	e.Record, e.Batch, e.Reason = nil, raw(t, batch.Zstd, value("a", `{"id":"a"}`), wide, value("c", `{"id":"c"}`)), "undecodable_batch"
	single := s.entry(3, "w", string(wide.Value))
	s.set(s.good(1), e, s.good(2), single, s.good(4))
	got := s.replay(map[Outcome]int{Replayed: 3, Fails: 2})
	if got.Records != 3 {
		t.Errorf("%d records are said to be written, want 3", got.Records)
	}
	for _, c := range got.Counts {
		if c.Outcome == Fails && c.Now != "too_large" {
			t.Errorf("fails for %s, want too_large", c.Now)
		}
	}
	s.expectSink(`{"id":"id.1"}`, `{"id":"id.2"}`, `{"id":"id.4"}`)
	s.replay(map[Outcome]int{Fails: 2})
	s.expectSink(`{"id":"id.1"}`, `{"id":"id.2"}`, `{"id":"id.4"}`)
}

// TestNoPartition: a sink that has fewer partitions than the source.
func TestNoPartition(t *testing.T) {
	s := newScene(t, 1, nil)
	e := s.good(1)
	e.Partition = 3
	s.set(e, s.good(2))
	got := s.replay(map[Outcome]int{Replayed: 1, Fails: 1})
	if c := got.Counts[1]; c.Now != NoPartition {
		t.Errorf("fails for %s, want %s", c.Now, NoPartition)
	}
}

// TestByKey: a route of `partition: key` puts each record where its key belongs, and looks for newer ones there.
func TestByKey(t *testing.T) {
	const partitions, n, stale = 3, 30, 5
	s := newScene(t, partitions, map[string]string{"cleanup.policy": "compact"})
	at := func(i int) int { return partitioner.Of(fmt.Append(nil, "id.k", i), 0, partitions) }
	var places []quarantine.SinkOffset
	for p := range int32(partitions) { // what was there before
		s.write(&kgo.Record{Topic: s.dst, Partition: p, Key: fmt.Append(nil, "id.k", stale+1), Value: []byte("older")})
		places = append(places, quarantine.SinkOffset{Partition: p, Offset: 1})
	}
	s.write(&kgo.Record{Topic: s.dst, Partition: int32(at(stale)), Key: fmt.Append(nil, "id.k", stale), Value: []byte("newer")})
	for i := range int64(n) {
		e := s.good(i)
		e.Route, e.Topic, e.Before = "by-key", "src2", places
		s.set(e)
	}
	s.replay(map[Outcome]int{Replayed: n - 1, Stale: 1})
	found := map[string]bool{}
	for _, r := range kafkatest.ReadAll(t, s.brokers, s.dst, true) {
		var i int
		if _, err := fmt.Sscanf(string(r.Value), `{"id":"id.%d"}`, &i); err != nil {
			continue // what was there before
		}
		found[string(r.Key)] = true
		if int(r.Partition) != at(i) || string(r.Key) != fmt.Sprint("id.k", i) {
			t.Errorf("%s is in partition %d, want %d", r.Key, r.Partition, at(i))
		}
		if last := r.Headers[len(r.Headers)-1]; last.Key != HeaderReplayed || string(last.Value) != fmt.Sprintf("%s/0/%d", s.q, i) {
			t.Errorf("%s has the header %s: %s", r.Key, last.Key, last.Value)
		}
		if from := r.Headers[0]; len(r.Headers) != 2 || from.Key != transform.HeaderSource || string(from.Value) != fmt.Sprintf("src2/0/%d", i) {
			t.Errorf("%s came with the headers %s, want one that says where it came from", r.Key, r.Headers)
		}
	}
	if len(found) != n-1 {
		t.Errorf("%d keys in the sink, want %d", len(found), n-1)
	}
}

// TestTooManyPieces: a selection that leaves more gaps than can be remembered stops before it writes; a narrower one goes
// through.
func TestTooManyPieces(t *testing.T) {
	s := newScene(t, 1, nil)
	const n, apart = 1600, 20
	s.withoutKeys()
	var records []*kgo.Record
	for i := range int64(n) {
		for range apart - 1 {
			records = append(records, &kgo.Record{Topic: s.q})
		}
		records = append(records, s.seal(s.good(i), 900<<10)...)
	}
	s.options.Select.Routes = []string{"r"} // and not what lies between
	s.write(records...)
	got, err := s.try()
	var pieces errFragmented
	if !errors.As(err, &pieces) || got.Of(Replayed) != 0 || len(s.sink()) != 0 {
		t.Errorf("%d replayed, %d in the sink, error %v", got.Of(Replayed), len(s.sink()), err)
	}
	s.options.Select.Offsets = []Range{{Partition: -1, First: 0, Last: n / 2 * apart}}
	s.replay(map[Outcome]int{Replayed: n / 2})
	s.options.Select.Offsets = nil
	if got, err := s.try(); !errors.As(err, &pieces) {
		t.Errorf("%+v, %v", got, err)
	}
	if got := s.sink(); len(got) != n/2 {
		t.Errorf("%d records in the sink, want %d", len(got), n/2)
	}
}

// TestManyPieces: entries that stay may lie among entries that do not.
func TestManyPieces(t *testing.T) {
	s := newScene(t, 1, nil)
	const n = 3 * maxItems
	s.withoutKeys()
	var records []*kgo.Record
	for i := range int64(n) {
		records = append(records, &kgo.Record{Topic: s.q})
		records = append(records, s.seal(s.good(i), 900<<10)...)
	}
	s.write(records...)
	s.replay(map[Outcome]int{Replayed: n, Foreign: n})
	s.replay(map[Outcome]int{Foreign: n})
	if got := s.sink(); len(got) != n {
		t.Errorf("%d records in the sink, want %d", len(got), n)
	}
}

// TestForgotten: a group without progress is refused where it may have had some that the brokers have forgotten.
func TestForgotten(t *testing.T) {
	s := newScene(t, 1, nil)
	s.set(s.good(1))
	s.parts.Now = func() time.Time { return time.Now().Add(7 * 24 * time.Hour) }
	if _, err := s.try(); err == nil || !strings.Contains(err.Error(), "--never-replayed") || !strings.Contains(err.Error(), s.q+"/0, which holds records of 7 days") {
		t.Errorf("error %v", err)
	}
	s.expectSink()
	s.options.NeverReplayed = true
	s.replay(map[Outcome]int{Replayed: 1})
	s.options.NeverReplayed = false
	s.set(s.good(2))
	s.replay(map[Outcome]int{Replayed: 1})
}

// TestTopicMadeAnew: progress that is beyond the topic's end is of another topic.
func TestTopicMadeAnew(t *testing.T) {
	s := newScene(t, 1, nil)
	s.set(s.good(1))
	tx, err := s.parts.Client.NewTransactor(t.Context(), s.options.Group, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		committed wire.Committed
		want      string
	}{
		{wire.Committed{Next: 7}, "made anew"},
		{wire.Committed{Next: 0, Metadata: "somebody else's"}, "not written by voile"},
	} {
		if err := tx.Commit(t.Context(), wire.GroupOffsets{Group: s.options.Group, Generation: -1,
			Topics: map[string]map[int]wire.Committed{s.q: {0: tc.committed}}}); err != nil {
			t.Fatal(err)
		}
		tx.Visible(t.Context(), s.options.Group)
		s.options.DryRun = true // which does not end the transactor
		if _, err := s.try(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want %q in it", err, tc.want)
		}
	}
}

// TestStaleWithoutAPlace: where it is not known where a record would have stood, the timestamps decide.
func TestStaleWithoutAPlace(t *testing.T) {
	s := newScene(t, 1, map[string]string{"cleanup.policy": "compact"})
	at := s.began.Truncate(time.Millisecond)
	older, newer, same, none := s.entry(1, "older", `{"id":"1"}`), s.entry(2, "newer", `{"id":"2"}`), s.entry(3, "same", `{"id":"3"}`), s.entry(4, "none", `{"id":"4"}`)
	elsewhere, anew := s.entry(5, "older", `{"id":"5"}`), s.entry(6, "newer", `{"id":"6"}`)
	for _, e := range []*quarantine.Entry{older, newer, same, none} {
		e.Before = nil
	}
	elsewhere.Sink = "another"
	anew.Before[0].Offset = 1 << 40 // beyond what the sink has: it was made anew
	for key, timestamp := range map[string]time.Time{"older": at.Add(-time.Second), "newer": at.Add(time.Second), "same": at} {
		s.write(&kgo.Record{Topic: s.dst, Key: []byte("id." + key), Value: []byte(key), Timestamp: timestamp})
	}
	s.set(older, newer, same, none, elsewhere, anew)
	s.replay(map[Outcome]int{Replayed: 3, Stale: 3})
	if got := s.sink()[3:]; !slices.Equal(got, []string{`{"id":"id.1"}`, `{"id":"id.4"}`, `{"id":"id.5"}`}) {
		t.Errorf("the sink got %q", got)
	}
}

// TestStaleWhileItRuns: what somebody writes to a compacted sink between the look at it and the commit counts too. The
// transaction is begun again without the record, and the others are written once.
func TestStaleWhileItRuns(t *testing.T) {
	s := newScene(t, 1, map[string]string{"cleanup.policy": "compact"})
	s.set(s.good(1), s.good(2), s.good(3))
	var walked int64
	s.parts.Seen = func(n int64) {
		if walked += n; walked == 3+1 { // the second walk has begun
			s.write(&kgo.Record{Topic: s.dst, Key: []byte("id.k2"), Value: []byte("newer")})
		}
	}
	s.replay(map[Outcome]int{Replayed: 2, Stale: 1})
	s.expectSink("newer", `{"id":"id.1"}`, `{"id":"id.3"}`)
}

// TestLooksBeforeItWrites: what was written to a compacted sink in the meantime is read before a transaction is open, which
// the brokers would abort if that takes long, and once more behind what it has written.
func TestLooksBeforeItWrites(t *testing.T) {
	s := newScene(t, 1, map[string]string{"cleanup.policy": "compact"})
	s.set(s.good(1), s.good(2), s.good(3), s.good(4))
	newer := func(key string) { s.write(&kgo.Record{Topic: s.dst, Key: []byte("id." + key), Value: []byte("newer")}) }
	var walked int64
	s.parts.Seen = func(n int64) {
		switch walked += n; walked {
		case 4 + 1: // the second walk has begun
			newer("k2")
		case 2*4 + 1: // it is being read before anything is written
			newer("k3")
		}
	}
	s.replay(map[Outcome]int{Replayed: 2, Stale: 2})
	s.expectSink("newer", "newer", `{"id":"id.1"}`, `{"id":"id.4"}`)
	end, err := s.parts.Client.EndOffset(t.Context(), s.dst, 0)
	if want := int64(2 + (3 + 1) + (2 + 1)); err != nil || end != want { // with what was aborted, and the markers
		t.Errorf("the sink ends at %d, want %d: %v", end, want, err)
	}
}

// TestOrderOfASource: the records of a key of one source partition come to the sink in their order, also where they were
// set aside in another, and what is too late for that on a compacted sink is stale.
func TestOrderOfASource(t *testing.T) {
	for _, policy := range []string{"compact", "delete"} {
		t.Run(policy, func(t *testing.T) {
			s := newScene(t, 1, map[string]string{"cleanup.policy": policy})
			s.withoutKeys()
			var records []*kgo.Record
			add := func(offset int64, key string) {
				records = append(records, s.seal(s.entry(offset, key, fmt.Sprintf(`{"id":"%d"}`, offset)), 900<<10)...)
			}
			add(7, "k")
			add(6, "k")
			for i := range int64(maxItems) {
				add(100+i, fmt.Sprint("another", i))
			}
			add(5, "k") // of the next transaction
			s.write(records...)
			want := map[Outcome]int{Replayed: maxItems + 2, Stale: 1}
			if policy == "delete" {
				want = map[Outcome]int{Replayed: maxItems + 3}
			}
			s.replay(want)
			if got := s.sink()[:2]; !slices.Equal(got, []string{`{"id":"id.6"}`, `{"id":"id.7"}`}) {
				t.Errorf("the sink begins with %q", got)
			}
		})
	}
}

// TestStaleAcrossARotation: what a compacted sink has of a key under a token from before a rotation counts, where it lies.
func TestStaleAcrossARotation(t *testing.T) {
	const partitions = 7
	s := newScene(t, partitions, map[string]string{"cleanup.policy": "compact"})
	s.parts.Domains = map[string]transform.Domain{"id": domain("new")}
	var places []quarantine.SinkOffset
	for p := range int32(partitions) {
		places = append(places, quarantine.SinkOffset{Partition: p})
	}
	erase := func(key string, p int) { s.write(&kgo.Record{Topic: s.dst, Partition: int32(p), Key: []byte(key)}) }
	stays, byKey, kept := s.good(1), s.good(2), s.good(3)
	byKey.Route, byKey.Topic, byKey.Before = "by-key", "src2", places
	erase("old.k1", 0)
	erase("old.k2", partitioner.Of([]byte("old.k2"), 0, partitions))
	if partitioner.Of([]byte("old.k2"), 0, partitions) == partitioner.Of([]byte("new.k2"), 0, partitions) {
		t.Fatal("both tokens lie in one partition: this proves less")
	}
	s.set(stays, byKey, kept)
	s.parts.Older = map[string][]transform.Domain{"id": {domain("oldest"), domain("old")}}
	s.replay(map[Outcome]int{Replayed: 1, Stale: 2})
}

// TestStaleAcrossARotationByTheGuard: the same of a key in which no rule makes the token, but the guard.
func TestStaleAcrossARotationByTheGuard(t *testing.T) {
	s := newScene(t, 1, map[string]string{"cleanup.policy": "compact"})
	route := &s.parts.Config.Routes[0]
	route.Fields = route.Fields[1:]
	route.Guard = config.Guard{Mode: config.GuardTokenize, Sample: 1, Domains: []config.GuardDomain{{Kind: "email", Domain: "id"}}}
	s.parts.Domains = map[string]transform.Domain{"id": domain("new")}
	s.parts.Older = map[string][]transform.Domain{"id": {domain("old")}}
	s.write(&kgo.Record{Topic: s.dst, Key: []byte("old.ana@example.org")})
	s.set(s.entry(1, "ana@example.org", `{"id":"1"}`), s.entry(2, "bob@example.org", `{"id":"2"}`))
	s.replay(map[Outcome]int{Replayed: 1, Stale: 1})
}

// TestManyToACompactedSink: more than one transaction takes, so that the sink is read on while the quarantine is gone
// through.
func TestManyToACompactedSink(t *testing.T) {
	s := newScene(t, 1, map[string]string{"cleanup.policy": "compact"})
	const n = maxItems + 200
	s.withoutKeys()
	var records []*kgo.Record
	var want []string
	for i := range int64(n) {
		records = append(records, s.seal(s.good(i), 900<<10)...)
		want = append(want, fmt.Sprintf(`{"id":"id.%d"}`, i))
	}
	s.write(records...)
	s.replay(map[Outcome]int{Replayed: n})
	s.expectSink(want...)
}

// TestSignal: a replay that is ended goes on when it is run again, and its open transaction holds nobody up.
func TestSignal(t *testing.T) {
	s := newScene(t, 1, nil)
	s.set(s.good(1), s.good(2))
	ctx, cancel := context.WithCancel(t.Context())
	s.parts.Seen = func(int64) { cancel() }
	if got, err := Run(ctx, s.parts, s.options); err == nil || len(got.Counts) != 0 {
		t.Errorf("%+v, %v, want the context's error", got, err)
	}
	s.parts.Seen = func(int64) {}
	s.replay(map[Outcome]int{Replayed: 2})
	s.expectSink(`{"id":"id.1"}`, `{"id":"id.2"}`)
}
