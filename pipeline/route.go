package pipeline

import (
	"context"
	"errors"
	"fmt"
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
	health  *health
	log     *zap.Logger
	now     func() time.Time

	start       wire.Start
	sourceCodec bool        // each batch keeps the codec that it came in
	codec       batch.Codec // else
	byKey       bool        // the sink's partition is computed from the key

	fetchBytes  int
	maxUnpacked int
	drain       time.Duration
	budget      *budget // the process's
	ownBytes    int64   // a partition's

	// Known once the topics were looked at.
	sinkPartitions       int
	quarantinePartitions int

	// By name, where the last generation left its partitions. It belongs to serve, which runs once at a time.
	left map[string]left

	chunks  sync.Pool
	batches sync.Pool
	loads   sync.Pool
}

// left is how far this process came with a partition: what the group is known to have, and what is acknowledged.
type left struct{ committed, acked int64 }

// resume gives the offset to begin with. A generation that ends because its coordinator is lost cannot commit its last
// records. Where the group's offset shows that nobody else has moved it since, the records that this process knows to be
// acknowledged are not written again.
func (r *route) resume(name string, committed int64) int64 {
	if l, ok := r.left[name]; ok && l.committed <= committed && committed < l.acked {
		return l.acked
	}
	return committed
}

// commitInterval is how often acknowledged offsets are committed, all partitions of a generation in one request. After a
// crash at most this much, and what was in flight, is written twice.
const commitInterval = time.Second

// run joins the group again and again until ctx ends. An error is one that keeps the route from working at all.
func (r *route) run(ctx context.Context) error {
	if err := r.look(ctx); err != nil {
		return fmt.Errorf("route %s: %w", r.cfg.Name, err)
	}
	group, err := r.client.JoinGroup(wire.GroupConfig{ID: r.cfg.Group, Topics: r.cfg.From})
	if err != nil {
		return fmt.Errorf("route %s: cannot join the group %s: %w", r.cfg.Name, r.cfg.Group, err)
	}
	r.log.Info("route started", zap.Strings("from", r.cfg.From), zap.String("to", r.cfg.To), zap.String("group", r.cfg.Group))
	err = r.generations(ctx, group)
	r.health.setJoined(r.cfg.Name, false)
	if cerr := group.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("route %s: cannot leave the group %s in order: %w", r.cfg.Name, r.cfg.Group, cerr)
	}
	r.log.Info("route ended")
	return err
}

func (r *route) generations(ctx context.Context, group *wire.Group) error {
	b := newBackoff()
	for {
		gen, err := group.Next(ctx)
		switch {
		case ctx.Err() != nil || errors.Is(err, wire.ErrClosed):
			return nil
		case err != nil && !mayHeal(err):
			return fmt.Errorf("route %s: group %s: %w", r.cfg.Name, r.cfg.Group, err)
		case err != nil:
			r.health.setJoined(r.cfg.Name, false)
			b.wait(ctx)
			continue
		}
		b.reset()
		r.health.setJoined(r.cfg.Name, true)
		gen.Start(func(ctx context.Context) { r.serve(ctx, gen) })
	}
}

// look holds the configuration against the topics as they are.
func (r *route) look(ctx context.Context) error {
	topics := append([]string{r.cfg.To, r.cfg.QuarantineTopic}, r.cfg.From...)
	counts, err := r.partitions(ctx, topics)
	if err != nil {
		return err
	}
	r.sinkPartitions, r.quarantinePartitions = counts[r.cfg.To], counts[r.cfg.QuarantineTopic]
	if r.byKey {
		return nil
	}
	for _, from := range r.cfg.From {
		if counts[from] != r.sinkPartitions {
			return fmt.Errorf("the source %s has %d partitions and the sink %s has %d: with `partition: source` the numbers must be equal; give the sink as many, or say `partition: key`",
				from, counts[from], r.cfg.To, r.sinkPartitions)
		}
	}
	return nil
}

// partitions asks until the brokers answer.
func (r *route) partitions(ctx context.Context, topics []string) (map[string]int, error) {
	b := newBackoff()
	for told := false; ; {
		counts, err := r.client.Partitions(ctx, topics...)
		if err == nil || ctx.Err() != nil || !mayHeal(err) {
			return counts, err
		}
		if !told {
			told = true
			r.log.Warn("brokers do not answer yet; trying on", zap.Error(err))
		}
		b.wait(ctx)
	}
}

// serve moves the records of the partitions that one generation gives, and commits what is acknowledged. When the
// generation ends it fetches no more, finishes what is in flight, commits once more, and gives the partitions up.
func (r *route) serve(ctx context.Context, gen *wire.Generation) {
	var (
		wg         sync.WaitGroup
		partitions []*partition
	)
	for topic, assigned := range gen.Assignments {
		for _, a := range assigned {
			partitions = append(partitions, r.newPartition(topic, a))
		}
	}
	r.log.Info("partitions assigned", zap.Int("generation", int(gen.ID)), zap.Strings("partitions", names(partitions)))
	for _, p := range partitions {
		wg.Go(func() { p.serve(ctx) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	c := &commits{gen: gen, partitions: partitions, committed: map[*partition]int64{}, log: r.log}
	c.run(done)
	r.left = make(map[string]left, len(partitions))
	for _, p := range partitions {
		r.left[p.name()] = left{committed: c.known(p), acked: p.next.Load()}
		p.metrics.gone()
		r.health.gone(p)
	}
	r.log.Info("partitions given up", zap.Int("generation", int(gen.ID)))
}

func (r *route) newPartition(topic string, a wire.Assignment) *partition {
	p := &partition{
		route: r, topic: topic, id: a.Partition,
		log:      r.log.With(zap.String("topic", topic), zap.Int("partition", a.Partition)),
		metrics:  r.metrics.forPartition(topic, a.Partition),
		budget:   newBudget(r.ownBytes, r.budget),
		window:   newWindow(r.cfg.QuarantineLimit.Share, r.cfg.QuarantineLimit.Over),
		partSize: maxBatch,
		assigned: a.Committed,
	}
	p.next.Store(r.resume(p.name(), a.Committed))
	return p
}

func names(partitions []*partition) []string {
	out := make([]string, 0, len(partitions))
	for _, p := range partitions {
		out = append(out, fmt.Sprintf("%s/%d", p.topic, p.id))
	}
	return out
}
