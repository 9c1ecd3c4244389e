package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"voile/pipeline/wire"
)

// A StoppedError is why a partition stands still: something that only a person can put right. It carries no value of a
// record.
type StoppedError struct {
	Route     string
	Topic     string
	Partition int
	Offset    int64
	What      string
	Hint      string
	Err       error
}

func (e *StoppedError) Error() string {
	s := fmt.Sprintf("route %s, %s/%d at offset %d: %s", e.Route, e.Topic, e.Partition, e.Offset, e.What)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s + ". " + e.Hint
}

func (e *StoppedError) Unwrap() error { return e.Err }

// mayHeal says whether taking a partition up again from its last acknowledged record can help.
func mayHeal(err error) bool {
	var stopped *StoppedError
	if errors.As(err, &stopped) {
		return false
	}
	if lost := (*lostError)(nil); errors.As(err, &lost) {
		return true
	}
	switch wire.ClassOf(err) {
	case wire.ClassRetry, wire.ClassRefresh, wire.ClassCoordinator, wire.ClassSequence, wire.ClassAbort, wire.ClassGiveUp:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errAgain) || errors.Is(err, errMarker) || errors.Is(err, errUnwritten)
}

// errAgain asks to take the partition up again from its last acknowledged record.
var errAgain = errors.New("the broker's answer ended before the wanted record")

// errMarker asks for the same behind a damaged batch that was sealed, where the broker listed aborted transactions: it
// may have been the marker that ends one. The next answer lists only those that reach behind it.
var errMarker = errors.New("a damaged batch may have ended a transaction")

// stopped makes the error of something that a person must put right.
func (p *partition) stopped(offset int64, what, hint string, err error) error {
	return &StoppedError{Route: p.route.cfg.Name, Topic: p.topic, Partition: p.id, Offset: offset, What: what, Hint: hint, Err: err}
}

// outlive gives a context that ends d after ctx does: time to finish what is in flight.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(d, cancel)
		context.AfterFunc(out, func() { timer.Stop() })
	})
	return out, func() { stop(); cancel() }
}

// backoff is a jittered exponential wait between attempts.
type backoff struct{ next time.Duration }

const (
	backoffMin = 100 * time.Millisecond
	backoffMax = 10 * time.Second
)

func newBackoff() *backoff { return &backoff{next: backoffMin} }

func (b *backoff) reset() { b.next = backoffMin }

// wait waits between half of the step and the whole of it, and doubles the step.
func (b *backoff) wait(ctx context.Context) {
	d := b.next/2 + rand.N(b.next/2)
	b.next = min(2*b.next, backoffMax)
	pause(ctx, d)
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
