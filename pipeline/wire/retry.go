package wire

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

const (
	backoffFirst = 20 * time.Millisecond
	// backoffLast keeps a partition whose leader moved within a second of the election.
	backoffLast = 500 * time.Millisecond
	// refreshSpacing is the least time between two requests for metadata, and between two resets of the transport.
	refreshSpacing = 100 * time.Millisecond
	// codeUnknownTopic passes on a broker that has just started, and stays where the topic was deleted.
	codeUnknownTopic = 3
	// codeServerFailed passes on a broker that is shutting down, and stays where it stumbles over the request itself, such as
	// a batch that it cannot unpack.
	codeServerFailed = -1
	// codeConcurrentTransactions is the normal answer to the first request behind the end of a transaction; it clears in
	// 1 or 2 ms on one broker, in some 10 ms on three, and the later the more partitions were written to. So the wait is
	// an eighth of what it has lasted: few requests, and hardly anything too late.
	codeConcurrentTransactions = 51
	quickWait                  = 2 * time.Millisecond

	codeTopicAuthorization   = 29
	codeGroupAuthorization   = 30
	codeClusterAuthorization = 31

	codeTransactionalIDAuthorization = 53

	codeMechanism      code = 33 // UNSUPPORTED_SASL_MECHANISM
	codeAuthentication code = 58 // SASL_AUTHENTICATION_FAILED
)

// forever is the budget of what is retried until its context ends.
const forever time.Duration = 0

// retry calls attempt until it succeeds, fails for good, its context ends, or the budget is used up, which begins with
// the first failure. It returns nil, an *Error, or the context's error wrapped.
//
// repair, when not nil, is told of each failure before the next attempt.
func (c *Client) retry(ctx context.Context, at Error, budget time.Duration, attempt func() error, repair func(*Error)) error {
	var first time.Time
	for n := 0; ; n++ {
		err := attempt()
		if err == nil {
			c.health.well(&at)
			c.doubts.settle(&at)
			return nil
		}
		if ctx.Err() != nil {
			c.health.gone(&at)
			return fmt.Errorf("kafka: %s: %w", at.Op, context.Cause(ctx))
		}
		if c.life.Err() != nil {
			c.health.gone(&at)
			return ErrClosed
		}
		e := classify(at, err)
		now := time.Now()
		if first.IsZero() {
			first = now
		}
		if !c.again(e, budget, now.Sub(first), now) {
			c.health.gone(&at)
			return e
		}
		c.repair(e)
		if repair != nil {
			repair(e)
		}
		c.health.ill(&at, e)
		wait := backoff(n)
		if e.Code == codeConcurrentTransactions {
			wait = min(max(quickWait, now.Sub(first)/8), backoffLast)
		}
		if !pause(ctx, wait) {
			c.health.gone(&at)
			return fmt.Errorf("kafka: %s: %w", at.Op, context.Cause(ctx))
		}
	}
}

// soonOrNever says whether a code is of a trouble that passes within seconds, or stays for ever: then a person has to know.
func soonOrNever(c int16) bool { return c == codeUnknownTopic || c == codeServerFailed }

// again says whether another attempt makes sense. Where it does not it completes the error.
func (c *Client) again(e *Error, budget, waited time.Duration, now time.Time) bool {
	if e.Class > ClassSequence {
		return false
	}
	if soonOrNever(e.Code) {
		if doubtful := c.doubts.last(e, now, c.startTimeout); doubtful >= c.startTimeout {
			e.Class, e.Waited = ClassStop, doubtful
			c.metadata.forget(e.Topic) // whoever asks again does so for a reason
			return false
		}
	}
	if budget == forever || waited < budget {
		return true
	}
	e.Waited = waited
	if !c.answered.Load() && e.Err != nil {
		e.hint = hintFirst(e.Err)
	}
	return false
}

// doubts remember since when places answer by a code that passes soon or never: longer than one call, because a caller may
// give up and begin again meanwhile, as a transaction does that must end before its time-out.
type doubts struct {
	n  atomic.Int32 // of them, so that settle costs one load when there is none
	mu sync.Mutex
	of map[place]doubt
}

type doubt struct{ first, last time.Time }

