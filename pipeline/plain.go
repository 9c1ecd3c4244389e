package pipeline

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/wire"
)

// plain delivers at least once: each partition writes by a producer of its own, and what is acknowledged is committed at
// every interval, all partitions of the generation in one request. It only ever reads acked(), so an offset is never
// committed before its records are safe.
//
// The producers are those of the partitions' transactional ids, though their batches belong to no transaction: so a
// sink partition to which the next owner has written takes nothing any more of this one (see wire.Producer).
type plain struct {
	route      *route
	gen        *wire.Generation
	partitions []*partition
	assigned   map[*partition]int64 // the group's offset when the generation began; -1 none
	committed  map[*partition]int64
	failing    bool

	mu        sync.Mutex
	producers map[*partition]*wire.Producer
	fenced    bool
	over      sync.Once // the generation is given up
}

func (r *route) newPlain(gen *wire.Generation, partitions []*partition, assigned map[*partition]int64) *plain {
	d := &plain{
		route: r, gen: gen, partitions: partitions, assigned: assigned,
		committed: map[*partition]int64{}, producers: map[*partition]*wire.Producer{},
	}
	for _, p := range partitions {
		p.next.Store(r.resume(gen.ID, p.name(), assigned[p]))
	}
	return d
}

func (d *plain) join(ctx context.Context, p *partition) (outlet, error) {
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	producer, err := d.producer(ctx, p)
	if err != nil {
		return nil, err
	}
	return plainOutlet{producer, p}, nil
}

// producer gives the partition's, and takes it where this is its first flow in the generation.
func (d *plain) producer(ctx context.Context, p *partition) (*wire.Producer, error) {
	d.mu.Lock()
	producer := d.producers[p]
	d.mu.Unlock()
	if producer != nil {
		return producer, nil
	}
	producer, err := d.route.client.NewProducer(ctx, d.route.transactionalID(p), d.route.transactionTimeout)
	if err != nil {
		return nil, fmt.Errorf("cannot get a producer id: %w", err)
	}
	if err := d.gen.Confirm(ctx); err != nil {
		return nil, fmt.Errorf("cannot ask the group whether the partition still is ours: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.producers[p] = producer
	return producer, nil
}

// giveUp ends the generation: the brokers know better than we do who owns the partitions.
func (d *plain) giveUp(cause error) {
	d.mu.Lock()
	d.fenced = true
	d.mu.Unlock()
	d.over.Do(func() { d.route.giveUp(d.gen, cause) })
}

// A plainOutlet acknowledges each load as soon as it is written.
type plainOutlet struct {
	*wire.Producer
	p *partition
}

func (o plainOutlet) begin(context.Context, *load) error { return nil }

func (o plainOutlet) end(l *load, err error) {
	if err != nil {
		o.p.outcome.forget()
		return
	}
	o.p.acknowledge(l.next)
}

func (o plainOutlet) leave() error             { return nil }
func (o plainOutlet) moved() context.Context   { return context.Background() }
func (o plainOutlet) aborted() context.Context { return context.Background() }

// commitBound is how long one commit may take, also the last one of a generation.
const commitBound = 3 * time.Second

// run commits at every interval, and once more when the partitions are done.
func (d *plain) run(done <-chan struct{}) {
	tick := time.NewTicker(d.route.commitInterval)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-tick.C:
		case <-done:
			over = true
		}
		d.commit()
	}
	d.route.left, d.route.leftGeneration = d.left(), d.gen.ID
}

// left is where the partitions stand. Where a producer was fenced it is nothing: whoever did so may have written behind us.
func (d *plain) left() map[string]left {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fenced {
		return nil
	}
	out := make(map[string]left, len(d.partitions))
	for _, p := range d.partitions {
		out[p.name()] = left{committed: d.known(p), acked: p.next.Load()}
	}
	return out
}

// known is the offset that the group has for a partition, as far as we know.
func (d *plain) known(p *partition) int64 {
	if offset, ok := d.committed[p]; ok {
		return offset
	}
	return d.assigned[p]
}

// commit sends what has moved. What fails is sent again at the next interval: the offsets only grow.
func (d *plain) commit() {
	offsets := map[string]map[int]int64{}
	moved := map[*partition]int64{}
	for _, p := range d.partitions {
		p.metrics.lag.Set(p.lag()) // also while the partition does not fetch: then it matters most
		offset, ok := p.acked()
		if before, has := d.committed[p]; !ok || has && before == offset {
			continue
		}
		if offsets[p.topic] == nil {
			offsets[p.topic] = map[int]int64{}
		}
		offsets[p.topic][p.id] = offset
		moved[p] = offset
	}
	if len(moved) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), commitBound)
	defer cancel()
	if err := d.gen.Commit(ctx, offsets); err != nil {
		if wire.ClassOf(err) == wire.ClassGiveUp {
			d.over.Do(func() { d.route.giveUp(d.gen, err) })
			return
		}
		if !d.failing {
			d.failing = true
			d.route.log.Warn("offsets cannot be committed; records after the last commit would be written twice after a restart", zap.Error(err))
		}
		return
	}
	if d.failing {
		d.failing = false
		d.route.log.Info("offsets are committed again")
	}
	for p, offset := range moved {
		d.committed[p] = offset
	}
}
