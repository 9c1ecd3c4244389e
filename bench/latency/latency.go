// Package latency reckons how long records take under an open load.
//
// The contract: a record's time counts from the moment at which the schedule wants it to be sent, whether or not it could
// be sent then. Whoever stalls is charged with every record that had to wait, not only with the one in hand: no coordinated
// omission (Gil Tene, "How NOT to Measure Latency"). All moments are durations since one begin, of a clock that does not jump.
package latency

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Schedule sends records evenly, the first one at Begin.
type Schedule struct {
	Begin     time.Duration
	PerSecond float64
}

// At is when record n, from 0, is to be sent.
func (s Schedule) At(n int) time.Duration {
	return s.Begin + time.Duration(float64(n)/s.PerSecond*float64(time.Second))
}

// Due is how many records are to be sent until now, that moment included.
func (s Schedule) Due(now time.Duration) int {
	if now < s.Begin {
		return 0
	}
	n := int((now - s.Begin).Seconds() * s.PerSecond)
	for s.At(n) <= now { // rounding may be one off, to either side
		n++
	}
	for n > 0 && s.At(n-1) > now {
		n--
	}
	return n
}

const (
	longest = 10 * time.Minute
	digits  = 3 // of precision
)

// A Log has the latencies of records that were to be sent from a moment on, as a whole and second by second. It is for one
// goroutine.
type Log struct {
	from    time.Duration
	all     *hdrhistogram.Histogram
	seconds []*hdrhistogram.Histogram
}

// NewLog makes a log that leaves out what was to be sent before from.
func NewLog(from time.Duration) *Log { return &Log{from: from, all: newHistogram()} }

// newHistogram counts microseconds.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, longest.Microseconds(), digits)
}

// Add notes a record that was to be sent at one moment and was seen in the sink at another.
func (l *Log) Add(due, seen time.Duration) error {
	if due < l.from {
		return nil
	}
	if seen < due {
		return fmt.Errorf("latency: a record of %s was seen at %s", due, seen)
	}
	second := int((due - l.from) / time.Second)
	for len(l.seconds) <= second {
		l.seconds = append(l.seconds, newHistogram())
	}
	for _, h := range []*hdrhistogram.Histogram{l.all, l.seconds[second]} {
		if err := h.RecordValue((seen - due).Microseconds()); err != nil {
			return fmt.Errorf("latency: %w", err)
		}
	}
	return nil
}

// Count is how many were noted.
func (l *Log) Count() int { return int(l.all.TotalCount()) }

// Milliseconds is the latency that the part q, from 0 to 1, of the records did not pass.
func (l *Log) Milliseconds(q float64) float64 { return milliseconds(l.all, q) }

// BySecond is Milliseconds of the records of each second.
func (l *Log) BySecond(q float64) []float64 {
	out := make([]float64, len(l.seconds))
	for i, h := range l.seconds {
		out[i] = milliseconds(h, q)
	}
	return out
}

func milliseconds(h *hdrhistogram.Histogram, q float64) float64 {
	return float64(h.ValueAtQuantile(q*100)) / 1000
}