// doubted is the place that an answer is about, whoever asked: a partition, where it is of one.
func doubted(e *Error) place {
	if e.Topic != "" {
		return place{topic: e.Topic, partition: e.Partition}
	}
	return placeOf(e)
}

// last notes such an answer, and gives for how long they have come. Two that are further apart than the patience belong to
// two troubles.
func (d *doubts) last(e *Error, now time.Time, patience time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[place]doubt{}
	}
	known, ok := d.of[doubted(e)]
	if !ok {
		d.n.Add(1)
	}
	if !ok || now.Sub(known.last) > patience+backoffLast {
		known.first = now
	}
	known.last = now
	d.of[doubted(e)] = known
	return now.Sub(known.first)
}

// settle forgets a place.
func (d *doubts) settle(at *Error) {
	if d.n.Load() == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.of[doubted(at)]; ok {
		delete(d.of, doubted(at))
		d.n.Add(-1)
	}
}

// repair forgets what the failure has shown to be out of date. A connection that broke may have been to a broker that
// is gone, so that its partitions are led by others now.
func (c *Client) repair(e *Error) {
	if e.Topic != "" && (e.Class == ClassRefresh || e.Code == 0) {
		c.metadata.forget(e.Topic)
	}
	if e.Class == ClassCoordinator || e.Code == 0 {
		if e.Group != "" {
			c.coordinators.forget(coordinated{ofGroup, e.Group})
		}
		if e.TransactionalID != "" {
			c.coordinators.forget(coordinated{ofTransactional, e.TransactionalID})
		}
	}
}

// backoff doubles from backoffFirst to backoffLast; the upper half of each is random, so that the partitions of a broker
// that died do not come back in step.
func backoff(attempt int) time.Duration {
	d := backoffLast
	if attempt < 5 {
		d = min(backoffFirst<<attempt, backoffLast)
	}
	return d/2 + rand.N(d/2+1)
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

const (
	// grace is how long something may fail without a word: a cut connection is no news.
	grace = time.Second
	// reminder is the time between lines about the same trouble.
	reminder = time.Minute
)

// health is the one place that logs trouble: one line when an operation has failed for longer than grace, however many
// partitions and attempts, one a minute while it lasts, one when all is well again.
type health struct {
	log *zap.Logger
	ops atomic.Int32 // number of troubled operations, so that well costs one load when there is none

	mu      sync.Mutex
	trouble map[string]*trouble // by operation
}

type trouble struct {
	since  time.Time
	logged time.Time // zero: not yet
	places map[place]struct{}
}

type place struct {
	group, transactional, topic string
	partition                   int
}

func placeOf(e *Error) place { return place{e.Group, e.TransactionalID, e.Topic, e.Partition} }

func (h *health) ill(at *Error, e *Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.trouble[at.Op]
	now := time.Now()
	if t == nil {
		if h.trouble == nil {
			h.trouble = map[string]*trouble{}
		}
		t = &trouble{since: now, places: map[place]struct{}{}}
		h.trouble[at.Op] = t
		h.ops.Add(1)
	}
	t.places[placeOf(at)] = struct{}{}
	if now.Sub(t.since) < grace || !t.logged.IsZero() && now.Sub(t.logged) < reminder {
		return
	}
	t.logged = now
	h.log.Warn("kafka: waiting, and trying again", zap.String("op", at.Op), zap.Int("places", len(t.places)),
		zap.Duration("for", now.Sub(t.since).Round(time.Millisecond)), zap.String("last_error", e.Error()))
}

// well takes a place off its operation's trouble.
func (h *health) well(at *Error) { h.end(at, true) }

// gone does so for a place that is not tried any more.
func (h *health) gone(at *Error) { h.end(at, false) }

func (h *health) end(at *Error, well bool) {
	if h.ops.Load() == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.trouble[at.Op]
	if t == nil {
		return
	}
	delete(t.places, placeOf(at))
	if len(t.places) > 0 {
		return
	}
	delete(h.trouble, at.Op)
	h.ops.Add(-1)
	if well && !t.logged.IsZero() {
		h.log.Info("kafka: well again", zap.String("op", at.Op),
			zap.Duration("after", time.Since(t.since).Round(time.Millisecond)))
	}
}
