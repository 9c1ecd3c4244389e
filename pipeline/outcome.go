package pipeline

import "time"

// An outcome is what became of source records that are written and not yet acknowledged. It is counted when they are, so
// that the metrics tell what is in the sink, also where a transaction is written a second time.
type outcome struct {
	passed, dropped, setAside int
	reasons                   map[string]int
	timestamps                []int64 // of the records for the sink, ms; of those that the broker refused, too
}

// add takes the outcome of a load that is written.
func (o *outcome) add(l *load) {
	o.passed += l.passed
	o.dropped += l.dropped
	o.setAside += len(l.aside)
	for i := range l.aside {
		if o.reasons == nil {
			o.reasons = map[string]int{}
		}
		o.reasons[l.aside[i].Reason]++
	}
	for i := range l.lanes {
		for _, source := range l.lanes[i].sources { // a record has the timestamp of its source
			if ts := source.Timestamp; ts > 0 {
				o.timestamps = append(o.timestamps, ts)
			}
		}
	}
}

// count adds the outcome to the metrics, and forgets it.
func (o *outcome) count(m *routeMetrics, now time.Time) {
	for reason, n := range o.reasons { // first: who reads the sum finds its parts
		m.all.quarantined.WithLabelValues(m.route, reason).Add(float64(n))
	}
	m.passed.Add(float64(o.passed))
	m.dropped.Add(float64(o.dropped))
	m.setoff.Add(float64(o.setAside))
	ms := now.UnixMilli()
	for _, ts := range o.timestamps {
		m.latency.Observe(float64(max(0, ms-ts)) / 1000)
	}
	o.forget()
}

// maxTimestamps is how many timestamps stay allocated between two acknowledgements.
const maxTimestamps = 1 << 16

// forget makes the outcome empty; its memory stays.
func (o *outcome) forget() {
	clear(o.reasons)
	timestamps := o.timestamps[:0]
	if cap(timestamps) > maxTimestamps {
		timestamps = nil
	}
	*o = outcome{reasons: o.reasons, timestamps: timestamps}
}
