package pipeline

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/batch"
	"voile/pipeline/partitioner"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// A partition is one source partition of a route, and the way of its records:
//
//	fetch → decode the batch → transform each record → encode the batch → produce → commit
//
// The first three stages are the methods fetch, transform and produce, each a goroutine, joined by channels that hold
// nothing: each stage works on one element, so that a partition has three fetches in memory at most. Decoding and
// encoding belong to transform, completing a batch to produce. The fourth, commit, is the delivery's, for all
// partitions of a generation together: plain.go (at least once) or units.go (exactly once).
//
// The rule above all of it: next moves behind a record only when everything that the record became is acknowledged by
// the brokers, in the sink or in the quarantine; with exactly once, when it is committed there together with the offset.
// So a crash at any place may double records (at least once) and never loses one, and as one goroutine produces one batch
// after the other, order holds.
type partition struct {
	route    *route
	topic    string
	id       int
	log      *zap.Logger
	metrics  *partitionMetrics
	budget   *budget
	delivery delivery

	// next is the offset behind the last acknowledged record; -1 until a start is known. end is the partition's, as the
	// last fetch saw it.
	next, end atomic.Int64

	before  *before      // what the group had read when the generation began
	opened  atomic.Int32 // how many decoded batches are in memory
	window  *window
	denied  atomic.Bool // it stands still because a right is missing
	outcome outcome     // of what is written and not yet acknowledged

	// This belongs to the goroutine of one stage, and stays from one flow to the next.
	partSize int // produce's: the largest sealed value that the quarantine topic was seen to take
}

// acked is the offset to commit: every record before it is in the sink or sealed. ok is false where there is none yet.
func (p *partition) acked() (offset int64, ok bool) {
	offset = p.next.Load()
	return offset, offset >= 0
}

// serve moves the partition's records until ctx ends. It starts again from the last acknowledged record after an error
// that may heal, and stands still, visibly, after one that a person must put right.
func (p *partition) serve(ctx context.Context) {
	if err := p.route.halts.of(p); err != nil {
		p.stop(ctx, err)
		return
	}
	backoff := newBackoff()
	for ctx.Err() == nil {
		before := p.next.Load()
		err := p.flow(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errMoved):
			continue
		case errors.Is(err, errAborted):
			p.route.metrics.restart.Inc()
			continue // the unit says why, and lets nobody in before it is well
		case wire.ClassOf(err) == wire.ClassGiveUp:
			p.delivery.giveUp(err)
			<-ctx.Done()
			return
		case p.goOn(err):
			backoff.wait(ctx)
			continue
		case wire.Forbidden(err):
			p.deny(ctx, err)
			continue
		case !mayHeal(err):
			p.route.halts.add(p, err)
			p.stop(ctx, err)
			return
		}
		if p.next.Load() != before {
			backoff.reset()
		}
		p.route.metrics.restart.Inc()
		p.log.Warn("partition taken up again from its last acknowledged record", zap.Error(err))
		backoff.wait(ctx)
	}
}

// stop says why the partition stands still, and holds it until the group gives it to somebody else.
func (p *partition) stop(ctx context.Context, err error) {
	p.metrics.stopped.Set(1)
	p.route.health.stopped(p, err)
	p.log.Error("partition stopped: nothing is skipped, and nothing more is read until this is put right and voile is restarted",
		zap.Int64("next_offset", p.next.Load()), zap.Error(err))
	<-ctx.Done()
}

// rightsAgain is how long a right in Kafka that is missing is waited for before it is tried again. Nothing is lost by that:
// what a broker refuses for want of a right it has not written.
const rightsAgain = 30 * time.Second

// deny holds the partition for a while, visibly, because a right is missing that somebody may give back.
func (p *partition) deny(ctx context.Context, err error) {
	if !p.denied.Swap(true) {
		p.metrics.stopped.Set(1)
		p.route.health.stopped(p, err)
		p.log.Error("partition stopped: a right in Kafka is missing; nothing is skipped, and it is tried again every 30 s",
			zap.Int64("next_offset", p.next.Load()), zap.Error(err))
	}
	pause(ctx, rightsAgain)
}

// well says that the partition goes on, where it was denied.
func (p *partition) well() {
	if !p.denied.Load() || !p.denied.Swap(false) {
		return
	}
	p.metrics.stopped.Set(0)
	p.route.health.gone(p)
	p.log.Info("partition goes on: the right in Kafka is there again")
}

