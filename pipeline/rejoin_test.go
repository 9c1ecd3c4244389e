package pipeline

import (
	"testing"
	"time"
)

func TestRejoining(t *testing.T) {
	var r rejoining
	now := time.Unix(1_000_000, 0)
	for i, tt := range []struct {
		after, atLeast, atMost time.Duration
	}{
		{0, 0, 0},
		{time.Second, 125 * time.Millisecond, 250 * time.Millisecond},
		{time.Second, 250 * time.Millisecond, 500 * time.Millisecond},
		{time.Second, 500 * time.Millisecond, time.Second},
		{time.Second, time.Second, 2 * time.Second},
		{time.Second, 2 * time.Second, 4 * time.Second},
		{10 * time.Second, 4 * time.Second, 8 * time.Second},
		{10 * time.Second, 5 * time.Second, 10 * time.Second},
		{10 * time.Second, 5 * time.Second, 10 * time.Second},
		{time.Minute, 5 * time.Second, 10 * time.Second},
		{time.Minute + 1, 0, 0},
		{0, 125 * time.Millisecond, 250 * time.Millisecond},
	} {
		now = now.Add(tt.after)
		if got := r.pause(now); got < tt.atLeast || got > tt.atMost {
			t.Errorf("put out the %d. time: a pause of %s, want %s to %s", i+1, got, tt.atLeast, tt.atMost)
		}
	}
}
