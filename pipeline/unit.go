package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/wire"
)

// A unit is source partitions whose records are committed in one transaction. What stands in here is guarded by units.mu,
// and id is used by the unit's own goroutine, and by the sessions while the unit is open or closing.
type unit struct {
	s        *units
	isolated *partition // which the unit is of alone; else nil
	id       *wire.Transactor

	state    unitState
	sessions map[*partition]*session
	stopped  error // why nobody gets in until a person has put something right
	failed   failure
	since    time.Time // the unit was made

	txn transaction

	// Of the sessions since the unit was opened last.
	aborted, moved          context.Context
	endAborted, endSessions context.CancelFunc
}

type unitState uint8

const (
	unitSettling unitState = iota // nobody gets in
	unitOpen                      // loads are written
	unitClosing                   // loads under way are finished, and none is begun
	unitFailed                    // nothing of what was written counts
	unitOver                      // the unit is no more
)

// A transaction is what is written and not yet committed.
type transaction struct {
	began   time.Time            // of the first load; zero: there is none
	writing map[*partition]bool  // a load of it is under way
	next    map[*partition]int64 // the offsets to commit
	records int
	bytes   int
}

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

const (
	// maxTransaction closes a transaction before its time.
	maxTransaction = 64 << 20
	// stuckAfter is how long the others wait for a partition whose sink does not answer. It is more than the 7 to 10 s
	// that all partitions stand still when a broker is killed.
	stuckAfter = 12 * time.Second
	// isolation is how long a partition writes alone at least.
	isolation = 30 * time.Second
)

func (s *units) newUnit(isolated *partition) *unit {
	return &unit{s: s, isolated: isolated, sessions: map[*partition]*session{}, since: time.Now()}
}

// run commits one transaction after the other until all partitions have returned, or the partition is reunited.
func (u *unit) run() {
	backoff := newBackoff()
	for {
		err := u.settle()
		if err == nil {
			backoff.reset()
			err = u.work()
		}
		if err == nil || !u.again(err) {
			return
		}
		backoff.wait(u.s.working)
	}
}

// settle waits until no session is left, ends what is open, and finds out where to begin.
func (u *unit) settle() error {
	members, err := u.empty()
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return nil // work says that it is over
	}
	if err := u.id.Abort(u.s.working); err != nil {
		return fmt.Errorf("cannot abort the transaction: %w", err)
	}
	asked := map[string][]int{}
	for _, p := range members {
		asked[p.topic] = append(asked[p.topic], p.id)
	}
	offsets, err := u.s.route.client.CommittedOf(u.s.working, u.s.route.cfg.Group, asked, true)
	if err != nil {
		return fmt.Errorf("cannot read the offsets of the group: %w", err)
	}
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for _, p := range members {
		next := offsets[p.topic][p.id].Next
		// Where the group stands as it did, a start that was found, or an end of what is lost, holds.
		if known, ok := u.s.known[p]; !ok || known != next || p.next.Load() < 0 {
			p.next.Store(next)
			u.s.known[p] = next
		}
		p.outcome.forget()
	}
	u.open()
	return nil
}

// empty waits until the unit has no session, and gives its partitions.
func (u *unit) empty() (members []*partition, err error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for {
		members = members[:0]
		for _, p := range u.s.partitions {
			if u.s.of[p] == u {
				members = append(members, p)
			}
		}
		if len(u.sessions) == 0 && (len(members) > 0 || u.s.done) {
			return members, nil
		}
		if err := u.s.wait(u.s.working, nil); err != nil {
			return nil, err
		}
	}
}

// open lets sessions in. The caller holds mu.
func (u *unit) open() {
	if u.s.given {
		return
	}
	u.state, u.failed = unitOpen, failure{}
	u.txn = transaction{writing: map[*partition]bool{}, next: map[*partition]int64{}}
	u.aborted, u.endAborted = context.WithCancel(context.Background())
	u.moved, u.endSessions = context.WithCancel(context.Background())
	u.s.ring()
}

// fail ends the transaction. The caller holds mu.
func (u *unit) fail(f failure) {
	if u.state != unitOpen && u.state != unitClosing {
		return
	}
	u.state, u.failed = unitFailed, f
	u.endAborted()
	u.s.ring()
}

// work commits transactions until one fails or there will be none any more.
func (u *unit) work() error {
	for {
		due, err := u.due()
		if err != nil || !due {
			return err
		}
		if err := u.finish(); err != nil {
			return err
		}
		if err := u.commit(); err != nil {
			return err
		}
	}
}

// due waits until the transaction is to be closed, and closes it. It is false when there will be none any more.
func (u *unit) due() (bool, error) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for {
		switch {
		case u.state == unitFailed:
			return false, u.failed.err
		case u.over():
			u.state = unitOver
			if u.isolated != nil && !u.s.done {
				u.s.reunite(u.isolated)
			}
			u.s.ring()
			return false, nil
		case !u.txn.began.IsZero() && u.ripe():
			u.state = unitClosing
			return true, nil
		}
		if err := u.waitUntil(u.txn.began, u.s.route.commitInterval); err != nil {
			return false, err
		}
	}
}

