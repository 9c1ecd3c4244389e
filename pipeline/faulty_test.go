package pipeline_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A sourceLog stands in for partition 0 of src, where a broker would not take what is damaged: it answers every Fetch.
type sourceLog struct {
	perFetch int // how many batches an answer holds at most

	// aborted is the span of offsets of one aborted transaction of aborter, from its first record to behind its marker.
	// An answer that reaches into it lists it.
	aborted [2]int64

	mu      sync.Mutex
	batches [][]byte
	end     int64
}

// ten is how many events a batch of a sourceLog has.
const ten = 10

// aborter is the producer of the transactions in a sourceLog.
const aborter = 7

// abortKey is the key of all records of a sourceLog: that of an abort marker, where they are in a control batch.
const abortKey = "\x00\x00\x00\x00"

// append adds the next ten events, changed by harm.
func (l *sourceLog) append(t *testing.T, harm func(raw []byte)) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var (
		e       batch.Encoder
		records []record.Record
	)
	for _, v := range events(int(l.end), int(l.end)+ten) {
		records = append(records, record.Record{Timestamp: 1, Key: []byte(abortKey), Value: []byte(v)})
	}
	raw, err := e.Encode(nil, records, batch.WithoutProducer(batch.None))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint64(raw, uint64(l.end))
	if harm != nil {
		harm(raw)
	}
	l.batches = append(l.batches, raw)
	l.end += ten
}

// raw is batch i as it is fetched.
func (l *sourceLog) raw(i int) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.batches[i]
}

// from gives the record set that a fetch at offset brings. As a broker does, it goes forward from a place that its index
// gives to the first batch whose header, right or not, reaches the offset.
func (l *sourceLog) from(offset int64) (set []byte, end int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if offset >= l.end {
		return nil, l.end
	}
	first := max(0, min(int(offset/ten), len(l.batches))-l.perFetch+1)
	for first < len(l.batches) {
		if h, _ := batch.ParseHeader(l.batches[first]); h.LastOffset() >= offset {
			break
		}
		first++
	}
	last := min(first+l.perFetch, len(l.batches))
	return bytes.Join(l.batches[first:last], nil), l.end
}

func (l *sourceLog) serve(fake *kfake.Cluster) {
	fake.ControlKey(int16(kmsg.Fetch), func(in kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		req := in.(*kmsg.FetchRequest)
		if req.Topics[0].Topic != "src" {
			return nil, nil, false
		}
		set, end := l.from(req.Topics[0].Partitions[0].FetchOffset)
		if len(set) == 0 {
			time.Sleep(5 * time.Millisecond) // a broker waits for records, too; not in SleepControl, which races with itself
		}
		p := kmsg.NewFetchResponseTopicPartition()
		p.HighWatermark, p.LastStableOffset, p.RecordBatches = end, end, set
		if req.Topics[0].Partitions[0].FetchOffset < l.aborted[1] {
			a := kmsg.NewFetchResponseTopicPartitionAbortedTransaction()
			a.ProducerID, a.FirstOffset = aborter, l.aborted[0]
			p.AbortedTransactions = append(p.AbortedTransactions, a)
		}
		t := kmsg.NewFetchResponseTopic()
		t.Topic, t.Partitions = "src", append(t.Partitions, p)
		res := in.ResponseKind().(*kmsg.FetchResponse)
		res.Topics = append(res.Topics, t)
		return res, nil, true
	})
}

// What may happen to the bytes of a batch on a disk. None of it has the right CRC.
var (
	deltaUp   = func(raw []byte) { raw[25] ^= 4 } // LastOffsetDelta 9 becomes 1033, behind the records that follow
	deltaDown = func(raw []byte) { raw[26] ^= 8 } // 9 becomes 1, less than it has records
	codecBits = func(raw []byte) { raw[22] ^= 5 } // a codec that nobody knows
	payload   = func(raw []byte) { raw[len(raw)-1] ^= 1 }
	format    = func(raw []byte) { raw[16] ^= 1 } // magic 2 becomes 3
	length    = func(raw []byte) { raw[11] ^= 64 }
)

