package endtoend

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
	"voile/pipeline/batch"
	"voile/pipeline/record"
)

// The ways in which a batch can be wrong and lie in a topic all the same.
type damage int

const (
	sound damage = iota
	// twisted: two records have one offset; the CRC is right. A broker does not look at the records of a batch that is
	// not compressed.
	twisted
	// rotten: a bit of a record was changed on the broker's disk, so that the CRC is wrong.
	rotten
	// swollen: the same with the header, which claims the offsets of batches behind it now.
	swollen
)

// batchOf makes a batch of three numbered records, as a producer sends it.
func batchOf(t *testing.T, first int64, d damage) []byte {
	t.Helper()
	var records []record.Record
	for n := first; n < first+3; n++ {
		r := recordOf(numbered(0, n))
		r.Timestamp = time.Now().UnixMilli()
		r.Headers = []record.Header{{Name: []byte("who"), Value: fmt.Appendf(nil, "%s %d", planted, n)}}
		records = append(records, *r)
	}
	var encoder batch.Encoder
	raw, err := encoder.Encode(nil, records, batch.WithoutProducer(batch.None))
	if err != nil {
		t.Fatal(err)
	}
	if d == twisted {
		twist(t, raw)
	}
	return raw
}

// twist gives the second record of a batch the offset of the first.
func twist(t *testing.T, raw []byte) {
	t.Helper()
	next := func(at int) (value int64, behind int) {
		value, n := binary.Varint(raw[at:])
		return value, at + n
	}
	size, at := next(batch.HeaderSize)
	_, at = next(at + int(size)) // over the first record, and the length of the second
	_, at = next(at + 1)         // its attributes and its timestamp
	if delta, _ := next(at); delta != 1 {
		t.Fatalf("the second record's offset delta is %d", delta)
	}
	raw[at] = 0
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
}