// flow runs the stages once. When ctx ends it fetches no more and finishes what is in flight, for limits.drain_timeout at
// most. When it has returned nothing of it is in between: what it wrote is acknowledged, or will never be.
func (p *partition) flow(ctx context.Context) error {
	out, err := p.delivery.join(ctx, p)
	if err != nil {
		return err
	}
	fetching, stopFetching := context.WithCancel(ctx)
	defer stopFetching()
	working, stopWorking := outlive(ctx, p.route.drain)
	defer stopWorking()
	defer context.AfterFunc(out.moved(), stopFetching)()
	defer context.AfterFunc(out.aborted(), func() { stopFetching(); stopWorking() })()

	var (
		wg      sync.WaitGroup
		fetched = make(chan *chunk)
		loads   = make(chan *load)
		errs    [3]error
	)
	wg.Go(func() {
		defer close(fetched)
		errs[2] = p.fetch(fetching, fetched)
	})
	wg.Go(func() {
		defer close(loads)
		errs[1] = p.transform(working, fetched, loads)
		stopFetching()
		for c := range fetched {
			p.release(c)
		}
	})
	wg.Go(func() {
		errs[0] = p.produce(working, out, loads)
		stopWorking()
		stopFetching()
		for l := range loads {
			p.recycle(l)
		}
	})
	wg.Wait()
	left := out.leave()
	// The furthest stage's error is the cause; the others' are its echo.
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	if left != nil {
		return left
	}
	return errors.Join(append(errs[:], errAgain)...)
}

// fetch reads record sets ahead of the transform, as far as the budget lets it.
func (p *partition) fetch(ctx context.Context, out chan<- *chunk) error {
	offset, size := p.next.Load(), p.route.fetchBytes
	for {
		c, err := p.chunk(ctx, size)
		if err != nil {
			return err
		}
		res, err := p.route.client.Fetch(ctx, wire.FetchRequest{
			Topic: p.topic, Partition: p.id, Offset: offset,
			MaxBytes: size, MaxWait: fetchWait, ReadCommitted: p.route.committed,
		}, c.buf)
		if err != nil {
			p.release(c)
			return p.fetchError(offset, &res, err)
		}
		if err := p.adopt(ctx, c, &res); err != nil {
			p.release(c)
			return err
		}
		size = min(p.route.fetchBytes, max(minFetch, 4*len(c.set)))
		next := c.read(offset)
		p.end.Store(res.LastStableOffset)
		p.metrics.lag.Set(p.lag())
		at(p.metrics.fetched, p.route.now())
		if next == offset && len(c.set) == 0 {
			p.release(c)
			if p.next.Load() == offset { // all there is is written, so that no right can be missing
				p.well()
			}
			continue
		}
		select {
		case out <- c:
		case <-ctx.Done():
			p.release(c)
			return ctx.Err()
		}
		if next == offset {
			return nil // no whole batch can be cut off: the transform says so
		}
		offset = next
	}
}

// transform decodes the batches of each chunk and rewrites their records, and joins those of a chunk to loads.
func (p *partition) transform(ctx context.Context, in <-chan *chunk, out chan<- *load) error {
	t := p.newTransforming(ctx, out)
	defer t.leave()
	for c := range in {
		err := t.chunk(c)
		if err == nil {
			err = t.flush() // a busy partition fetches enough for a load; any other waits for no company
		}
		p.release(c)
		if err != nil {
			return errors.Join(err, t.flush())
		}
	}
	return nil
}

// produce writes each load, and only then lets the delivery acknowledge it.
func (p *partition) produce(ctx context.Context, out outlet, in <-chan *load) error {
	s := &sending{p: p, ctx: ctx, out: out, sealed: quarantine.NewWriter(p.route.sealer)}
	for l := range in {
		err := out.begin(ctx, l)
		if err == nil {
			err = s.load(l)
			if err == nil {
				p.outcome.add(l)
			}
			out.end(l, err)
		}
		next := l.next
		p.recycle(l)
		if err != nil {
			return err
		}
		if s.refusal != "" { // the load was finished first
			return p.tooMany(next-1, s.refusal)
		}
	}
	return nil
}

// acknowledge notes that everything before next is in the sink or sealed, for good.
func (p *partition) acknowledge(next int64) {
	p.next.Store(next)
	p.well()
	at(p.metrics.acknowledged, p.route.now())
	p.outcome.count(p.route.metrics, p.route.now())
}

// lag is how many records wait, as far as the last fetch saw.
func (p *partition) lag() float64 { return float64(max(0, p.end.Load()-p.next.Load())) }

// fetchWait is how long a broker holds a fetch that finds nothing new.
const fetchWait = 500 * time.Millisecond

// minFetch is the size of a fetch of a partition that brought nothing the last time: it holds nothing of the budget while it
// waits for a record.
const minFetch = 16 << 10

// endOf gives the offset to fetch next: behind the last whole batch of a record set, or offset where there is none. A
// batch whose CRC is wrong is not believed; the transform decides what becomes of it, and fetching goes on at it until then.
// To intact it appends of each batch whether its CRC is right, so that it is computed once.
func endOf(set []byte, offset int64, intact []bool) (int64, []bool) {
	for {
		raw, rest, ok, err := batch.Next(set)
		if err != nil || !ok {
			return offset, intact
		}
		right := batch.Intact(raw)
		if intact = append(intact, right); right {
			// The header comes along with an error about what is in it, such as an unknown codec.
			h, _ := batch.ParseHeader(raw)
			offset = max(offset, h.NextOffset())
		}
		set = rest
	}
}

// destination says which partition of the sink a record goes to.
func (r *route) destination(rec *record.Record, source int) int {
	if !r.byKey {
		return 0 // the lane of the one partition that it stays in
	}
	return partitioner.Of(rec.Key, source, r.sinkPartitions)
}
