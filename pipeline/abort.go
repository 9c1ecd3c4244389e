package pipeline

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/wire"
)

// A failure is why a transaction does not come to its end.
type failure struct {
	err    error
	reason abortReason
	by     *partition   // whose load it was; nil: the transaction as a whole
	stuck  []*partition // those to isolate
}

// An abortReason is the label of the metric.
type abortReason string

const (
	abortError   abortReason = "error"   // a request failed for longer than it is retried, or the brokers lost something
	abortFenced  abortReason = "fenced"  // another member has taken over
	abortStuck   abortReason = "stuck"   // a partition of the sink did not answer
	abortStopped abortReason = "stopped" // a partition stopped for something that a person must put right
	abortEnd     abortReason = "end"     // the generation ended before all was written
)

var abortReasons = []abortReason{abortError, abortFenced, abortStuck, abortStopped, abortEnd}

// errAborted is what a flow ends with whose transaction was aborted, by whomever.
var errAborted = errors.New("the transaction was aborted")

// errMoved is what a flow ends with that is to go on in another unit.
var errMoved = errors.New("the partition goes on in another transaction")

var (
	errUnwritten = errors.New("some of what lies before the offsets of the transaction is not written")

	errStuck   = errors.New("a partition of the sink does not answer")
	errTooLong = errors.New("the sink does not answer, and the brokers would soon abort the transaction by themselves (limits.transaction_timeout)")
)

// again says whether the unit goes on after an error, and has everybody know what came of it.
func (u *unit) again(err error) bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	f := u.failed
	if u.failed = (failure{}); f.err == nil { // in between two transactions
		f = failure{err: err, reason: abortError}
	}
	switch {
	case u.s.given || u.s.serving.Err() != nil:
		if f.reason != abortFenced {
			f.reason = abortEnd
		}
		u.abandon(f)
		return false
	case wire.ClassOf(f.err) == wire.ClassGiveUp:
		u.abandon(failure{err: f.err, reason: abortFenced, by: f.by})
		u.s.mu.Unlock()
		u.s.giveUp(f.err)
		u.s.mu.Lock()
		return false
	case f.by == nil && f.reason == abortError && !mayHeal(f.err):
		u.abandon(failure{err: f.err, reason: abortStopped})
		u.s.mu.Unlock()
		goOn := u.stop(f.err)
		u.s.mu.Lock()
		if !goOn {
			return false
		}
		u.state = unitSettling
		return true
	case f.reason == abortError && !mayHeal(f.err): // its partition says so, and the others go on
		f.reason = abortStopped
	case f.reason == abortEnd, u.isolated != nil && (f.reason == abortStuck || wire.Blocked(f.err)): // that was said
	default:
		u.s.route.log.Warn("transaction aborted; its partitions are taken up again from the last committed record",
			zap.String("reason", string(f.reason)), zap.Error(f.err))
	}
	u.forget(f.reason)
	for len(u.sessions) > 0 {
		if u.s.wait(u.s.working, nil) != nil {
			return false
		}
	}
	u.state = unitSettling
	if u.isolated == nil && (f.stuck != nil || wire.Blocked(f.err)) {
		u.letGo()
	}
	for _, p := range f.stuck {
		u.s.isolate(p)
	}
	return true
}

// letGo gives up the id of a transaction that cannot end, having asked for its end: so the group's offsets in it are
// decided, and the partitions that have a leader get their markers. The caller holds mu.
func (u *unit) letGo() {
	id := u.id
	u.id = nil
	if id == nil {
		return
	}
	u.s.blocked = append(u.s.blocked, id)
	u.s.mu.Unlock()
	defer u.s.mu.Lock()
	ctx, cancel := context.WithTimeout(u.s.working, commitBound)
	defer cancel()
	id.Leave(ctx)
}

// stop has all partitions of the unit stand still, and says whether to try again: a right that was taken away is looked
// for again and again, anything else a restart of the process has to put right.
func (u *unit) stop(why error) bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.stopped = why
	u.s.ring()
	if !wire.Forbidden(why) {
		return false
	}
	for end := time.Now().Add(rightsAgain); time.Now().Before(end) && !u.s.done; {
		again := time.NewTimer(time.Until(end))
		err := u.s.wait(u.s.working, again.C)
		again.Stop()
		if err != nil {
			return false
		}
	}
	u.stopped = nil
	return true
}

// abandon ends the unit for good. The caller holds mu.
func (u *unit) abandon(f failure) {
	u.fail(f)
	u.forget(f.reason)
	u.state = unitFailed // also where it was not open
	u.s.ring()
}

// forget leaves nothing of a transaction that has failed, lest its offsets get into the next one: there may be no opening
// any more that would make a new one. The caller holds mu.
func (u *unit) forget(reason abortReason) {
	if !u.txn.began.IsZero() { // else it has failed in between two transactions
		u.s.route.metrics.aborted(reason)
	}
	u.txn = transaction{}
}
