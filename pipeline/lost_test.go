package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"voile/pipeline/wire"
)

// stand commits the group's offset in partition 0 of src, as if it had come so far.
func (c *cluster) stand(offset int64) {
	c.t.Helper()
	res, err := kadm.NewClient(c.client).CommitOffsets(c.t.Context(), c.cfg.Routes[0].Group, kadm.Offsets{"src": {0: {Topic: "src", At: offset, LeaderEpoch: -1}}})
	if err := errors.Join(err, res.Error()); err != nil {
		c.t.Fatal(err)
	}
}

// deleteBefore does what retention does to partition 0 of src.
func (c *cluster) deleteBefore(offset int64) {
	c.t.Helper()
	res, err := kadm.NewClient(c.client).DeleteRecords(c.t.Context(), kadm.Offsets{"src": {0: {Topic: "src", At: offset}}})
	if err := errors.Join(err, res.Error()); err != nil {
		c.t.Fatal(err)
	}
}

const (
	lostLine = "records were deleted before they were read; the partition goes on behind them (on_lost_data: continue)"
	anewLine = "the topic was made anew or has lost its end; the partition goes on at its first record (on_lost_data: continue)"
)

// TestLostData: where the group's offset is not in the partition, the partition stops, or goes on with what is there and
// says what is missing.
func TestLostData(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		committed   int64
		route       string
		want        []int // the events of the sink
		lost        int
		lines, anew int
	}{
		{"retention, stop", 4, "", nil, 0, 0, 0},
		{"retention", 4, "    on_lost_data: continue", upTo(15, 20), 11, 1, 0},
		{"above the end, stop", 50, "", nil, 0, 0, 0},
		{"above the end", 50, "    on_lost_data: continue", upTo(15, 20), 0, 0, 1},
		{"nothing lost", 15, "    on_lost_data: continue", upTo(15, 20), 0, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, 1, tt.route)
			c.write(0, events(0, 20)...)
			c.deleteBefore(15)
			c.stand(tt.committed)
			p := c.start(wire.Options{})
			if tt.want == nil {
				if why := p.stands(); !strings.Contains(why, "the offset is not in the partition, which holds 15 to 20") || !strings.Contains(why, "`on_lost_data: continue`") {
					t.Error(why)
				}
			} else {
				p.settled(len(tt.want), 0)
				p.runs()
				p.until("the offset is committed", func() bool { return c.committed(0) == 20 })
			}
			if got := c.numbers(); !slices.Equal(got, tt.want) {
				t.Errorf("the sink has %v, want %v", got, tt.want)
			}
			if got := [3]int{p.metric("voile_lost_offsets_total"), p.logged(lostLine), p.logged(anewLine)}; got != [3]int{tt.lost, tt.lines, tt.anew} {
				t.Errorf("lost offsets, lines of them, and of a topic made anew: %v, want %v", got, [3]int{tt.lost, tt.lines, tt.anew})
			}
		})
	}
}

// TestLostWhileRunning: retention that overtakes a partition at work loses nothing of what was fetched before.
func TestLostWhileRunning(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "    on_lost_data: continue")
	away := c.refuse("dst", 7) // REQUEST_TIMED_OUT
	c.write(0, events(0, 10)...)
	p := c.start(wire.Options{})
	p.until("the sink refuses", func() bool { return away.count() > 0 })
	c.write(0, events(10, 20)...)
	c.deleteBefore(20)
	c.write(0, events(20, 30)...)
	away.heal()
	p.until("the last record", func() bool { got := c.numbers(); return len(got) > 0 && got[len(got)-1] == 29 })
	got := c.numbers()
	// Whether the second ten were fetched before they were deleted is a race; one of the two it must be.
	if lost := p.metric("voile_lost_offsets_total"); lost+len(got) != 30 || !slices.Equal(got, append(upTo(0, 20-lost), upTo(20, 30)...)) {
		t.Errorf("%d offsets lost, and the sink has %v", lost, got)
	}
}
