package latency

import (
	"math"
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	s := Schedule{Begin: time.Second, PerSecond: 1000}
	for _, test := range []struct {
		now  time.Duration
		want int
	}{
		{0, 0}, {time.Second - 1, 0}, {time.Second, 1}, {time.Second + 1, 1}, {1001*time.Millisecond - 1, 1}, {1001 * time.Millisecond, 2},
		{2 * time.Second, 1001},
	} {
		if got := s.Due(test.now); got != test.want {
			t.Errorf("due at %s: %d, want %d", test.now, got, test.want)
		}
	}
	// Whatever the rate: what is due is what was to be sent until now, and no more.
	for _, rate := range []float64{0.3, 7, 999.9, 123_456.7} {
		s := Schedule{Begin: 5 * time.Millisecond, PerSecond: rate}
		for now := time.Duration(0); now < 20*time.Second; now += 77_777_777 {
			n := s.Due(now)
			if n > 0 && s.At(n-1) > now || s.At(n) <= now {
				t.Fatalf("%g a second: %d due at %s, of which the last is at %s and the next at %s", rate, n, now, s.At(n-1), s.At(n))
			}
		}
	}
}

// TestStallIsChargedToAllWhoWaited: a sink that shows nothing for a second and then everything at once. Of ten seconds at
// 1000 a second, 1000 records waited from 1000 down to 1 ms: a tenth of all, of which a median of 500 ms.
func TestStallIsChargedToAllWhoWaited(t *testing.T) {
	s, from := Schedule{PerSecond: 1000}, 2*time.Second
	l := NewLog(from)
	for n := range 12_000 {
		due := s.At(n)
		seen := due
		if due >= 5*time.Second && due < 6*time.Second {
			seen = 6 * time.Second
		}
		if err := l.Add(due, seen); err != nil {
			t.Fatal(err)
		}
	}
	if l.Count() != 10_000 {
		t.Errorf("%d records, want those of ten seconds", l.Count())
	}
	for _, test := range []struct{ q, want float64 }{{0.5, 0}, {0.89, 0}, {0.95, 500}, {0.99, 900}, {0.999, 990}, {1, 1000}} {
		if got := l.Milliseconds(test.q); math.Abs(got-test.want) > 2 {
			t.Errorf("quantile %g: %g ms, want %g", test.q, got, test.want)
		}
	}
	for second, got := range l.BySecond(0.5) {
		want := 0.0
		if second == 3 {
			want = 500
		}
		if math.Abs(got-want) > 2 {
			t.Errorf("median of second %d: %g ms, want %g", second, got, want)
		}
	}
	if got := len(l.BySecond(0.5)); got != 10 {
		t.Errorf("%d seconds, want 10", got)
	}
}

func TestWhatCannotBe(t *testing.T) {
	l := NewLog(0)
	if err := l.Add(2, 1); err == nil {
		t.Error("a record that was seen before it was sent")
	}
	if err := l.Add(0, time.Hour); err == nil {
		t.Error("an hour is beyond what is kept, and lost silently")
	}
}
