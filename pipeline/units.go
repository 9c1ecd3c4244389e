package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/wire"
)

// units delivers exactly once: what the partitions of a generation write, and how far the group has come, is committed
// in one Kafka transaction (KIP-98, KIP-447). docs/adr/0016 says why it is one for all of them.
//
// # What holds
//
// Before: there is one transactional id for each source partition. A member takes the ids of all its partitions, which
// aborts what anybody has open under them, and only then reads the group's offsets, waiting for those that a transaction
// has not decided yet (never those of the join: they may be old). Each transaction runs under the id of one of the
// partitions that are in it. So whatever a predecessor left open is aborted by whoever gets that one partition, at once.
//
// During: a unit is the partitions that share a transaction; one holds all of them. Its transaction begins with the first
// load, and closes shortly before commit_interval is over, or when it is large: nobody begins a load, the offsets behind those
// under way are added with the generation and the member while these are finished, all of it is committed.
//
// After an error nothing of the transaction counts. Its flows end, the id is taken anew, with the producer id and epoch
// that we had, so that who was put out cannot put out its successor, the offsets are read again, and the flows begin
// there. Where another member has taken over, all is given up and the group joined again.
//
// A partition whose sink does not answer would hold up the others. It is isolated: from then on it has a unit, and a
// transactional id, of its own, until it has been well for a while. The id under which it wrote with the others is left
// alone: the transaction cannot end before the partition of the sink has a leader again.
type units struct {
	route      *route
	gen        *wire.Generation
	partitions []*partition
	ids        map[*partition]*wire.Transactor // but those that were blocked when they were to be taken
	spares     []*wire.Transactor

	working context.Context // ends some time after the generation has: what is open then is aborted
	stop    context.CancelFunc
	serving context.Context // ends before that when all partitions have returned: then nothing is begun any more
	finish  context.CancelFunc
	running sync.WaitGroup // of the units

	mu      sync.Mutex
	bell    chan struct{} // closed and made anew with every change of what mu guards, also of the units
	of      map[*partition]*unit
	all     *unit                // which holds whoever is not isolated
	known   map[*partition]int64 // the group's offset, as far as we know; -1 none
	blocked []*wire.Transactor   // let go, because their last transaction does not end; the longest ago first
	given   bool                 // the generation is given up: nobody gets in any more
	done    bool                 // all partitions have returned
}

func (r *route) newUnits(ctx context.Context, gen *wire.Generation, partitions []*partition) *units {
	s := &units{
		route: r, gen: gen, partitions: partitions, ids: map[*partition]*wire.Transactor{},
		bell: make(chan struct{}), of: map[*partition]*unit{}, known: map[*partition]int64{},
	}
	s.working, s.stop = outlive(ctx, r.drain+commitBound)
	s.serving, s.finish = context.WithCancel(s.working)
	s.all = s.newUnit(nil)
	for _, p := range partitions {
		s.of[p] = s.all
	}
	return s
}

// ring wakes all who wait. The caller holds mu.
func (s *units) ring() {
	close(s.bell)
	s.bell = make(chan struct{})
}

// wait lets go of mu, which the caller holds, until something changes, the time has come (nil: never), or ctx ends, of
// which the error is.
func (s *units) wait(ctx context.Context, until <-chan time.Time) error {
	bell := s.bell
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-bell:
	case <-until:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (s *units) join(ctx context.Context, p *partition) (outlet, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		u := s.of[p]
		switch {
		case s.given: // until the generation ends
		case u.stopped != nil:
			return nil, u.stopped
		case u.state != unitOpen || u.moved.Err() != nil: // until it is open, or p is in another
		case p.next.Load() < 0:
			if err := s.first(ctx, p); err != nil {
				return nil, err
			}
			continue // the unit may have failed meanwhile
		default:
			return u.admit(p), nil
		}
		if err := s.wait(ctx, nil); err != nil {
			return nil, err
		}
	}
}

// first finds the offset that a partition begins with of which the group has none. It lets go of mu meanwhile.
func (s *units) first(ctx context.Context, p *partition) error {
	s.mu.Unlock()
	defer s.mu.Lock()
	return p.start(ctx)
}

// giveUp lets nobody write any more, and has the process join the group again.
func (s *units) giveUp(cause error) {
	s.mu.Lock()
	first := !s.given
	s.given = true
	for _, u := range s.every() {
		u.fail(failure{err: cause, reason: abortFenced})
	}
	s.ring()
	s.mu.Unlock()
	if first {
		s.route.giveUp(s.gen, cause)
	}
}

// every gives all units there are. The caller holds mu.
func (s *units) every() []*unit {
	all := []*unit{s.all}
	for _, p := range s.partitions {
		if u := s.of[p]; u != s.all {
			all = append(all, u)
		}
	}
	return all
}