// What a batch may rightly be.
var (
	inTransaction = func(raw []byte) { written(raw, 0x10) }
	abortMarker   = func(raw []byte) { written(raw, 0x30) }
)

// written makes raw one of the aborter's, with the attributes.
func written(raw []byte, attributes byte) {
	raw[22] |= attributes
	binary.BigEndian.PutUint64(raw[43:], aborter)
	binary.BigEndian.PutUint16(raw[51:], 0)
	binary.BigEndian.PutUint32(raw[53:], 0)
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
}

func both(first, then func(raw []byte)) func(raw []byte) {
	return func(raw []byte) { first(raw); then(raw) }
}

// TestDamagedBatch: no good record is ever skipped. Where the next batch begins is not taken from a damaged header.
func TestDamagedBatch(t *testing.T) {
	t.Parallel()
	type harms = map[int]func(raw []byte)
	for _, tc := range []struct {
		name     string
		policy   string
		batches  int
		damaged  harms
		perFetch int
		stops    int // the batch at which the partition stops; -1 it goes on
	}{
		{"a delta in the middle", "quarantine", 4, harms{1: deltaUp}, 10, -1},
		{"a small delta in the middle", "quarantine", 4, harms{1: deltaDown}, 10, -1},
		{"a payload in the middle", "quarantine", 4, harms{1: payload}, 10, -1},
		{"at the beginning", "quarantine", 4, harms{0: deltaUp}, 10, -1},
		{"at the end of a fetch", "quarantine", 6, harms{1: deltaUp}, 2, -1},
		{"a payload at the end of a fetch", "quarantine", 6, harms{3: payload}, 2, -1},
		{"two, not side by side", "quarantine", 6, harms{1: deltaUp, 4: payload}, 10, -1},
		{"a payload at the end of the partition", "quarantine", 3, harms{2: payload}, 10, -1},
		{"codec bits at the end of the partition", "quarantine", 3, harms{2: codecBits}, 10, -1},
		{"a payload alone", "quarantine", 1, harms{0: payload}, 10, -1},
		{"a delta at the end of the partition", "quarantine", 3, harms{2: deltaUp}, 10, 2},
		{"a small delta at the end of the partition", "quarantine", 3, harms{2: deltaDown}, 10, 2},
		{"a delta alone", "quarantine", 1, harms{0: deltaUp}, 10, 0},
		{"a delta alone in its fetch", "quarantine", 3, harms{1: deltaUp}, 1, 1},
		{"two side by side", "quarantine", 4, harms{1: deltaUp, 2: payload}, 10, 1},
		{"the format in the middle", "quarantine", 4, harms{1: format}, 10, 1},
		{"the length in the middle", "quarantine", 4, harms{1: length}, 10, 1},
		{"in the middle", "stop", 4, harms{1: deltaUp}, 10, 1},
		{"a payload", "stop", 4, harms{2: payload}, 10, 2},
		{"at the end", "stop", 2, harms{1: deltaUp}, 10, 1},
		{"alone", "stop", 1, harms{0: deltaUp}, 10, 0},
	} {
		t.Run(tc.policy+"/"+tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, 1, "    on_undecodable: "+tc.policy)
			log := &sourceLog{perFetch: tc.perFetch}
			for i := range tc.batches {
				log.append(t, tc.damaged[i])
			}
			log.serve(c.fake)
			p := c.start(wire.Options{})

			var want []int
			sealed := map[int64][]byte{}
			for i := range tc.batches {
				if i == tc.stops {
					if why := p.stands(); !strings.Contains(why, "a batch cannot be decoded") {
						t.Error("it stands still because", why)
					}
					break
				}
				if tc.damaged[i] != nil {
					sealed[int64(i*ten)] = log.raw(i)
					continue
				}
				want = append(want, upTo(i*ten, (i+1)*ten)...)
			}
			if tc.stops < 0 { // what is written later arrives as well
				p.settled(len(want), len(sealed))
				log.append(t, nil)
				want = append(want, upTo(tc.batches*ten, (tc.batches+1)*ten)...)
			}
			p.settled(len(want), len(sealed))
			if got := c.numbers(); !slices.Equal(got, want) {
				t.Errorf("the sink holds %v, want %v", got, want)
			}
			entries := c.opened()
			if len(entries) != len(sealed) {
				t.Errorf("%d batches are sealed, want %d", len(entries), len(sealed))
			}
			for _, e := range entries {
				if !bytes.Equal(e.Batch, sealed[e.Offset]) {
					t.Errorf("what is sealed of offset %d is not the batch that was fetched", e.Offset)
				}
			}
			if stopped := len(p.Status().Stopped) > 0; stopped != (tc.stops >= 0) {
				t.Errorf("stopped: %v, want %v: %v", stopped, tc.stops >= 0, p.Status().Stopped)
			}
		})
	}
}