// rot changes a bit of a batch in a partition's first segment, under the feet of the broker, and in raw.
func rot(t *testing.T, segment string, raw []byte, d damage) {
	t.Helper()
	data, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	const checked = 21 // what the CRC covers; the broker writes in front of it
	start := bytes.Index(data, raw[checked:]) - checked
	if start < 0 || bytes.Count(data, raw[checked:]) != 1 {
		t.Fatal("the batch is not in the segment, or not once")
	}
	at, bit := len(raw)-1, byte(1)
	if d == swollen {
		at, bit = 26, 8 // the last offset delta: 2 becomes 10
	}
	raw[at] ^= bit
	f, err := os.OpenFile(segment, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(raw[at:at+1], int64(start+at))
	if closed := f.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
}

// TestUndecodable: a batch that cannot be decoded stops its partition, and the message says what to do. With the setting
// that it names the batch is sealed as it is, and everything else comes through.
func TestUndecodable(t *testing.T) {
	data := t.TempDir()
	cluster := kafkatest.Start(t, kafkatest.Config("log.dirs", data))
	s := newFlow(t, cluster, vaulttest.Start(t), "odd", 2, "    on_undecodable: stop")
	segment := filepath.Join(data, "odd.raw-0", fmt.Sprintf("%020d.log", 0))
	bad := map[int64][]byte{} // by offset, as the broker has them now
	good := int64(0)
	produce := func(d damage) {
		first := good
		if d != sound {
			first += 1000
		}
		raw := batchOf(t, first, d)
		offset, err := produceRaw(t, s, "odd.raw", 0, raw)
		if err != nil {
			t.Fatal(err)
		}
		if d == sound {
			good += 3
			return
		}
		if d != twisted {
			rot(t, segment, raw, d)
		}
		bad[offset] = raw
	}
	for _, d := range []damage{sound, twisted, sound, rotten, sound, swollen, sound, twisted} {
		produce(d)
	}
	offset, raw := abort(t, s, "odd.raw", segment) // and as it is swollen, it must not be passed over
	rot(t, segment, raw, swollen)
	bad[offset] = raw
	produce(sound)
	produce(sound)
	end := offset + 4 + 6
	if _, err := produceRaw(t, s, "odd.raw", 1, batchOf(t, 0, sound)); err != nil {
		t.Fatal(err)
	}
	admin := kadm.NewClient(kafkatest.Client(t, s.brokers))

	p := s.run(t)
	waitFor(t, "the partition stops, the other goes on", 30*time.Second, func() bool {
		return s.total("voile_partition_stopped") == 1 && committedAt(t, admin, "voile-odd", "odd.raw", 0) == 3 && committedAt(t, admin, "voile-odd", "odd.raw", 1) == 3
	})
	_, readyz := s.get("/readyz")
	p.stop(t)
	for where, text := range map[string]string{"the log": p.log.String(), "/readyz": readyz} {
		for _, want := range []string{"route odd, odd.raw/0 at offset 3: a batch cannot be decoded", "`on_undecodable: quarantine`"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", where, want, text)
			}
		}
	}
	if n := endOffsets(t, s, "voile.quarantine"); n != 0 {
		t.Errorf("%d records in the quarantine, though nothing was to be sealed", n)
	}

	s.write(t, "voile.yaml", flowConfig("odd", cluster.Brokers(), "    on_undecodable: quarantine"))
	second := s.run(t)
	waitFor(t, "all is read", 30*time.Second, func() bool { return committedAt(t, admin, "voile-odd", "odd.raw", 0) == end })
	produce(sound)
	waitFor(t, "what comes behind it as well", 30*time.Second, func() bool { return committedAt(t, admin, "voile-odd", "odd.raw", 0) == end+3 })
	if n := s.total("voile_quarantined_total", `reason="undecodable_batch"`); n != float64(len(bad)) {
		t.Errorf("voile_quarantined_total is %g, want %d", n, len(bad))
	}
	_, metrics := s.get("/metrics")
	second.stop(t)
	for where, text := range map[string]string{"a log": p.log.String() + second.log.String(), "/readyz": readyz, "/metrics": metrics} {
		if strings.Contains(text, planted) || strings.Contains(text, "example.org") {
			t.Errorf("a value is in %s", where)
		}
	}
	auditSink(t, s, "odd", []int64{good, 3})
	if n := int64(len(kafkatest.ReadAll(t, s.brokers, "odd", true))); n != good+3 {
		t.Errorf("%d records in the sink, want %d", n, good+3)
	}
	entries := unseal(t, s, s.opener(t), "voile.quarantine")
	if len(entries) != len(bad) {
		t.Errorf("%d entries in the quarantine, want %d", len(entries), len(bad))
	}
	for _, e := range entries {
		raw, ok := bad[e.Offset]
		if !ok || e.Record != nil || e.Reason != "undecodable_batch" {
			t.Fatalf("offset %d, %s: is not what was to be sealed", e.Offset, e.Reason)
		}
		// The broker writes the base offset and the leader's epoch.
		want := slices.Concat(binary.BigEndian.AppendUint64(nil, uint64(e.Offset)), raw[8:12], e.Batch[12:16], raw[16:])
		if !bytes.Equal(e.Batch, want) {
			t.Errorf("the batch at offset %d is not what it was", e.Offset)
		}
		delete(bad, e.Offset)
	}
}

// abort writes three records in a transaction that is aborted, and finds their batch in the partition's first segment.
func abort(t *testing.T, s *site, topic, segment string) (offset int64, raw []byte) {
	t.Helper()
	client := kafkatest.Client(t, s.brokers, kgo.TransactionalID("abort"), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	err := client.BeginTransaction()
	records := []*kgo.Record{numbered(0, 2000), numbered(0, 2001), numbered(0, 2002)}
	err = errors.Join(err, client.ProduceSync(t.Context(), records...).FirstErr(), client.EndTransaction(t.Context(), kgo.TryAbort))
	data, readErr := os.ReadFile(segment)
	if err := errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	for {
		raw, rest, ok, err := batch.Next(data)
		if err != nil || !ok {
			t.Fatal("the aborted batch is not in the segment", err)
		}
		if h, _ := batch.ParseHeader(raw); h.BaseOffset == records[0].Offset && h.Count == 3 {
			return h.BaseOffset, bytes.Clone(raw)
		}
		data = rest
	}
}
