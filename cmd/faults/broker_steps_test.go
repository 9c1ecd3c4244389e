package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// killBroker ends a broker as kill -9 does, and starts it again after a while.
func (s *scene) killBroker(rng *rand.Rand, index int) error {
	node := s.kafka.Nodes()[index]
	node.Kill()
	s.brokerKills++
	time.Sleep(between(rng, time.Second, 5*time.Second))
	node.Start(s.t)
	return s.inSync() // no second one may die meanwhile
}

// killLeader kills the leader of a partition of a sink.
func killLeader(s *scene, rng *rand.Rand) error {
	f, partition := s.fleets[rng.IntN(len(s.fleets))], int32(rng.IntN(partitions))
	var leader int32
	if err := poll(wellBound, func(ctx context.Context) error {
		topics, err := s.admin.ListTopics(ctx, f.sink)
		if err == nil {
			err = topics.Error()
		}
		if err == nil {
			leader = topics[f.sink].Partitions[partition].Leader
		}
		return err
	}); err != nil {
		return err
	}
	return s.killBroker(rng, int(leader)-1)
}

// killGroupCoordinator kills the broker that looks after a group.
func killGroupCoordinator(s *scene, rng *rand.Rand) error {
	i, err := s.groupCoordinator(context.Background(), rng.IntN(len(s.fleets)))
	if err != nil {
		return err
	}
	return s.killBroker(rng, i)
}

func (s *scene) groupCoordinator(ctx context.Context, fleet int) (index int, err error) {
	group := s.fleets[fleet].group
	return coordinator(ctx, s.admin.FindGroupCoordinators, group)
}

// killTransactionCoordinator kills the broker that looks after the transactional id of a source partition.
func killTransactionCoordinator(s *scene, rng *rand.Rand) error {
	id := fmt.Sprintf("%s/%s/%d", s.fleets[rng.IntN(len(s.fleets))].group, source, rng.IntN(partitions))
	i, err := coordinator(context.Background(), s.admin.FindTxnCoordinators, id)
	if err != nil {
		return err
	}
	return s.killBroker(rng, i)
}

func coordinator(ctx context.Context, find func(context.Context, ...string) kadm.FindCoordinatorResponses, name string) (index int, err error) {
	err = poll(wellBound, func(context.Context) error {
		found := find(ctx, name)[name]
		index = int(found.NodeID) - 1
		return found.Err
	})
	return index, err
}

// haltBroker halts a broker, as a long collection of garbage does, for less than its session or for more, and lets it go on.
// Meanwhile a member joins: the others hand partitions over whose transactions the brokers have not all heard the end of.
func haltBroker(s *scene, rng *rand.Rand) error {
	node := s.kafka.Nodes()[rng.IntN(brokers)]
	node.Signal(s.t, syscall.SIGSTOP)
	err := s.each(slots, (*member).start)
	time.Sleep(between(rng, 3*time.Second, 15*time.Second))
	node.Signal(s.t, syscall.SIGCONT)
	time.Sleep(between(rng, time.Second, 3*time.Second))
	return errors.Join(err, s.each(slots, (*member).stop))
}

// rollBrokers restarts all brokers, one after the other, as an upgrade does.
func rollBrokers(s *scene, rng *rand.Rand) error {
	for _, i := range rng.Perm(brokers) {
		node := s.kafka.Nodes()[i]
		node.Stop()
		node.Start(s.t)
		if err := s.inSync(); err != nil {
			return err
		}
	}
	return nil
}

// moveLeaders makes other replicas the preferred ones of each partition, the internal topics' too, and has them elected.
func moveLeaders(s *scene, rng *rand.Rand) error {
	shift := 1 + rng.IntN(brokers-1)
	return poll(wellBound, func(ctx context.Context) error {
		topics, err := s.admin.ListTopicsWithInternal(ctx)
		if err == nil {
			err = topics.Error()
		}
		if err != nil {
			return err
		}
		var moves kadm.AlterPartitionAssignmentsReq
		all := kadm.TopicsSet{}
		for _, topic := range topics {
			for _, p := range topic.Partitions {
				var replicas []int32
				for i := range p.Replicas {
					replicas = append(replicas, int32((int(p.Partition)+i+shift)%brokers)+1)
				}
				moves.Assign(topic.Topic, p.Partition, replicas)
				all.Add(topic.Topic, p.Partition)
			}
		}
		moved, err := s.admin.AlterPartitionAssignments(ctx, moves)
		if err == nil {
			err = moved.Error()
		}
		if err != nil {
			return err
		}
		time.Sleep(500 * time.Millisecond) // no replica has to copy anything
		elected, err := s.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, all)
		if err != nil {
			return err
		}
		if len(elected) == 0 {
			return errors.New("no leader was elected")
		}
		return nil
	})
}

// fillDisk takes the room from a broker's file system, until the broker gives up, and gives it back.
func fillDisk(s *scene, rng *rand.Rand) error {
	node := s.kafka.Nodes()[diskNode-1]
	if err := s.disk.shrink(); err != nil {
		return err
	}
	down := poll(30*time.Second, func(context.Context) error {
		if node.PID() != 0 {
			return fmt.Errorf("broker %d goes on with a full disk", diskNode)
		}
		return nil
	})
	time.Sleep(between(rng, time.Second, 4*time.Second))
	if err := s.disk.grow(); err != nil {
		return err
	}
	if down != nil {
		s.say("  %v", down)
		node.Stop()
	}
	node.Start(s.t)
	return s.inSync()
}

// half an hour is as far as a broker's clock jumps: where it is behind by more than an hour, Kafka itself refuses what
// clients write now, as from the future (message.timestamp.after.max.ms).
const half = 30 * time.Minute

// jumpClock has a broker's wall clock jump ahead, and behind. The broker is restarted in the end, as its operator would do: one
// that goes on was once seen with a replica of an internal topic out of sync for minutes.
func jumpClock(s *scene, rng *rand.Rand) error {
	for _, offset := range []time.Duration{half, 0, -half, 0} {
		if err := s.clock.set(offset); err != nil {
			return err
		}
		time.Sleep(between(rng, 3*time.Second, 5*time.Second))
	}
	node := s.kafka.Nodes()[clockNode-1]
	node.Stop()
	node.Start(s.t)
	return s.inSync()
}
