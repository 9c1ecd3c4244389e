package pipeline_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/pipeline/batch"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// maxBatch is how much a batch of the sink joins.
const maxBatch = 1016 << 10

// maxMarks is how many places in the sink a load notes for what it sets aside.
const maxMarks = 1 << 17

// TestPartitionAddedLater: `start: latest` is for what was there when the group began. A partition that is added later is
// read from its beginning, or what was written to it before the rebalance would be lost unseen.
func TestPartitionAddedLater(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "    start: latest\n    partition: key")
	c.write(0, events(0, 50)...)
	p := c.start(wire.Options{})
	p.until("a committed start", func() bool { return c.committed(0) == 50 })
	c.write(0, events(50, 100)...)
	p.settled(50, 0)

	if _, err := kadm.NewClient(c.client).CreatePartitions(t.Context(), 1, "src"); err != nil {
		t.Fatal(err)
	}
	c.client.PurgeTopicsFromProducing("src") // it knows of one partition
	c.write(1, events(100, 150)...)
	second := c.start(wire.Options{}) // its joining is the rebalance
	p.until("all of the new partition committed", func() bool { return c.committed(1) == 50 })
	p.runs()
	second.runs()
	got := c.numbers()
	slices.Sort(got)
	if want := upTo(50, 150); !slices.Equal(got, want) {
		t.Errorf("the sink holds %v, want %v", got, want)
	}
}

// TestPartitionByKey: with `partition: key` the records of one key stay in one partition, in order, and so do those
// without a key of one source partition.
func TestPartitionByKey(t *testing.T) {
	t.Parallel()
	const sources, sinks, keys, each = 3, 5, 20, 40
	c := newCluster(t, sources, sinks, "    partition: key")
	wrote := map[string][]int{}
	var records []*kgo.Record
	for i := range keys * each {
		k := i % keys
		r := &kgo.Record{Topic: "src", Partition: int32(k % sources), Key: fmt.Append(nil, "k", k), Value: []byte(event(i))}
		id := fmt.Sprint("id.k", k)
		if k < sources {
			r.Key, id = nil, fmt.Sprint("null ", k)
			r.Headers = []kgo.RecordHeader{{Key: "id", Value: []byte(id)}}
		}
		wrote[id] = append(wrote[id], i)
		records = append(records, r)
	}
	if err := c.client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	p := c.start(wire.Options{})
	p.settled(keys*each, 0)

	var (
		read = map[string][]int{}
		in   = map[string]int{}
		used = map[int]bool{}
	)
	for n := range sinks {
		for _, r := range c.records("dst", n) {
			id := string(r.Key)
			if r.Key == nil {
				id = string(r.Headers[0].Value)
			}
			if before, ok := in[id]; ok && before != n {
				t.Fatalf("records of %s are in the partitions %d and %d", id, before, n)
			}
			in[id], used[n] = n, true
			read[id] = append(read[id], number(t, r.Value))
		}
	}
	if len(read) != len(wrote) {
		t.Errorf("%d keys arrived, want %d", len(read), len(wrote))
	}
	for id, want := range wrote {
		if !slices.Equal(read[id], want) {
			t.Errorf("records of %s: %v, want %v", id, read[id], want)
		}
	}
	if len(used) != sinks {
		t.Errorf("the keys use %d partitions, want all %d", len(used), sinks)
	}
}

