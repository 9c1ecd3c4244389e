package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// A GroupConfig says how to be a member of a consumer group.
type GroupConfig struct {
	ID     string
	Topics []string
	// SessionTimeout is how long the group waits for a member that is silent before it gives its partitions to others;
	// default 20 s.
	SessionTimeout time.Duration
	// Heartbeat is the time between two signs of life, by which a rebalance is noticed, too; default 1 s.
	Heartbeat time.Duration
	// RebalanceTimeout is how long a rebalance waits for members to give up their partitions; default 20 s. What a
	// member does at the end of a generation MUST take much less.
	RebalanceTimeout time.Duration
	// PartitionWatch is how often the leader looks whether its topics have new partitions, which make a rebalance;
	// default 5 s.
	PartitionWatch time.Duration
	// RejoinPause is the wait before joining again after an error; default 500 ms.
	RejoinPause time.Duration
}

func (g *GroupConfig) setDefaults() {
	for _, d := range []struct {
		value *time.Duration
		or    time.Duration
	}{
		{&g.SessionTimeout, 20 * time.Second}, {&g.Heartbeat, time.Second}, {&g.RebalanceTimeout, 20 * time.Second},
		{&g.PartitionWatch, 5 * time.Second}, {&g.RejoinPause, 500 * time.Millisecond},
	} {
		if *d.value == 0 {
			*d.value = d.or
		}
	}
}

func (g *GroupConfig) validate() error {
	switch {
	case g.ID == "":
		return errors.New("kafka: a group without a name")
	case len(g.Topics) == 0:
		return fmt.Errorf("kafka: group %s: no topics", g.ID)
	case g.Heartbeat*3 > g.SessionTimeout:
		return fmt.Errorf("kafka: group %s: the heartbeat of %s is more than a third of the session timeout of %s", g.ID, g.Heartbeat, g.SessionTimeout)
	}
	return nil
}

// A Group is a membership in a consumer group.
type Group struct {
	c   *Client
	id  string
	in  *kafka.ConsumerGroup
	one sync.Mutex // Next is not meant to be called twice at a time
	old ghost

	memory *memory
	watch  time.Duration // between two looks for new partitions
}

// JoinGroup begins to join. It returns at once: Next tells what comes of it.
func (c *Client) JoinGroup(g GroupConfig) (*Group, error) {
	g.setDefaults()
	if err := g.validate(); err != nil {
		return nil, err
	}
	out := &Group{c: c, id: g.ID, old: ghost{session: g.SessionTimeout}, memory: &memory{}, watch: g.PartitionWatch}
	var err error
	out.in, err = kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                g.ID,
		Brokers:           c.brokers,
		Dialer:            c.dialer,
		Topics:            g.Topics,
		GroupBalancers:    balancers(out.memory),
		HeartbeatInterval: g.Heartbeat,
		SessionTimeout:    g.SessionTimeout,
		RebalanceTimeout:  g.RebalanceTimeout,
		JoinGroupBackoff:  g.RejoinPause,
		Timeout:           c.requestTimeout,
	})
	if err != nil {
		return nil, fmt.Errorf("kafka: group %s: %w", g.ID, err)
	}
	out.old.life, out.old.stop = context.WithCancel(c.life)
	return out, nil
}

// Next waits for the next generation, which comes only after the last one has ended and everything that was started in
// it has returned. It MUST be called in a loop until it returns ErrClosed or the context's error: the membership makes
// no progress otherwise.
//
// What passes is ridden out. An Error of ClassStop says what a human has to do; the membership goes on trying, so that
// Next may be called again.
func (g *Group) Next(ctx context.Context) (*Generation, error) {
	g.one.Lock()
	defer g.one.Unlock()
	at := Error{Op: "join", Group: g.id, Partition: -1}
	for {
		next, err := g.in.Next(ctx)
		switch {
		case err == nil:
			g.c.health.well(&at)
			g.c.answered.Store(true)
			g.old.member = next.MemberID
			// kafka-go has just been told where the coordinator is. Another one that was remembered may have been paused, and
			// would answer by what it knew then: that the generation is not the group's.
			g.c.coordinators.forget(coordinated{ofGroup, g.id})
			return g.generation(next), nil
		case errors.Is(err, kafka.ErrGroupClosed):
			g.c.health.gone(&at)
			return nil, ErrClosed
		case ctx.Err() != nil:
			g.c.health.gone(&at)
			return nil, fmt.Errorf("kafka: join of group %s: %w", g.id, context.Cause(ctx))
		}
		g.old.lay(g.c, g.id, err)
		e := classify(at, err)
		if e.Class == ClassStop {
			return nil, e
		}
		g.c.health.ill(&at, e) // the group waits by itself before it tries again
	}
}

// generation takes over what kafka-go has joined.
func (g *Group) generation(in *kafka.Generation) *Generation {
	gen := newGeneration(g.c, in)
	if shared := g.memory.assigned(in.ID, in.Assignments); shared != nil {
		gen.Start(func(ctx context.Context) { g.watchPartitions(ctx, gen, shared) })
	}
	return gen
}

// Close ends the current generation, waits for what was started in it, and leaves the group, so that others get the
// partitions at once. It takes some request timeouts where the coordinator does not answer.
func (g *Group) Close() error {
	g.old.end()
	return g.in.Close()
}

// An Assignment is a partition that a generation gives to this member.
type Assignment struct {
	Partition int
	// Committed is the group's committed offset, the next one to read; -1 none.
	//
	// It MUST NOT be used for transactions: right after one has ended it may be the offset before. There the
	// predecessor is fenced first, and the offset read after that.
	Committed int64
}

// A Generation is the time between two rebalances. While it lasts, and nowhere else in the group, this member owns the
// assigned partitions. It lasts at least until everything that was started in it has returned: until then this member
// can commit, unless the group has gone on without it (a drain longer than the session timeout freezes the whole group,
// and its commit is refused).
type Generation struct {
	ID          int32
	MemberID    string
	GroupID     string
	Assignments map[string][]Assignment // by topic, by ascending partition

	c    *Client
	in   *kafka.Generation
	over chan struct{}
	once sync.Once
}

func newGeneration(c *Client, in *kafka.Generation) *Generation {
	g := &Generation{ID: in.ID, MemberID: in.MemberID, GroupID: in.GroupID, c: c, in: in,
		Assignments: map[string][]Assignment{}, over: make(chan struct{})}
	for topic, partitions := range in.Assignments {
		for _, p := range partitions {
			// kafka-go gives FirstOffset or LastOffset, which are negative, where nothing is committed.
			g.Assignments[topic] = append(g.Assignments[topic], Assignment{p.ID, max(p.Offset, -1)})
		}
		slices.SortFunc(g.Assignments[topic], func(a, b Assignment) int { return a.Partition - b.Partition })
	}
	// The one function whose return is meant to end the generation.
	in.Start(func(ctx context.Context) {
		select {
		case <-ctx.Done():
		case <-g.over:
		}
	})
	return g
}

// Start runs f in a goroutine of its own. Its context ends with the generation: f MUST then stop fetching, finish what
// is in flight within a bound well below the session timeout, and return.
//
// That f returns earlier does not end the generation: a partition that stops does not stop the others.
func (g *Generation) Start(f func(ctx context.Context)) {
	g.in.Start(func(ctx context.Context) {
		f(ctx)
		<-ctx.Done()
	})
}

// End ends the generation. The member joins again, and partitions are assigned anew.
func (g *Generation) End() { g.once.Do(func() { close(g.over) }) }
