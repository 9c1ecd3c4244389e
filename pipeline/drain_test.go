package pipeline_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/pipeline/wire"
)

// hang has no Produce to a topic answered, until it is healed.
func (c *cluster) hang(topic string) (hung *atomic.Int32, heal func()) {
	var healed atomic.Bool
	hung = new(atomic.Int32)
	c.fake.ControlKey(int16(kmsg.Produce), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if healed.Load() || in.(*kmsg.ProduceRequest).Topics[0].Topic != topic {
			return nil, nil, false
		}
		hung.Add(1)
		return nil, nil, true
	})
	return hung, func() { healed.Store(true) }
}

// assignments gives what the process was assigned, in order: the generation, and how many partitions.
func (p *proxy) assignments() (generations, partitions []int) {
	for _, e := range p.logs.FilterMessage("partitions assigned").All() {
		fields := e.ContextMap()
		generations = append(generations, int(fields["generation"].(int64)))
		partitions = append(partitions, len(fields["partitions"].([]any)))
	}
	return generations, partitions
}

// TestHungSinkDoesNotHoldTheGroup: a second member joins while the sink answers nobody. The first gives its partitions up
// within its bounds, which are below the session timeout: drain_timeout, the last commit, and what it aborts. So it is a
// member still, and both begin with the same generation.
func TestHungSinkDoesNotHoldTheGroup(t *testing.T) { eachDelivery(t, hungSink) }

func hungSink(t *testing.T, delivery string) {
	const (
		partitions = 2
		bound      = 2*time.Second + 3*time.Second + time.Second // the configuration's drain_timeout, commitBound, leaving
		joining    = 3 * time.Second                             // of it a second until the next heartbeat; and other tests run
	)
	c := newCluster(t, partitions, partitions, "    delivery: "+delivery)
	p := c.start(wire.Options{})
	for n := range int32(partitions) {
		c.write(n, events(0, 10)...)
	}
	p.settled(10*partitions, 0)
	hung, heal := c.hang("dst")
	for n := range int32(partitions) {
		c.write(n, events(10, 20)...)
	}
	p.until("both partitions wait for the sink", func() bool { return hung.Load() >= partitions })

	since := time.Now()
	other := c.start(wire.Options{})
	other.until("it has partitions", func() bool { return other.logged("partitions assigned") > 0 })
	took := time.Since(since)
	t.Logf("the second member had partitions after %s", took.Round(10*time.Millisecond))
	if took > bound+joining {
		t.Errorf("the first member gave its partitions up after %s, want within %s", took, bound)
	}
	p.until("the first has partitions again", func() bool { return p.logged("partitions assigned") > 1 })
	mine, n := p.assignments()
	theirs, m := other.assignments()
	if mine[1] != theirs[0] || mine[1] != mine[0]+1 || n[1] != 1 || m[0] != 1 {
		t.Errorf("the first member had %v partitions in the generations %v, the second %v in %v; want that they share one", n, mine, m, theirs)
	}

	heal()
	p.until("the rest", func() bool { return c.committed(0) == 20 && c.committed(1) == 20 })
	for n := range partitions {
		if got := c.numbersOf(n); !slices.Equal(got, upTo(0, 20)) {
			t.Errorf("partition %d of the sink: %v, want 0 to 19, each once and in order", n, got)
		}
	}
	p.runs()
	other.runs()
}