// over says whether the unit has nothing left to do: all partitions have returned, or the one that it is of goes back to
// the others. The caller holds mu.
func (u *unit) over() bool {
	return len(u.sessions) == 0 && u.txn.began.IsZero() && (u.s.done || u.moved != nil && u.moved.Err() != nil)
}

// ripe says whether the transaction is to be closed: it has been open for long enough, it is large, or nobody goes on
// writing. The caller holds mu.
func (u *unit) ripe() bool {
	if time.Since(u.txn.began) >= u.s.route.commitInterval || u.txn.bytes >= maxTransaction {
		return true
	}
	for _, s := range u.sessions {
		if !s.leaving {
			return false
		}
	}
	return true
}

// waitUntil waits for a change, or until d after a time that is not zero. Where the process has no time left the
// transaction fails. The caller holds mu.
func (u *unit) waitUntil(from time.Time, d time.Duration) error {
	var until <-chan time.Time
	if !from.IsZero() {
		t := time.NewTimer(time.Until(from.Add(d)))
		defer t.Stop()
		until = t.C
	}
	if err := u.s.wait(u.s.working, until); err != nil {
		u.fail(failure{err: err, reason: abortEnd})
		return err
	}
	return nil
}

// finish waits until the loads under way are written. Those whose sink does not answer do not hold up the others.
func (u *unit) finish() error {
	closed := time.Now()
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for len(u.txn.writing) > 0 {
		if u.state == unitFailed {
			return u.failed.err
		}
		if f, stuck := u.stuck(closed); stuck {
			u.fail(f)
			return f.err
		}
		if err := u.waitUntil(time.Now(), time.Second); err != nil {
			return err
		}
	}
	if u.state == unitFailed {
		return u.failed.err
	}
	return nil
}

// stuck says whether the loads under way have been waited for long enough, and why: because of others, or because the
// brokers would soon abort the transaction by themselves, and fence us. The caller holds mu.
func (u *unit) stuck(closed time.Time) (failure, bool) {
	switch {
	case time.Since(closed) >= stuckAfter && len(u.txn.writing) < len(u.sessions):
		f := failure{err: errStuck, reason: abortStuck}
		for p := range u.txn.writing {
			f.stuck = append(f.stuck, p)
		}
		return f, true
	case time.Since(u.txn.began) >= u.s.route.transactionTimeout*2/3:
		return failure{err: errTooLong, reason: abortStuck}, true
	}
	return failure{}, false
}

var (
	errStuck   = errors.New("a partition of the sink does not answer")
	errTooLong = errors.New("the sink does not answer, and the brokers would soon abort the transaction by themselves (limits.transaction_timeout)")
)

// commit commits what is written together with the offsets behind it.
func (u *unit) commit() error {
	offsets := wire.GroupOffsets{Group: u.s.route.cfg.Group, Generation: u.s.gen.ID, Member: u.s.gen.MemberID,
		Topics: map[string]map[int]wire.Committed{}}
	for p, next := range u.txn.next {
		if offsets.Topics[p.topic] == nil {
			offsets.Topics[p.topic] = map[int]wire.Committed{}
		}
		offsets.Topics[p.topic][p.id] = wire.Committed{Next: next}
	}
	err := u.id.Commit(u.s.working, offsets)
	if err == nil {
		for p, next := range u.txn.next {
			p.acknowledge(next)
		}
	}
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if err != nil {
		f := failure{err: fmt.Errorf("cannot commit the transaction: %w", err), reason: abortError}
		if u.s.working.Err() != nil {
			f.reason = abortEnd
		}
		u.fail(f)
		return f.err
	}
	u.s.route.metrics.committed(time.Since(u.txn.began), u.txn.records)
	maps.Copy(u.s.known, u.txn.next)
	clear(u.txn.next)
	u.txn = transaction{writing: u.txn.writing, next: u.txn.next}
	if u.state == unitClosing {
		u.state = unitOpen
	}
	if u.isolated != nil && time.Since(u.since) >= isolation {
		u.endSessions()
	}
	u.s.ring()
	return nil
}

// again says whether the unit goes on after an error, and has everybody know what came of it.
func (u *unit) again(err error) bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	f := u.failed
	if u.failed = (failure{}); f.err == nil { // in between two transactions
		f = failure{err: err, reason: abortError}
	}
	switch {
	case u.s.given || u.s.working.Err() != nil:
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
	case f.reason == abortEnd:
	default:
		u.s.route.log.Warn("transaction aborted; its partitions are taken up again from the last committed record",
			zap.String("reason", string(f.reason)), zap.Error(f.err))
	}
	u.s.route.metrics.aborted(f.reason)
	for len(u.sessions) > 0 {
		if u.s.wait(u.s.working, nil) != nil {
			return false
		}
	}
	for _, p := range f.stuck {
		u.s.isolate(p)
	}
	u.state = unitSettling
	return true
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
	if !u.txn.began.IsZero() {
		u.s.route.metrics.aborted(f.reason)
	}
	u.fail(f)
	u.state = unitFailed // also where it was not open
	u.s.ring()
}
