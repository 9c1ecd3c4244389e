package pipeline_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/pipeline/wire"
)

// TestOffsetsBesideLoads: a transaction is told the offset behind a load while that is written, and does not end before it
// is. Where it never is the offset does not count.
func TestOffsetsBesideLoads(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		then int16 // what the broker answers to the load in the end
		want int   // transactions that are aborted
	}{{"written", 0, 0}, {"failed", codeAbort, 1}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, 1, "")
			p := c.start(wire.Options{})
			c.write(0, events(0, 10)...)
			p.until("the first records", func() bool { return c.committed(0) == 10 })

			held := c.refuse("dst", codeRetry)
			told, ends := c.watch()
			c.write(0, events(10, 20)...)
			p.until("the offset behind the load", func() bool { return told.Load() == 20 })
			time.Sleep(300 * time.Millisecond)
			if n := ends.Load(); n != 0 || held.count() == 0 {
				t.Errorf("%d transactions were ended and %d batches held up, want none and some", n, held.count())
			}
			held.become(tc.then)
			if tc.want > 0 {
				p.until("an abort", func() bool { return p.metric("voile_transactions_aborted_total", "reason=error") >= tc.want })
				if n := c.committed(0); n != 10 {
					t.Errorf("the group is at %d, want 10: the records behind that are not in the sink", n)
				}
			}
			held.heal()
			p.until("all committed", func() bool { return c.committed(0) == 20 })
			p.settled(20, 0)
			if got := c.numbers(); !slices.Equal(got, upTo(0, 20)) {
				t.Errorf("the sink holds %v, want 0 to 19, each once and in order", got)
			}
			if n := p.metric("voile_transactions_aborted_total"); (n > 0) != (tc.want > 0) {
				t.Errorf("%d transactions were aborted", n)
			}
			p.runs()
		})
	}
}

// watch gives the highest offset that a transaction was told, and how many transactions were to be committed.
func (c *cluster) watch() (told, ends *atomic.Int64) {
	told, ends = new(atomic.Int64), new(atomic.Int64)
	c.fake.ControlKey(int16(kmsg.TxnOffsetCommit), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		for _, topic := range in.(*kmsg.TxnOffsetCommitRequest).Topics {
			for _, p := range topic.Partitions {
				told.Store(max(told.Load(), p.Offset)) // one request at a time is looked at
			}
		}
		return nil, nil, false
	})
	c.fake.ControlKey(int16(kmsg.EndTxn), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if in.(*kmsg.EndTxnRequest).Commit {
			ends.Add(1)
		}
		return nil, nil, false
	})
	return told, ends
}
