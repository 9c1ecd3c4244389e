package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"

	"voile/internal/kafkatest"
)

func join(t *testing.T, c *Client, id string, topics ...string) *Group {
	t.Helper()
	g, err := c.JoinGroup(GroupConfig{ID: id, Topics: topics, Heartbeat: 200 * time.Millisecond,
		SessionTimeout: 6 * time.Second, PartitionWatch: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

func next(t *testing.T, g *Group) *Generation {
	t.Helper()
	gen, err := g.Next(timeout(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return gen
}

func partitions(g *Generation, topic string) []int {
	var out []int
	for _, a := range g.Assignments[topic] {
		out = append(out, a.Partition)
	}
	return out
}

func offsets(topic string, next map[int]int64) map[string]map[int]int64 {
	return map[string]map[int]int64{topic: next}
}

func TestGroupCommitsAndFindsItsOffsets(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 3, nil)
		g := join(t, c, name, name)
		gen := next(t, g)
		want(t, "assigned", gen.Assignments[name], []Assignment{{0, -1}, {1, -1}, {2, -1}})
		if err := gen.Commit(t.Context(), nil); err != nil {
			t.Errorf("commit of nothing: %v", err)
		}
		if err := gen.Commit(t.Context(), offsets(name, map[int]int64{0: 0, 2: 7})); err != nil {
			t.Fatal(err)
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Next(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("Next after Close: %v, want ErrClosed", err)
		}
		gen = next(t, join(t, c, name, name))
		want(t, "assigned again", gen.Assignments[name], []Assignment{{0, 0}, {1, -1}, {2, 7}})

		// Another client sees the same.
		got, err := kadm.NewClient(kafkatest.Client(t, brokers)).FetchOffsets(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		at, ok := got.Lookup(name, 2)
		if !ok || at.At != 7 {
			t.Errorf("committed, as franz-go sees it: %d, %t; want 7", at.At, ok)
		}
	})
}

func TestRebalance(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 4, nil)
		one := join(t, c, name, name)
		gen := next(t, one)
		want(t, "alone", partitions(gen, name), []int{0, 1, 2, 3})

		// A worker that ends early does not end the generation. One that drains may still commit.
		early := make(chan struct{})
		gen.Start(func(context.Context) { close(early) })
		drained := make(chan error, 1)
		gen.Start(func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(300 * time.Millisecond)
			drained <- gen.Commit(t.Context(), offsets(name, map[int]int64{1: 11, 3: 33}))
		})
		<-early
		select {
		case err := <-drained:
			t.Fatalf("the generation ended with its first worker: %v", err)
		case <-time.After(time.Second):
		}

		two := join(t, c, name, name)
		gens := make(chan *Generation, 1)
		go func() {
			gen, err := two.Next(timeout(t, time.Minute))
			if err != nil {
				t.Error(err)
			}
			gens <- gen
		}()
		later := next(t, one)
		if err := <-drained; err != nil {
			t.Errorf("commit while draining: %v", err)
		}
		other := <-gens
		all := append(partitions(later, name), partitions(other, name)...)
		slices.Sort(all)
		want(t, "together", all, []int{0, 1, 2, 3})
		want(t, "shares", len(partitions(later, name)), 2)
		for _, gen := range []*Generation{later, other} {
			for _, a := range gen.Assignments[name] {
				want(t, fmt.Sprint("committed of ", a.Partition), a.Committed, []int64{-1, 11, -1, 33}[a.Partition])
			}
		}

		// The old generation commits nothing any more.
		err := gen.Commit(t.Context(), offsets(name, map[int]int64{0: 99}))
		if ClassOf(err) != ClassGiveUp {
			t.Errorf("commit of an old generation: %v, want class give up", err)
		}

		// The other leaves, and its partitions come back at once.
		start := time.Now()
		if err := two.Close(); err != nil {
			t.Fatal(err)
		}
		want(t, "alone again", partitions(next(t, one), name), []int{0, 1, 2, 3})
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("the partitions came back after %s, want well below the session timeout", took)
		}
	})
}

func TestGenerationEnds(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 2, nil)
	g := join(t, c, name, name)
	gen := next(t, g)
	gen.End()
	gen.End()
	later := next(t, g)
	if later.ID == gen.ID {
		t.Error("the generation is still the same")
	}
	want(t, "assigned", partitions(later, name), []int{0, 1})
}

func TestNewPartitionsAreNoticed(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		g := join(t, c, name, name)
		want(t, "before", partitions(next(t, g), name), []int{0})
		admin := kadm.NewClient(kafkatest.Client(t, brokers))
		if _, err := admin.UpdatePartitions(t.Context(), 3, name); err != nil {
			t.Fatal(err)
		}
		want(t, "after", partitions(next(t, g), name), []int{0, 1, 2})
		write(t, producer(t, c), name, 2, "in a new partition")
	})
}

// TestCommitFollowsTheCoordinator loses answers, then moves the coordinator.
func TestCommitFollowsTheCoordinator(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.NumBrokers(3))
	brokers := fake.ListenAddrs()
	c := client(t, Options{Brokers: brokers})
	var s scissors
	s.install(c)
	name := topic(t, brokers, 1, nil)
	gen := next(t, join(t, c, name, name))
	s.arm(int16(protocol.OffsetCommit), 3)
	if err := gen.Commit(t.Context(), offsets(name, map[int]int64{0: 1})); err != nil {
		t.Fatal(err)
	}
	want(t, "answers lost", s.count(), 3)
	for node := range int32(3) { // whoever it is, two of the three are wrong
		c.coordinators.set(coordinated{ofGroup, name}, node)
		if err := gen.Commit(t.Context(), offsets(name, map[int]int64{0: int64(node) + 2})); err != nil {
			t.Fatal(err)
		}
		right, _ := c.coordinators.get(coordinated{ofGroup, name})
		want(t, "coordinator", right, fake.CoordinatorFor(name))
	}
}

// TestCoordinatorIsFoundAnewWithTheGeneration: one that was paused, and is no longer it, answers by what it knew.
func TestCoordinatorIsFoundAnewWithTheGeneration(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	c.coordinators.set(coordinated{ofGroup, name}, 77)
	next(t, join(t, c, name, name))
	if node, ok := c.coordinators.get(coordinated{ofGroup, name}); ok {
		t.Errorf("broker %d is remembered", node)
	}
}

// TestSilentBrokerDoesNotHoldTheGroup has a broker that accepts connections and never answers.
func TestSilentBrokerDoesNotHoldTheGroup(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	c := client(t, Options{Brokers: []string{l.Addr().String()}, DialTimeout: 200 * time.Millisecond,
		RequestTimeout: 200 * time.Millisecond,
		SASL:           login("plain", "u", say("p"))})
	g, err := c.JoinGroup(GroupConfig{ID: "g", Topics: []string{"t"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Next(timeout(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Next: %v, want the context's error", err)
	}
	start := time.Now()
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("Close took %s", took)
	}
}

func TestBadGroups(t *testing.T) {
	c := client(t, Options{Brokers: []string{"h:1"}})
	for want, g := range map[string]GroupConfig{
		"without a name":       {Topics: []string{"t"}},
		"no topics":            {ID: "g"},
		"third of the session": {ID: "g", Topics: []string{"t"}, Heartbeat: 3 * time.Second, SessionTimeout: 6 * time.Second},
	} {
		_, err := c.JoinGroup(g)
		if err == nil {
			t.Errorf("%s: no error", want)
			continue
		}
		contains(t, "message", err.Error(), want)
	}
}
