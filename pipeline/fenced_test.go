package pipeline_test

import (
	"slices"
	"testing"
	"time"

	"voile/pipeline/wire"
)

// TestFencedForEver: a member that is put out again and again does not keep its group joining, and goes on once it is let.
func TestFencedForEver(t *testing.T) {
	t.Parallel()
	eachDelivery(t, func(t *testing.T, delivery string) {
		c := newCluster(t, 1, 1, "    delivery: "+delivery)
		away := c.refuse("dst", 47) // INVALID_PRODUCER_EPOCH
		c.write(0, events(0, 100)...)
		p := c.start(wire.Options{})
		p.until("it gave up once", func() bool { return p.metric("voile_fenced_total") > 0 })
		time.Sleep(3 * time.Second)
		// The pauses are 0, 0.25, 0.5, 1 and 2 s, or half as long; without them it gives up 30 to 1,500 times.
		if n := p.metric("voile_fenced_total"); n < 3 || n > 8 {
			t.Errorf("it gave up %d times within 3 s, want 3 to 8", n)
		}
		away.heal()
		p.settled(100, 0)
		p.runs()
		if got := c.numbers(); !slices.Equal(got, upTo(0, 100)) {
			t.Errorf("the sink holds %v", got)
		}
	})
}