// TestDamagedBatchAmongTransactions: what a damaged batch says of transactions does not make a committed record one of an
// aborted transaction.
func TestDamagedBatchAmongTransactions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		log     []func(raw []byte) // nil for a plain batch
		aborted [2]int64
		want    []int // batches
		sealed  int64 // the offset of the batch that is sealed
	}{
		{
			"a delta that reaches into a later one",
			[]func([]byte){nil, deltaUp, inTransaction, nil, inTransaction, abortMarker, nil},
			[2]int64{40, 60}, []int{0, 2, 3, 6}, 10,
		},
		{
			"a delta in an aborted one",
			[]func([]byte){nil, inTransaction, both(inTransaction, deltaUp), abortMarker, nil, inTransaction},
			[2]int64{10, 40}, []int{0, 4, 5}, 20,
		},
		{
			"the marker",
			[]func([]byte){nil, inTransaction, both(abortMarker, payload), inTransaction, nil},
			[2]int64{10, 30}, []int{0, 3, 4}, 20,
		},
		{
			"a bit makes it a marker",
			[]func([]byte){nil, func(raw []byte) { raw[22] ^= 0x20 }, nil},
			[2]int64{}, []int{0, 2}, 10,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, 1, "    on_undecodable: quarantine")
			log := &sourceLog{perFetch: 10, aborted: tc.aborted}
			for _, harm := range tc.log {
				log.append(t, harm)
			}
			log.serve(c.fake)
			p := c.start(wire.Options{})
			var want []int
			for _, i := range tc.want {
				want = append(want, upTo(i*ten, (i+1)*ten)...)
			}
			p.settled(len(want), 1)
			if got := c.numbers(); !slices.Equal(got, want) {
				t.Errorf("the sink holds %v, want %v", got, want)
			}
			for _, e := range c.opened() {
				if e.Offset != tc.sealed || !bytes.Equal(e.Batch, log.raw(int(tc.sealed/ten))) {
					t.Errorf("the batch at offset %d is sealed, want the one at %d as it was", e.Offset, tc.sealed)
				}
			}
			p.runs()
		})
	}
}

// upTo gives the numbers from from to to, without to.
func upTo(from, to int) []int {
	var out []int
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}

const (
	codeTooLarge = 10  // MESSAGE_TOO_LARGE
	codeRetry    = 19  // NOT_ENOUGH_REPLICAS: passes
	codeAbort    = 120 // TRANSACTION_ABORTABLE: the partition is taken up again
	codeRefused  = 87  // INVALID_RECORD
	codeRejoin   = 27  // REBALANCE_IN_PROGRESS
)

