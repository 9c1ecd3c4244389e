package pipeline_test

import (
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"voile/pipeline/wire"
)

// TestClockJumps: voile's clock jumps, by hours and by centuries. It is a matter of metrics and of the times that are
// written on what is set aside, and of nothing else: records come once and in order.
func TestClockJumps(t *testing.T) {
	eachDelivery(t, func(t *testing.T, delivery string) {
		c := newCluster(t, 1, 1, "    delivery: "+delivery)
		var offset atomic.Int64
		c.now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
		p := c.start(wire.Options{})
		const each, bad = 50, `{"i":-1}`
		jumps := []time.Duration{0, time.Hour, -26 * time.Hour, math.MaxInt64 / 4, -40 * 365 * 24 * time.Hour, 0}
		want := make([]int, 0, len(jumps)*each)
		for i, jump := range jumps {
			offset.Store(int64(jump))
			c.write(0, append(events(i*each, (i+1)*each), bad)...)
			p.settled((i+1)*each, i+1)
			for n := range each {
				want = append(want, i*each+n)
			}
		}
		p.runs()
		if got := c.numbers(); !slices.Equal(got, want) {
			t.Errorf("the sink holds %v, want 0 to %d", got, len(want)-1)
		}
		p.until("everything is committed", func() bool { return c.committed(0) == int64(len(jumps)*(each+1)) })
		aside := c.opened()
		if len(aside) != len(jumps) {
			t.Fatalf("%d records are set aside, want %d", len(aside), len(jumps))
		}
		for i, jump := range jumps {
			if off := time.Until(aside[i].Time) - jump; off.Abs() > 2*time.Minute {
				t.Errorf("after a jump of %s: a record was set aside at %s", jump, aside[i].Time)
			}
		}
		if sum := p.metric("voile_end_to_end_seconds"); sum < 0 {
			t.Errorf("records were under way for %d s", sum)
		}
	})
}
