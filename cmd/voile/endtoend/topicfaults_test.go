package endtoend

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// A topicFault is something that happens to the topics of a route while it runs.
type topicFault struct {
	name   string
	route  []string                       // further settings
	sink   map[string]string              // settings of the sink topic
	unseen bool                           // it happens while voile stands still
	cause  func(t *testing.T, at *faulty) // and what is written then
	aside  int                            // records that are set aside
	stops  []int                          // partitions that stop
	why    []string                       // what /readyz says of them
	cure   func(t *testing.T, at *faulty) // while voile is down; nil where none is needed
	want   [][]int64                      // the numbers in the sink at the end, by partition
}

// A faulty is one route that a topicFault happens to.
type faulty struct {
	*topicFault
	delivery string
	route    string
	admin    *kadm.Client
	brokers  []string
}

func (f *faulty) source() string { return f.route + ".raw" }

// write writes the records from to to-1 to a partition of the source.
func (f *faulty) write(t *testing.T, partition int, from, to int64) {
	t.Helper()
	var records []*kgo.Record
	for n := from; n < to; n++ {
		r := numbered(partition, n)
		r.Topic = f.source()
		records = append(records, r)
	}
	f.produce(t, records...)
}

// produce writes by a client that knows the topics as they are now.
func (f *faulty) produce(t *testing.T, records ...*kgo.Record) {
	t.Helper()
	client := kafkatest.Client(t, f.brokers, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	defer client.Close()
	produceAll(t, client, records...)
}

func (f *faulty) writeBoth(t *testing.T, from, to int64) {
	t.Helper()
	f.write(t, 0, from, to)
	f.write(t, 1, from, to)
}

func (f *faulty) create(t *testing.T, topic string, partitions int) {
	t.Helper()
	if _, err := f.admin.CreateTopic(t.Context(), int32(partitions), 1, nil, topic); err != nil {
		t.Fatal(err)
	}
}

func (f *faulty) remove(t *testing.T, topic string) {
	t.Helper()
	if _, err := f.admin.DeleteTopic(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
}

func (f *faulty) grow(t *testing.T, topic string, partitions int) {
	t.Helper()
	if _, err := f.admin.UpdatePartitions(t.Context(), partitions, topic); err != nil {
		t.Fatal(err)
	}
}

// goTo sets the group of the route to an offset of the partitions 0 and 1.
func (f *faulty) goTo(t *testing.T, offset int64) {
	t.Helper()
	var to kadm.Offsets
	for p := range int32(2) {
		to.AddOffset(f.source(), p, offset, -1)
	}
	committed, err := f.admin.CommitOffsets(t.Context(), f.route, to)
	if err == nil {
		err = committed.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// overtake has retention delete what was written before voile could read it: all but the last ten, and perhaps the first,
// which may be on its way to voile with a fetch that waits.
func overtake(t *testing.T, f *faulty) {
	t.Helper()
	for p := range 2 {
		f.write(t, p, 50, 51)
		f.write(t, p, 51, 100)
	}
	var upTo kadm.Offsets
	for p := range int32(2) {
		upTo.AddOffset(f.source(), p, 90, -1)
	}
	if deleted, err := f.admin.DeleteRecords(t.Context(), upTo); err != nil || deleted.Error() != nil {
		t.Fatal(err, deleted.Error())
	}
}

// noise is a text that hardly compresses.
func noise(n int) string {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same text in every run
	var text strings.Builder
	for text.Len() < n {
		fmt.Fprintf(&text, "%016x", random.Uint64())
	}
	return text.String()
}

// span is the numbers from from to to-1.
func span(from, to int64) (numbers []int64) {
	for n := from; n < to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

func twice(numbers []int64) [][]int64 { return [][]int64{numbers, numbers} }

// topicFaults begin with two partitions of 50 records each, which are in the sink and committed.
var topicFaults = []topicFault{
	{
		name:  "sink-deleted",
		cause: func(t *testing.T, f *faulty) { f.remove(t, f.route); f.writeBoth(t, 50, 100) },
		stops: []int{0, 1}, why: []string{"cannot write to ", "UNKNOWN_TOPIC_OR_PARTITION [3]", "create it"},
		cure: func(t *testing.T, f *faulty) { f.create(t, f.route, 2) },
		want: twice(span(50, 100)),
	},
	{
		name: "sink-made-anew",
		cause: func(t *testing.T, f *faulty) {
			f.remove(t, f.route)
			f.writeBoth(t, 50, 100)
			time.Sleep(2 * time.Second)
			f.create(t, f.route, 2)
		},
		want: twice(span(50, 100)),
	},
	{
		name: "sink-shrunk",
		cause: func(t *testing.T, f *faulty) {
			f.remove(t, f.route)
			time.Sleep(time.Second)
			f.create(t, f.route, 1)
			f.writeBoth(t, 50, 100)
		},
		stops: []int{1}, why: []string{"cannot write to ", "/1: ", "UNKNOWN_TOPIC_OR_PARTITION [3]", "create it"},
		cure: func(t *testing.T, f *faulty) { f.grow(t, f.route, 2) },
		want: twice(span(50, 100)),
	},
	{
		name:  "sink-grown",
		cause: func(t *testing.T, f *faulty) { f.grow(t, f.route, 3); f.writeBoth(t, 50, 100) },
		cure:  func(t *testing.T, f *faulty) { f.grow(t, f.source(), 3) }, // voile does not start with unequal numbers
		want:  append(twice(span(0, 100)), nil),
	},
	{
		name:  "source-grown",
		cause: func(t *testing.T, f *faulty) { f.grow(t, f.source(), 3); f.writeBoth(t, 50, 100); f.write(t, 2, 0, 10) },
		stops: []int{2}, why: []string{"cannot write to ", "/2: ", "UNKNOWN_TOPIC_OR_PARTITION [3]", "create it"},
		cure: func(t *testing.T, f *faulty) { f.grow(t, f.route, 3) },
		want: append(twice(span(0, 100)), span(0, 10)),
	},
	{
		name: "both-grown",
		cause: func(t *testing.T, f *faulty) {
			f.grow(t, f.route, 3)
			f.grow(t, f.source(), 3)
			f.writeBoth(t, 50, 100)
			f.write(t, 2, 0, 10)
		},
		want: append(twice(span(0, 100)), span(0, 10)),
	},
	{
		name: "source-made-anew",
		cause: func(t *testing.T, f *faulty) {
			f.remove(t, f.source())
			time.Sleep(time.Second)
			f.create(t, f.source(), 2)
			f.writeBoth(t, 50, 60)
		},
		stops: []int{0, 1}, why: []string{"the offset is not in the partition, which holds 0 to 10", "OFFSET_OUT_OF_RANGE [1]", "on_lost_data: continue"},
		cure: func(t *testing.T, f *faulty) { f.goTo(t, 0) },
		want: twice(span(0, 60)),
	},
	{
		name:   "retention-overtakes",
		unseen: true, cause: overtake,
		stops: []int{0, 1}, why: []string{"the offset is not in the partition, which holds 90 to 100", "OFFSET_OUT_OF_RANGE [1]", "on_lost_data: continue"},
		cure: func(t *testing.T, f *faulty) { f.goTo(t, 90) },
		want: twice(append(span(0, 50), span(90, 100)...)),
	},
	{
		name:   "retention-overtakes-and-it-may",
		route:  []string{"    on_lost_data: continue"},
		unseen: true, cause: overtake,
		want: twice(append(span(0, 50), span(90, 100)...)),
	},
	{
		name: "sink-takes-little",
		sink: map[string]string{"max.message.bytes": "4096"},
		cause: func(t *testing.T, f *faulty) {
			for p := range 2 {
				f.write(t, p, 50, 75)
				bulky := numbered(p, 75)
				bulky.Topic, bulky.Value = f.source(), fmt.Appendf(nil, `{"n":75,"email":%q,"text":%q}`, bulky.Key, noise(20_000))
				f.produce(t, bulky)
				f.write(t, p, 76, 100)
			}
		},
		aside: 2,
		want:  twice(append(span(0, 75), span(76, 100)...)),
	},
}

// TestTopicFaults: what can happen to topics happens to routes of one process at the same time, each fault to one of each
// delivery. What must stop says why and what to do, and stops nothing else; nothing is lost or doubled by it; and after the
// cure that is documented, and a restart, all is there.
func TestTopicFaults(t *testing.T) {
	t.Parallel()
	cluster := kafkatest.Start(t)
	var all []*faulty
	var names []string
	routes := map[string]*faulty{}
	admin := kadm.NewClient(kafkatest.Client(t, cluster.Brokers()))
	for i := range topicFaults {
		for _, d := range deliveries {
			f := &faulty{topicFault: &topicFaults[i], delivery: d, brokers: cluster.Brokers(), admin: admin}
			f.route = f.name + "." + d
			all, names, routes[f.route] = append(all, f), append(names, f.route), f
			cluster.CreateTopic(t, f.source(), 2, nil)
			cluster.CreateTopic(t, f.route, 2, f.topicFault.sink)
		}
	}
	cluster.CreateTopic(t, "voile.quarantine", 1, nil)
	s := newSiteWith(t, cluster, vaulttest.Start(t), routesConfig(cluster.Brokers(), names, func(name string) []string {
		return append(slices.Clone(routes[name].topicFault.route), "    delivery: "+routes[name].delivery)
	}))
	for _, f := range all {
		f.writeBoth(t, 0, 50)
	}
	p := s.run(t)
	for _, f := range all {
		waitFor(t, f.route+": all is acknowledged", time.Minute, func() bool {
			return s.total("voile_records_total", fmt.Sprintf("route=%q", f.route)) == 100
		})
		waitFor(t, f.route+": all is committed", 30*time.Second, func() bool { return committed(t, s, f.route) == 100 })
	}
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil { // so that retention can overtake it
		t.Fatal(err)
	}
	for _, f := range all {
		if f.unseen {
			f.cause(t, f)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if !f.unseen {
			f.cause(t, f)
		}
	}
	for _, f := range all {
		f.awaitFault(t, s)
	}
	p.stop(t)
	for _, f := range all {
		if f.cure != nil {
			f.cure(t, f)
		}
	}
	p = s.run(t)
	for _, f := range all {
		waitFor(t, f.route+": all that is wanted is in the sink", 45*time.Second, func() bool { return len(flat(f.inSink(t, s))) >= len(flat(f.want)) })
	}
	p.stop(t)
	for _, f := range all {
		if got := f.inSink(t, s); fmt.Sprint(got) != fmt.Sprint(f.want) {
			t.Errorf("%s: the sink holds %v, want %v", f.route, got, f.want)
		}
	}
}

// awaitFault waits until the route stands where the fault stops it, and flows where it does not.
func (f *faulty) awaitFault(t *testing.T, s *site) {
	t.Helper()
	label := fmt.Sprintf("route=%q", f.route)
	waitFor(t, fmt.Sprintf("%s: partitions %v have stopped", f.route, f.stops), time.Minute, func() bool {
		return s.total("voile_partition_stopped", label) == float64(len(f.stops))
	})
	_, ready := s.get("/readyz")
	for _, n := range f.stops {
		_, said, ok := strings.Cut(ready, fmt.Sprintf("%s %s/%d", f.route, f.source(), n))
		said, _, _ = strings.Cut(said, "\n")
		if !ok || !containsAll(said, f.why) {
			t.Errorf("%s: /readyz says of partition %d %q, want %q", f.route, n, said, f.why)
		}
	}
	if len(f.stops) > 0 {
		return
	}
	waitFor(t, f.route+": it flows", time.Minute, func() bool { return len(flat(f.inSink(t, s))) >= len(flat(f.want)) })
	waitFor(t, f.route+": what the broker refuses is set aside", time.Minute, func() bool {
		return s.total("voile_quarantined_total", label, `reason="too_large"`) == float64(f.aside)
	})
}

func flat(numbers [][]int64) []int64 { return slices.Concat(numbers...) }

// inSink gives the numbers in the sink, by partition.
func (f *faulty) inSink(t *testing.T, s *site) [][]int64 {
	t.Helper()
	out := make([][]int64, len(f.want))
	for _, r := range kafkatest.ReadAll(t, s.brokers, f.route, true) {
		var v struct{ N int64 }
		if err := json.Unmarshal(r.Value, &v); err != nil {
			t.Fatal("a record in the sink is not of the form that went in:", err)
		}
		if int(r.Partition) >= len(out) {
			t.Fatalf("%s: a record is in partition %d", f.route, r.Partition)
		}
		if v.N != 50 || !f.unseen {
			out[r.Partition] = append(out[r.Partition], v.N)
		}
	}
	return out
}