// TestSourceCodec: under `compression: source` no batch of the sink mixes codecs, and each has that of its source. Small
// batches are joined as far as a fetch brings them, what is larger than a load goes alone.
func TestSourceCodec(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "    compression: source")
	producer, err := c.wire.NewProducer(t.Context(), "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var (
		encoder batch.Encoder
		codecs  []batch.Codec // by event
	)
	write := func(codec batch.Codec, size int) {
		t.Helper()
		v := fmt.Sprintf(`{"i":%d,"email":"a","pad":"%s"}`, len(codecs), strings.Repeat("x", size))
		codecs = append(codecs, codec)
		if _, err := producer.Produce(t.Context(), "src", 0, 1, func(id int64, epoch int16, sequence int32) ([]byte, error) {
			return encoder.Encode(nil, []record.Record{{Timestamp: 1, Value: []byte(v)}},
				batch.Params{Codec: codec, ProducerID: id, ProducerEpoch: epoch, BaseSequence: sequence})
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		for range 60 {
			write(batch.None, 10<<10)
		}
		for range 60 {
			write(batch.Zstd, 30<<10)
		}
		write(batch.None, maxBatch+5<<10)
		write(batch.Snappy, maxBatch+5<<10)
	}
	p := c.start(wire.Options{})
	p.settled(len(codecs), 0)

	batches, n, largest := c.batches("dst", 0), 0, 0
	for _, b := range batches {
		size := 0
		for i := range b.Records {
			if got := number(t, b.Records[i].Value); got != n {
				t.Fatalf("record %d of the sink is event %d", n, got)
			}
			if b.Header.Codec != codecs[n] {
				t.Errorf("event %d came in %s and went out in %s", n, codecs[n], b.Header.Codec)
			}
			size += len(b.Records[i].Value)
			n++
		}
		if size > maxBatch && len(b.Records) > 1 {
			t.Errorf("%d records of %d bytes share a batch", len(b.Records), size)
		}
		if len(b.Records) > 1 {
			largest = max(largest, size)
		}
	}
	if n != len(codecs) {
		t.Errorf("the sink holds %d records, want %d", n, len(codecs))
	}
	if len(batches) > len(codecs)/5 {
		t.Errorf("%d batches became %d, want less than a fifth", len(codecs), len(batches))
	}
	if largest < maxBatch*4/10 { // the loads of a fetch are of about the same size
		t.Errorf("the largest batch of several records has %d bytes, want nearly half of %d", largest, maxBatch)
	}
}

// TestInIsOut: every record that was read is in exactly one of the results, and in exactly one of the topics.
func TestInIsOut(t *testing.T) {
	t.Parallel()
	const partitions, each = 2, 600
	c := newCluster(t, partitions, partitions, "    quarantine_limit: off")
	var passed, sealed int
	for n := range int32(partitions) {
		values := events(0, each)
		for i := range values {
			switch i % 7 {
			case 2:
				values[i] = "no JSON"
			case 4:
				values[i] = `{"i":1}`
			case 6:
				values[i] = strings.Repeat("[", 1000)
			default:
				passed++
				continue
			}
			sealed++
		}
		c.write(n, values...)
	}
	p := c.start(wire.Options{})
	p.settled(passed, sealed)
	if got, want := p.metric("voile_batch_records", "side=source"), passed+sealed; got != want {
		t.Errorf("%d records were read, want %d", got, want)
	}
	if got, want := p.metric("voile_batch_records", "side=sink"), passed+sealed; got != want {
		t.Errorf("%d records were written, to the sink and to the quarantine, want %d", got, want)
	}
	for _, topic := range []struct {
		name string
		want int
	}{{"dst", passed}, {"q", sealed}} {
		got := 0
		for n := range partitions {
			got += len(c.records(topic.name, n))
		}
		if got != topic.want {
			t.Errorf("%s holds %d records, want %d", topic.name, got, topic.want)
		}
	}
}

// TestPlaceOfWhatIsSetAside: what is sealed says where it would have stood in the sink: behind all that its partition's
// earlier records became, and before all that its later ones became, whatever becomes of the loads between them.
func TestPlaceOfWhatIsSetAside(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"    partition: source", "    partition: key", "    delivery: at_least_once"} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			const each = 500
			c := newCluster(t, 1, 1, route+"\n    quarantine_limit: off")
			c.write(0, "no JSON") // before anything is known of the sink
			var values []string
			for i := range each {
				if values = append(values, event(i)); i%7 == 3 {
					values = append(values, "no JSON")
				}
			}
			p := c.start(wire.Options{})
			c.write(0, values[:len(values)/2]...)
			p.until("the first half", func() bool { return p.metric("voile_records_total") > len(values)/2 })
			c.write(0, values[len(values)/2:]...)
			p.settled(each, len(values)-each+1)

			// By offset of the source, the least and the most in the sink: between its neighbours there may be a marker.
			least, most := map[int64]int64{}, map[int64]int64{}
			sink := c.records("dst", 0)
			behind, next := int64(0), 0
			for i, r := range c.records("src", 0) {
				if string(r.Value) != "no JSON" {
					behind, next = sink[next].Offset+1, next+1
					continue
				}
				least[int64(i)], most[int64(i)] = behind, math.MaxInt64
				if next < len(sink) {
					most[int64(i)] = sink[next].Offset
				}
			}
			for _, e := range c.opened() {
				if e.Sink != "dst" || len(e.Before) != 1 || e.Before[0].Offset < least[e.Offset] || e.Before[0].Offset > most[e.Offset] {
					t.Errorf("the record at %d would have stood at %s %v, want dst %d to %d", e.Offset, e.Sink, e.Before, least[e.Offset], most[e.Offset])
				}
			}
		})
	}
}

// TestManyPlaces: where the sink has many partitions, a load takes no more of what is set aside than there is memory for
// the places where it would have stood.
func TestManyPlaces(t *testing.T) {
	t.Parallel()
	const partitions, records = 600, 1000
	c := newCluster(t, 1, partitions, "    partition: key\n    quarantine_limit: off")
	c.write(0, slices.Repeat([]string{"no JSON"}, records)...)
	p := c.start(wire.Options{})
	p.settled(0, records)
	for _, b := range c.batches("q", 0) { // a batch holds nothing of two loads
		if n, most := len(b.Records), maxMarks/partitions+1; n > most {
			t.Errorf("a load has %d entries, want at most %d", n, most)
		}
	}
	if got := len(c.opened()); got != records {
		t.Errorf("%d records are sealed, want %d", got, records)
	}
}