// run takes the ids, has the units commit until all partitions have returned, and aborts what is open then.
func (s *units) run(done <-chan struct{}) {
	defer s.stop()
	s.running.Go(func() {
		if s.take() {
			s.all.run()
		}
	})
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-tick.C:
			for _, p := range s.partitions {
				p.metrics.lag.Set(p.lag()) // also while the partition does not fetch: then it matters most
			}
		case <-done:
			over = true
		}
	}
	s.mu.Lock()
	s.done = true
	s.finish()
	s.ring()
	s.mu.Unlock()
	s.running.Wait()
	s.leave()
}

// leaving bounds how long what is open at the end is aborted by us rather than by the next owner.
const leaving = time.Second

func (s *units) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaving)
	defer cancel()
	var wg sync.WaitGroup
	for _, id := range slices.AppendSeq(s.spares, maps.Values(s.ids)) {
		wg.Go(func() { id.Leave(ctx) })
	}
	wg.Wait()
}

// take takes the ids of all partitions, as often as it needs to. It is false where that will not be.
func (s *units) take() bool {
	backoff := newBackoff()
	for {
		err := s.takeAll()
		switch {
		case err == nil:
			return true
		case s.serving.Err() != nil:
			return false
		case wire.ClassOf(err) == wire.ClassGiveUp:
			s.giveUp(err)
			return false
		case !mayHeal(err):
			if !s.all.stop(err) {
				return false
			}
			continue
		}
		s.route.log.Warn("the transactional ids of the partitions cannot be taken; nothing is written before they are", zap.Error(err))
		backoff.wait(s.serving)
	}
}

// takeAll takes the ids that are not taken yet.
func (s *units) takeAll() error {
	var (
		wg     sync.WaitGroup
		taken  = make([]*wire.Transactor, len(s.partitions))
		failed = make([]error, len(s.partitions))
	)
	for i, p := range s.partitions {
		if s.ids[p] != nil {
			continue
		}
		wg.Go(func() {
			taken[i], failed[i] = s.route.client.NewTransactor(s.serving, s.route.transactionalID(p), s.route.transactionTimeout)
		})
	}
	wg.Wait()
	for i, p := range s.partitions {
		if failed[i] == nil && taken[i] != nil {
			s.ids[p] = taken[i]
		}
	}
	for i, err := range failed {
		switch {
		case wire.Blocked(err): // it fences nobody then; the group's generation does
			s.partitions[i].log.Warn("the transactional id of the partition is blocked by a transaction that does not end; it writes under another", zap.Error(err))
		case err != nil: // the others are about the same
			return fmt.Errorf("cannot take the transactional id of a partition: %w", err)
		}
	}
	if err := s.gen.Confirm(s.serving); err != nil {
		return fmt.Errorf("cannot ask the group whether the partition still is ours: %w", err)
	}
	return nil
}

// maxSpares is how many ids are made beside those of the partitions before blocked ones are tried again.
const maxSpares = 4

// idFor gives a unit an id under which it can write, and which no other unit has: that of one of its partitions, so that
// their next owner ends what is open. Where all of them are blocked it makes a spare one. That is as safe, since the
// group's generation fences as well; only what is open under it when the process dies is ended no sooner than after the
// transaction timeout. The generation is in its name, so that it is not blocked by what the process did before.
func (s *units) idFor(members []*partition) (*wire.Transactor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := map[*wire.Transactor]bool{}
	for _, p := range members {
		id := s.ids[p]
		if id != nil && !slices.Contains(s.blocked, id) {
			return id, nil
		}
		own[id] = true
	}
	if len(s.spares) >= maxSpares {
		for i, id := range s.blocked {
			if own[id] || slices.Contains(s.spares, id) {
				s.blocked = slices.Delete(s.blocked, i, i+1)
				return id, nil
			}
		}
	}
	name := fmt.Sprintf("%s/spare-%d-%d", s.route.transactionalID(members[0]), s.gen.ID, len(s.spares)+1)
	s.mu.Unlock()
	id, err := s.route.client.NewTransactor(s.serving, name, s.route.transactionTimeout)
	s.mu.Lock()
	if err != nil {
		return nil, fmt.Errorf("cannot take a spare transactional id: %w", err)
	}
	s.spares = append(s.spares, id)
	return id, nil
}

// isolate gives a partition a unit of its own. The caller holds mu, and the partition has no session.
func (s *units) isolate(p *partition) {
	u := s.newUnit(p)
	s.of[p] = u
	p.log.Warn("the sink does not answer this partition: it writes in transactions of its own, so that it does not hold up the others")
	s.running.Go(u.run)
}

// reunite gives a partition back to the unit of all. The caller holds mu, and the partition has no session.
func (s *units) reunite(p *partition) {
	s.of[p] = s.all
	p.log.Info("the partition writes in one transaction with the others again")
}
