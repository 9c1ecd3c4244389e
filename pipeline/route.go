package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// A route takes the records of its source topics to its sink, as one member of a consumer group. What stands in here
// does not change while it runs.
type route struct {
	cfg     *config.Route
	client  *wire.Client
	rules   *transform.Rules
	sealer  quarantine.Sealer
	metrics *routeMetrics
	guard   *guardReport // nil without a guard
	health  *health
	log     *zap.Logger
	now     func() time.Time

	start       wire.Start
	committed   bool        // of the source's transactions only what is committed is read
	sourceCodec bool        // each batch keeps the codec that it came in
	codec       batch.Codec // else
	byKey       bool        // the sink's partition is computed from the key
	exactlyOnce bool

	// commitInterval is how often the group is told how far we are: with exactly once, how long a transaction takes.
	commitInterval     time.Duration
	transactionTimeout time.Duration

	fetchBytes  int
	maxUnpacked int
	drain       time.Duration
	budget      *budget // the process's
	ownBytes    int64   // a partition's

	sinkPartitions       int
	quarantinePartitions int

	// By name, where the last generation left its partitions, and its number. They belong to serve, which runs once at a
	// time.
	left           map[string]left
	leftGeneration int32

	halts     halts
	rejoining rejoining

	memory *memory
}

// left is how far this process came with a partition: what the group is known to have, and what is acknowledged.
type left struct{ committed, acked int64 }

// resume gives the offset to begin with in a generation. One that ends because its coordinator is lost cannot commit its
// last records. In the very next generation, or in the same where the member came back to it, the records that this process
// knows to be acknowledged are not written again: nobody else can have had the partition in between. In any later one
// somebody may have, and may have written records of the same keys again behind ours; then only the group's offset counts.
func (r *route) resume(generation int32, name string, committed int64) int64 {
	if generation != r.leftGeneration && generation != r.leftGeneration+1 {
		return committed
	}
	if l, ok := r.left[name]; ok && l.committed <= committed && committed < l.acked {
		return l.acked
	}
	return committed
}

// run joins the group again and again until ctx ends. An error is one that keeps the route from working at all.
func (r *route) run(ctx context.Context) error {
	group, err := r.client.JoinGroup(wire.GroupConfig{ID: r.cfg.Group, Topics: r.cfg.From})
	if err != nil {
		return fmt.Errorf("route %s: cannot join the group %s: %w", r.cfg.Name, r.cfg.Group, err)
	}
	r.log.Info("route started", zap.Strings("from", r.cfg.From), zap.String("to", r.cfg.To), zap.String("group", r.cfg.Group))
	err = r.generations(ctx, group)
	r.leave(group)
	r.log.Info("route ended")
	return err
}

// leaveBound is how long a route may take to give up its partitions and leave: less than the 10 s that `voile run`
// promises after SIGTERM.
const leaveBound = 9 * time.Second

// leave gives the partitions up and leaves the group. Where the coordinator does not answer in time the group finds out
// by itself, once the session has ended; nothing is lost by that.
func (r *route) leave(group *wire.Group) {
	left := make(chan error, 1)
	go func() { left <- group.Close() }()
	select {
	case err := <-left:
		if err != nil {
			r.log.Warn("the group was not left in order; it gives the partitions to others when the session has ended", zap.Error(err))
		}
	case <-time.After(leaveBound):
		r.log.Warn("the group could not be left in time; it gives the partitions to others when the session has ended")
	}
}

// joinAgain is the pause between two attempts to join a group without a right to.
const joinAgain = 3 * time.Second

func (r *route) generations(ctx context.Context, group *wire.Group) error {
	for denied := false; ; {
		gen, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, wire.ErrClosed):
			return nil
		case wire.Forbidden(err):
			if !denied {
				r.log.Error("the group may not be joined: a right in Kafka is missing; it is tried again", zap.Error(err))
			}
			denied = true
			pause(ctx, joinAgain)
			continue
		case err != nil: // what passes, Next rides out by itself
			return fmt.Errorf("route %s: group %s: %w", r.cfg.Name, r.cfg.Group, err)
		}
		denied = false
		gen.Start(func(ctx context.Context) {
			r.health.setJoined(r.cfg.Name, true)
			defer r.health.setJoined(r.cfg.Name, false)
			r.serve(ctx, gen)
		})
	}
}

// serve moves the records of the partitions that one generation gives, and commits what is acknowledged. When the
// generation ends it fetches no more, finishes what is in flight, commits once more, and gives the partitions up.
func (r *route) serve(ctx context.Context, gen *wire.Generation) {
	partitions, assigned := r.partitionsOf(gen)
	r.log.Info("partitions assigned", zap.Int("generation", int(gen.ID)), zap.Strings("partitions", names(partitions)))
	d := r.newDelivery(ctx, gen, partitions, assigned)
	var wg sync.WaitGroup
	for _, p := range partitions {
		p.delivery = d
		wg.Go(func() { p.serve(ctx) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	go r.memory.sweepUntil(done)
	d.run(done)
	for _, p := range partitions {
		p.metrics.gone()
		r.health.gone(p)
	}
	r.log.Info("partitions given up", zap.Int("generation", int(gen.ID)))
}

func (r *route) newDelivery(ctx context.Context, gen *wire.Generation, partitions []*partition, assigned map[*partition]int64) delivery {
	if r.exactlyOnce {
		return r.newUnits(ctx, gen, partitions)
	}
	return r.newPlain(gen, partitions, assigned)
}

// giveUp makes this process join the group again, soon: somebody else has taken over what it has.
func (r *route) giveUp(gen *wire.Generation, cause error) {
	r.metrics.fenced.Inc()
	r.log.Warn("partitions are given up at once, and the group is joined again: another member has taken over", zap.Int("generation", int(gen.ID)), zap.Error(cause))
	time.AfterFunc(r.rejoining.pause(time.Now()), gen.End)
}

// transactionalID is the id under which a partition is written, or fenced.
func (r *route) transactionalID(p *partition) string {
	return wire.TransactionalID(r.cfg.Group, p.topic, p.id)
}

// partitionsOf makes the partitions that a generation gives, and says where the group stands in each; -1 nowhere.
func (r *route) partitionsOf(gen *wire.Generation) (partitions []*partition, assigned map[*partition]int64) {
	assigned = map[*partition]int64{}
	known := &before{known: map[string]bool{}}
	for _, topic := range slices.Sorted(maps.Keys(gen.Assignments)) {
		for _, a := range gen.Assignments[topic] {
			p := &partition{
				route: r, topic: topic, id: a.Partition,
				log:      r.log.With(zap.String("topic", topic), zap.Int("partition", a.Partition)),
				metrics:  r.metrics.forPartition(topic, a.Partition, r.now()),
				budget:   newBudget(r.ownBytes, r.budget),
				window:   newWindow(r.cfg.QuarantineLimit.Share, r.cfg.QuarantineLimit.Over),
				partSize: batch.Joined,
				before:   known,
			}
			p.next.Store(-1)
			partitions, assigned[p] = append(partitions, p), a.Committed
		}
	}
	return partitions, assigned
}

func names(partitions []*partition) []string {
	out := make([]string, 0, len(partitions))
	for _, p := range partitions {
		out = append(out, fmt.Sprintf("%s/%d", p.topic, p.id))
	}
	return out
}
