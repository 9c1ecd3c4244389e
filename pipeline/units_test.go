package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/wire"
)

// TestBlockedIDsInTurn: when there are enough ids those that were let go are tried again, each in its turn, and none that
// a unit of somebody else may have.
func TestBlockedIDsInTurn(t *testing.T) {
	p, q, other := &partition{id: 0}, &partition{id: 1}, &partition{id: 2}
	s := &units{ids: map[*partition]*wire.Transactor{}}
	for _, p := range []*partition{p, q, other} {
		s.ids[p] = &wire.Transactor{}
	}
	for range maxSpares {
		s.spares = append(s.spares, &wire.Transactor{})
	}
	want := []*wire.Transactor{s.ids[q], s.ids[p], s.spares[1]} // the other spares are in use
	s.blocked = []*wire.Transactor{s.ids[other], want[0], want[1], want[2]}
	for round := range 2 {
		for i, w := range want {
			id, err := s.idFor([]*partition{p, q})
			if err != nil {
				t.Fatal(err)
			}
			if id != w {
				t.Errorf("round %d, %d: another id than the one that was let go the longest ago", round, i)
			}
			s.blocked = append(s.blocked, id) // it is let go again
		}
	}
}

// TestGivenUpWhileSettling: a unit settles after a transaction of its own has failed, and another unit finds meanwhile that
// the generation is given up. The offsets of the failed transaction, whose records do not count, must not be committed.
func TestGivenUpWhileSettling(t *testing.T) {
	p := &partition{}
	s := began(p)
	u := s.all
	u.txn.next[p] = 7
	if !u.again(context.DeadlineExceeded) {
		t.Fatal("the unit does not go on")
	}
	s.mu.Lock()
	s.given, s.done = true, true
	u.open()
	s.mu.Unlock()
	if due, err := u.due(); due || err != nil {
		t.Errorf("a transaction with the offsets %v is due (%v), want none", u.txn.next, err)
	}
}

// began is a unit of partitions, whose transaction has begun.
func began(partitions ...*partition) *units {
	rc := &config.Route{Name: "r", Delivery: config.DeliveryExactlyOnce}
	s := &units{
		route: &route{metrics: NewMetrics(prometheus.NewRegistry()).forRoute(rc, &config.Config{}), commitInterval: time.Millisecond,
			transactionTimeout: time.Minute, log: zap.NewNop()},
		partitions: partitions, known: map[*partition]int64{}, of: map[*partition]*unit{}, bell: make(chan struct{}),
		working: context.Background(), serving: context.Background(),
	}
	s.all = s.newUnit(nil)
	for _, p := range partitions {
		s.of[p] = s.all
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all.open()
	s.all.begin()
	return s
}

// TestOffsetsOfWhatIsWritten: a transaction is not ended whose offsets lie behind a load that was not written, whatever its
// error was, and is where all loads were.
func TestOffsetsOfWhatIsWritten(t *testing.T) {
	for _, tc := range []struct {
		name      string
		err, want error
	}{{"written", nil, nil}, {"not written", errAborted, errUnwritten}, {"failed", errAgain, errAgain}} {
		p, q := &partition{id: 0}, &partition{id: 1}
		s := began(p, q)
		u := s.all
		u.txn.next[q], u.txn.writing[p] = 3, 7
		into := session{u: u, p: p, hasMoved: u.moved, hasFailed: u.aborted}
		go into.end(&load{next: 7}, tc.err)
		if err := u.written(map[*partition]int64{p: 7, q: 3}); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

// TestOffsetsThatCutTheLoadsShort: where the offsets are refused, the loads that this cuts short end first and know no cause: the
// transaction fails by that of the offsets, which says what is to be done.
func TestOffsetsThatCutTheLoadsShort(t *testing.T) {
	fenced := &wire.Error{Op: "commit in the transaction", Code: 22, Class: wire.ClassGiveUp}
	for _, tc := range []struct {
		name    string
		refused error
		want    error
		heals   bool
	}{{"refused", fenced, fenced, true}, {"not refused", nil, errUnwritten, true}} {
		p, q := &partition{id: 0}, &partition{id: 1}
		s := began(p, q)
		s.working = t.Context()
		u := s.all
		u.txn.next[q], u.txn.writing[p] = 3, 7
		into := session{u: u, p: p, hasMoved: u.moved, hasFailed: u.aborted}
		err := u.beside(map[*partition]int64{p: 7, q: 3}, func(context.Context) error {
			into.end(&load{next: 7}, errAborted)
			time.Sleep(20 * time.Millisecond) // written has returned
			if tc.refused == nil {
				return nil
			}
			return u.cannot(tc.refused)
		})
		if !errors.Is(err, tc.want) || !errors.Is(u.failed.err, tc.want) {
			t.Errorf("%s: %v, and the unit failed by %v, want %v", tc.name, err, u.failed.err, tc.want)
		}
		if got := mayHeal(u.failed.err); got != tc.heals {
			t.Errorf("%s: mayHeal(%v) = %t", tc.name, u.failed.err, got)
		}
	}
}

// TestNothingBeginsInALargeTransaction: it is closed first, by a unit that may be busy.
func TestNothingBeginsInALargeTransaction(t *testing.T) {
	p := &partition{id: 0}
	u := began(p).all
	u.txn.bytes = maxTransaction
	into := session{u: u, p: p, hasMoved: u.moved, hasFailed: u.aborted}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := into.begin(ctx, &load{next: 7}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("begin: %v, want it to wait", err)
	}
	if len(u.txn.writing) != 0 {
		t.Errorf("a load is under way: %v", u.txn.writing)
	}
}

// TestOpenFor: a transaction is closed so early that it is committed after the interval, and is open for half of it at least.
func TestOpenFor(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct{ interval, closing, want time.Duration }{
		{100 * ms, 0, 100 * ms}, // nothing is known yet
		{100 * ms, 8 * ms, 92 * ms},
		{100 * ms, 50 * ms, 50 * ms},
		{100 * ms, 51 * ms, 50 * ms},
		{100 * ms, time.Hour, 50 * ms},
		{10 * ms, 9 * ms, 5 * ms},
		{10 * time.Second, 20 * ms, 9980 * ms},
	} {
		if got := openFor(tc.interval, tc.closing); got != tc.want {
			t.Errorf("an interval of %s, of which closing takes %s: open for %s, want %s", tc.interval, tc.closing, got, tc.want)
		}
	}
}

// TestAverage: it is the first one at first, and follows what changes.
func TestAverage(t *testing.T) {
	const ms = time.Millisecond
	if got := average(0, 16*ms); got != 16*ms {
		t.Errorf("after one of 16 ms it is %s", got)
	}
	if got := average(16*ms, 24*ms); got != 17*ms {
		t.Errorf("after 16 ms a 24 ms makes it %s, want 17 ms", got)
	}
	got := 80 * ms
	for range 50 {
		got = average(got, 8*ms)
	}
	if got < 8*ms || got > 9*ms {
		t.Errorf("after 50 of 8 ms it is %s", got)
	}
}
