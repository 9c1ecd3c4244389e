package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

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

	txn     transaction
	closing time.Duration // how long it lately took from a transaction's close to its commit, on average

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
	writing map[*partition]int64 // the offset behind the load of it that is under way
	next    map[*partition]int64 // the offsets behind what is written
	records int
	bytes   int
	closed  time.Time
}

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
			err = u.work(backoff)
		}
		if err == nil || !u.again(err) {
			return
		}
		backoff.wait(u.s.serving)
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
	if u.id == nil {
		if u.id, err = u.s.idFor(members); err != nil {
			return err
		}
	}
	if err := u.id.Abort(u.s.serving); err != nil { // of one that nothing was written under it does nothing
		return fmt.Errorf("cannot abort the transaction: %w", err)
	}
	asked := map[string][]int{}
	for _, p := range members {
		asked[p.topic] = append(asked[p.topic], p.id)
	}
	offsets, err := u.s.route.client.CommittedOf(u.s.serving, u.s.route.cfg.Group, asked, true)
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
	u.txn = transaction{writing: map[*partition]int64{}, next: map[*partition]int64{}}
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

// work commits transactions until one fails or there will be none any more. That one was committed, not that one may begin,
// ends the series of failures that backoff is of.
func (u *unit) work(failures *backoff) error {
	for {
		if u.half() { // when nobody waits for the coordinator: neither the first loads nor the commit
			u.id.Expect(u.s.working, u.s.route.cfg.Group)
		}
		due, err := u.due()
		if err != nil || !due {
			return err
		}
		next, err := u.finish()
		if err != nil {
			return err
		}
		if err := u.commit(next); err != nil {
			return err
		}
		failures.reset()
	}
}

// half waits for the middle of a transaction. It is false when there is something else to be done.
func (u *unit) half() bool {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for {
		began := u.txn.began
		switch {
		case u.state == unitFailed || u.over() || !began.IsZero() && u.ripe():
			return false
		case !began.IsZero() && time.Since(began) >= u.length()/2:
			return true
		}
		if u.waitUntil(began, u.length()/2) != nil {
			return false
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
			u.state, u.txn.closed = unitClosing, time.Now()
			return true, nil
		}
		if err := u.waitUntil(u.txn.began, u.length()); err != nil {
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
	if time.Since(u.txn.began) >= u.length() || u.txn.bytes >= maxTransaction {
		return true
	}
	for _, s := range u.sessions {
		if !s.leaving {
			return false
		}
	}
	return true
}

// length is how long a transaction is open. The caller holds mu.
func (u *unit) length() time.Duration { return openFor(u.s.route.commitInterval, u.closing) }

// openFor is how long a transaction is open before it is closed, which lasts for about as long as closing says: so that it
// is committed when the interval is over, if that leaves half of it to write.
func openFor(interval, closing time.Duration) time.Duration {
	return max(interval-closing, interval/2)
}

// average gives the moving average of durations, of which next is the newest.
func average(before, next time.Duration) time.Duration {
	if before == 0 {
		return next
	}
	return before + (next-before)/8
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

// finish adds the offsets behind all that is in the transaction, also behind the loads under way, while these are written. It
// gives what it added: nothing of it counts before the transaction ends, nor ever if one of the loads fails.
func (u *unit) finish() (next map[*partition]int64, err error) {
	u.s.mu.Lock()
	next = maps.Clone(u.txn.next)
	maps.Copy(next, u.txn.writing)
	u.s.mu.Unlock()
	return next, u.beside(next, func(ctx context.Context) error { return u.offsets(ctx, next) })
}

// beside adds the offsets while the loads under way are written. What cannot be added cuts the loads short, which then only know
// that they were: the error is that of the offsets.
func (u *unit) beside(next map[*partition]int64, offsets func(context.Context) error) error {
	working, cancel := context.WithCancel(u.s.working)
	defer cancel()
	added := make(chan error, 1)
	go func() { added <- offsets(working) }()
	err := u.written(next)
	cut := errors.Is(err, errUnwritten)
	if err != nil && !cut {
		cancel() // lest it hold up the abort
	}
	unadded := <-added
	switch {
	case unadded != nil && (err == nil || cut):
		return unadded
	case cut:
		return u.cannot(err)
	}
	return err
}

// offsets adds offsets to the transaction.
func (u *unit) offsets(ctx context.Context, next map[*partition]int64) error {
	offsets := wire.GroupOffsets{Group: u.s.route.cfg.Group, Generation: u.s.gen.ID, Member: u.s.gen.MemberID,
		Topics: map[string]map[int]wire.Committed{}}
	for p, next := range next {
		if offsets.Topics[p.topic] == nil {
			offsets.Topics[p.topic] = map[int]wire.Committed{}
		}
		offsets.Topics[p.topic][p.id] = wire.Committed{Next: next}
	}
	err := u.id.Offsets(ctx, offsets)
	if err == nil || errors.Is(err, wire.ErrTransactionFailed) { // by a load, which says why, or the commit fails
		return nil
	}
	return u.cannot(err)
}

// cannot fails a transaction that the unit itself cannot bring to its end.
func (u *unit) cannot(err error) error {
	f := failure{err: fmt.Errorf("cannot commit the transaction: %w", err), reason: abortError}
	if u.s.working.Err() != nil {
		f.reason = abortEnd
	}
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.fail(f)
	return f.err
}

// written waits until the loads under way are written, all that lies before next: if it is not, by the fault of nobody who has said so
// yet, the error is errUnwritten. Those whose sink does not answer do not hold up the others.
func (u *unit) written(next map[*partition]int64) error {
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
	if !maps.Equal(u.txn.next, next) { // whatever became of the others: these offsets must not count
		return errUnwritten
	}
	return nil
}

// stuck says whether the loads under way have been waited for long enough, and why: because of others, or because the
// brokers would soon abort the transaction by themselves, and fence us. The caller holds mu.
func (u *unit) stuck(closed time.Time) (failure, bool) {
	tooLong := time.Since(u.txn.began) >= u.s.route.transactionTimeout*2/3
	switch {
	case len(u.txn.writing) < len(u.sessions) && (tooLong || time.Since(closed) >= stuckAfter):
		f := failure{err: errStuck, reason: abortStuck}
		for p := range u.txn.writing {
			f.stuck = append(f.stuck, p)
		}
		return f, true
	case tooLong:
		return failure{err: errTooLong, reason: abortStuck}, true
	}
	return failure{}, false
}

// commit commits what is written together with the offsets that were added.
func (u *unit) commit(next map[*partition]int64) error {
	if err := u.id.Commit(u.s.working, wire.GroupOffsets{}); err != nil {
		return u.cannot(err)
	}
	for p, next := range next {
		p.acknowledge(next)
	}
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.closing = average(u.closing, min(time.Since(u.txn.closed), u.s.route.commitInterval))
	u.s.route.metrics.committed(time.Since(u.txn.began), u.txn.records)
	maps.Copy(u.s.known, next)
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