// TestRefusedRecordsCountForTheLimit: a sink that refuses everything stops the partition at the quarantine limit, and it
// stays stopped in the next generation, though the sink would take the records now.
func TestRefusedRecordsCountForTheLimit(t *testing.T) {
	t.Parallel()
	const records, limit, perLoad = 150, 20, 30
	c := newCluster(t, 1, 1, "    quarantine_limit: {share: 20%, over: 100}")
	pad := strings.Repeat("x", maxBatch/perLoad)
	for i := 0; i < records; i += 15 {
		var values []string
		for j := range 15 {
			values = append(values, fmt.Sprintf(`{"i":%d,"email":"a","pad":"%s"}`, i+j, pad))
		}
		c.write(0, values...)
	}
	sink := c.refuse("dst", codeRefused)
	p := c.start(wire.Options{})
	if why := p.stands(); !strings.Contains(why, "more than 20 %") {
		t.Error("it stands still because", why)
	}
	sealed := p.metric("voile_quarantined_total", "reason=broker_refused")
	if sealed <= limit || sealed > limit+perLoad {
		t.Errorf("%d records are sealed, want more than %d and at most one load of %d more", sealed, limit, perLoad)
	}

	sink.heal()
	c.fake.ControlKey(int16(kmsg.Heartbeat), func(in kmsg.Request) (kmsg.Response, error, bool) {
		res := in.ResponseKind().(*kmsg.HeartbeatResponse)
		res.ErrorCode = codeRejoin
		return res, nil, true
	})
	p.until("a second generation", func() bool { return p.logged("partitions assigned") > 1 })
	p.stands()
	p.settled(0, sealed)
	if got := c.numbers(); len(got) > 0 {
		t.Errorf("the sink holds %v", got)
	}
	if got := len(c.opened()); got != sealed {
		t.Errorf("%d records are in the quarantine topic, want %d", got, sealed)
	}
}

// TestOrderOfWhatIsSetAside: the quarantine has the records of a source partition in their order, whether a rule or the
// broker refused them, and whether they fit into one part.
func TestOrderOfWhatIsSetAside(t *testing.T) {
	t.Parallel()
	const fits = 20_000 // bytes that the quarantine topic takes of a batch
	c := newCluster(t, 1, 1, "    quarantine_limit: off")
	c.fake.ControlKey(int16(kmsg.Produce), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		topic := in.(*kmsg.ProduceRequest).Topics[0]
		p := kmsg.NewProduceResponseTopicPartition()
		p.Partition, p.BaseOffset = topic.Partitions[0].Partition, -1
		switch {
		case topic.Topic == "dst":
			p.ErrorCode = codeRefused
		case topic.Topic == "q" && len(topic.Partitions[0].Records) > fits:
			p.ErrorCode = codeTooLarge
		default:
			return nil, nil, false
		}
		answer := kmsg.NewProduceResponseTopic()
		answer.Topic, answer.Partitions = topic.Topic, append(answer.Partitions, p)
		res := in.ResponseKind().(*kmsg.ProduceResponse)
		res.Topics = append(res.Topics, answer)
		return res, nil, true
	})
	noise := make([]byte, 60_000)
	for i := range noise {
		noise[i] = byte(33 + rand.IntN(90))
	}
	large := "no JSON " + string(noise)
	c.write(0, large)
	p := c.start(wire.Options{})
	p.settled(0, 1) // now it is known what the topic takes
	values := []string{event(1), "no JSON", event(2), large, "no JSON", event(3)}
	c.write(0, values...)
	p.settled(0, 1+len(values))
	var got []int64
	for _, r := range c.records("q", 0) {
		part, err := quarantine.Open(c.hpke, &r)
		if err != nil {
			t.Fatal(err)
		}
		if offset := part.Facts().Offset; len(got) == 0 || got[len(got)-1] != offset {
			got = append(got, offset)
		}
	}
	if want := []int64{0, 1, 2, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("the quarantine has the offsets %v, want %v", got, want)
	}
}

// TestRecordsReadAgainAreJudgedOnce: the quarantine limit does not count the same records again, however often the
// partition is taken up again.
func TestRecordsReadAgainAreJudgedOnce(t *testing.T) { eachDelivery(t, readAgain) }

