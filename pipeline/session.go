package pipeline

import (
	"context"
	"errors"
	"time"

	"voile/pipeline/wire"
)

// A session is the way of one flow into the transactions of its unit.
type session struct {
	u  *unit
	p  *partition
	id *wire.Transactor

	leaving             bool // guarded by units.mu
	hasMoved, hasFailed context.Context
}

// admit makes a session. The caller holds mu, and the unit is open.
func (u *unit) admit(p *partition) *session {
	s := &session{u: u, p: p, id: u.id, hasMoved: u.moved, hasFailed: u.aborted}
	u.sessions[p] = s
	// A start must be committed, or `start: latest` would mean another place after a restart.
	if next := p.next.Load(); next != u.s.known[p] {
		u.begin()
		u.txn.next[p] = next
	}
	return s
}

func (s *session) moved() context.Context   { return s.hasMoved }
func (s *session) aborted() context.Context { return s.hasFailed }

// begin waits while a transaction is being committed, and opens one where none is.
func (s *session) begin(ctx context.Context, l *load) error {
	u := s.u
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for u.state == unitClosing || u.state == unitOpen && u.txn.bytes >= maxTransaction {
		if err := u.s.wait(ctx, nil); err != nil {
			return err
		}
	}
	if s.hasFailed.Err() != nil {
		return errAborted
	}
	u.begin()
	u.txn.writing[s.p] = l.next
	return nil
}

// begin opens a transaction where none is. The caller holds mu.
func (u *unit) begin() {
	if u.txn.began.IsZero() {
		u.txn.began = time.Now()
		u.s.ring()
	}
}

func (s *session) Produce(ctx context.Context, topic string, n, count int,
	encode func(id int64, epoch int16, sequence int32) ([]byte, error)) (baseOffset int64, err error) {
	baseOffset, err = s.id.Produce(ctx, topic, n, count, encode)
	if errors.Is(err, wire.ErrTransactionFailed) {
		err = errAborted // another session knows why
	}
	return baseOffset, err
}

func (s *session) end(l *load, err error) {
	u := s.u
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if s.hasFailed.Err() != nil {
		return
	}
	delete(u.txn.writing, s.p)
	switch {
	case err == nil:
		u.txn.next[s.p] = l.next
		u.txn.records += l.passed + l.dropped + len(l.aside)
		u.txn.bytes += l.size
	case errors.Is(err, errAborted): // whose fault it is says so, or the commit fails
	case errors.Is(err, context.Canceled):
		u.fail(failure{err: err, reason: abortEnd, by: s.p})
	default:
		u.fail(failure{err: err, reason: abortError, by: s.p})
	}
	u.s.ring()
}

// leave waits until the unit has committed what the session wrote. The unit commits early where all of its sessions wait.
func (s *session) leave() error {
	u := s.u
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	s.leaving = true
	u.s.ring()
	defer func() {
		delete(u.sessions, s.p)
		u.s.ring()
	}()
	for {
		if s.hasFailed.Err() != nil {
			return errAborted
		}
		if _, open := u.txn.next[s.p]; !open {
			break
		}
		_ = u.s.wait(context.Background(), nil) // the unit commits or fails
	}
	if s.hasMoved.Err() != nil {
		return errMoved
	}
	return nil
}