func readAgain(t *testing.T, delivery string) {
	const good, bad = 100, 8 // of at most 10
	c := newCluster(t, 1, 1, "    quarantine_limit: {share: 20%, over: 50}\n    delivery: "+delivery)
	c.write(0, events(0, good)...)
	p := c.start(wire.Options{})
	p.settled(good, 0)

	sealing := c.refuse("q", codeAbort)
	c.write(0, slices.Repeat([]string{"no JSON"}, bad)...)
	p.until("the partition taken up again three times", func() bool { return p.metric("voile_partition_restarts_total") >= 3 })
	p.runs()
	sealing.heal()
	p.settled(good, bad)
	p.runs()
	if got := len(c.opened()); got != bad {
		t.Errorf("%d records are sealed, want %d", got, bad)
	}
}

// TestQuarantineTopicIsAway: the batches wait until it is back, and what the sink has already is not written again.
func TestQuarantineTopicIsAway(t *testing.T) { eachDelivery(t, quarantineIsAway) }

func quarantineIsAway(t *testing.T, delivery string) {
	const records, every = 1000, 10
	c := newCluster(t, 1, 1, "    quarantine_limit: off\n    delivery: "+delivery)
	var (
		values = events(0, records)
		want   []int
	)
	for i := range values {
		if i%every == 0 {
			values[i] = "no JSON"
		} else {
			want = append(want, i)
		}
	}
	c.write(0, values...)
	sealing := c.refuse("q", codeRetry)
	const tried = 100 * time.Millisecond
	p := c.start(wire.Options{DeliveryTimeout: tried})
	p.until("a first attempt to seal", func() bool { return sealing.count() > 0 })
	away := time.Now()
	p.until("many attempts, for much longer than anything else is tried", func() bool {
		return sealing.count() > 8 && time.Since(away) > 15*tried
	})
	p.settled(0, 0)
	sealing.heal()
	p.settled(len(want), records/every)
	if got := c.numbers(); !slices.Equal(got, want) {
		t.Errorf("the sink holds %d records, want %d, each once and in order", len(got), len(want))
	}
	if got := len(c.opened()); got != records/every {
		t.Errorf("%d records are sealed, want %d", got, records/every)
	}
	if n := p.metric("voile_partition_restarts_total"); n != 0 && delivery == config.DeliveryAtLeastOnce {
		t.Errorf("the partition was taken up again %d times", n)
	}
}

// TestEndsWhileJoining: `voile run` promises to be gone 10 s after SIGTERM, whatever the coordinator does.
func TestEndsWhileJoining(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it takes the 9 s that a route may take to leave")
	}
	t.Parallel()
	c := newCluster(t, 1, 1, "")
	var (
		once    sync.Once
		joining = make(chan struct{})
	)
	c.fake.ControlKey(int16(kmsg.JoinGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		once.Do(func() { close(joining) })
		return nil, nil, true // no answer at all
	})
	p := c.start(wire.Options{})
	<-joining
	at := time.Now()
	p.stop()
	<-p.done
	if took := time.Since(at); took > 10*time.Second {
		t.Error("the end took", took)
	}
	if p.err != nil {
		t.Error("Run returned", p.err)
	}
}

// TestJoinedEndsWithTheGeneration: /readyz must not say that all is well when the brokers are gone.
func TestJoinedEndsWithTheGeneration(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "")
	c.write(0, events(0, 1)...)
	p := c.start(wire.Options{RequestTimeout: 500 * time.Millisecond})
	// What is not committed would be tried for some seconds first.
	p.until("a commit", func() bool { return c.committed(0) == 1 })
	if !p.Status().Joined {
		t.Error("records arrive, and no route has joined its group")
	}
	c.fake.Close()
	p.until("a route that waits", func() bool { return !p.Status().Joined })
	if got := p.Status().Waiting; !slices.Equal(got, []string{"r"}) {
		t.Errorf("waiting: %v, want [r]", got)
	}
}
