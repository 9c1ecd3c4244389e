package wire

import (
	"maps"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go"
)

// stickyName is what the group calls our way to share partitions out. It is not Kafka's "sticky": members of both would
// have to understand each other's claims (docs/adr/0017-sticky-assignment.md).
const stickyName = "voile-sticky"

// A sticky balancer leaves partitions where they were. The protocol is the eager one all the same: at a rebalance all
// members stop, but those whose partitions come back to them go on where they were.
//
// Whoever the members are and whatever they claim, when this member is the leader:
//
//   - Each partition of each topic that somebody reads goes to exactly one member, which reads that topic.
//   - No member can be relieved: there is no chain by which one hands a partition on to another that has two fewer. So
//     where all read the same topics their counts differ by at most 1.
//   - Of all assignments of which this is true, it is one with the fewest partitions taken from a member that had them.
//   - The same members with the same claims are given the same, in whatever order they come.
type sticky struct{ *memory }

// A memory is what one membership knows from one generation to the next. It is told by Group.Next and asked by kafka-go,
// in another goroutine.
type memory struct {
	mu         sync.Mutex
	claim      claim
	generation int32          // the last; 0 none
	shared     map[string]int // by topic, the partitions that this member shared out as the leader, since it last joined
}

var _ kafka.GroupBalancer = sticky{}

// balancers are the ways to share partitions out that a member offers, the preferred one first. The group takes one that
// all of its members have: so as long as one of them is of a voile that had only the other two it is one of these.
func balancers(m *memory) []kafka.GroupBalancer {
	return []kafka.GroupBalancer{sticky{m}, counted{kafka.RangeGroupBalancer{}, m}, counted{kafka.RoundRobinGroupBalancer{}, m}}
}

// Assignors names the ways to share partitions out that a member of ours offers. A group whose members have none of them
// cannot be joined.
func Assignors() (names []string) {
	for _, b := range balancers(nil) {
		names = append(names, b.ProtocolName())
	}
	return names
}

// ProtocolName is kafka-go's.
func (sticky) ProtocolName() string { return stickyName }

// UserData is kafka-go's, which asks for it each time it joins.
func (s sticky) UserData() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = nil
	if s.generation == 0 {
		return nil, nil
	}
	return s.claim.encode(), nil
}

// AssignGroups is kafka-go's, which asks the leader's.
func (s sticky) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	s.sharesOut(members, partitions)
	sharers := make([]sharer, 0, len(members))
	for _, m := range members {
		c, _ := decodeClaim(m.UserData)
		sharers = append(sharers, sharer{m.ID, m.Topics, c})
	}
	all := make([]topicPartition, 0, len(partitions))
	for _, p := range partitions {
		all = append(all, topicPartition{p.Topic, int32(p.ID)})
	}
	out := make(kafka.GroupMemberAssignments, len(members))
	for id, mine := range share(sharers, all) {
		out[id] = map[string][]int{} // also where it is empty: kafka-go cannot read the answer of one that is not there
		for _, p := range mine {
			out[id][p.topic] = append(out[id][p.topic], int(p.partition))
		}
		for _, ps := range out[id] {
			slices.Sort(ps)
		}
	}
	return out
}

// A counted balancer is one of kafka-go's; what it shares out is noted.
type counted struct {
	kafka.GroupBalancer
	*memory
}

// AssignGroups is kafka-go's.
func (c counted) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	c.sharesOut(members, partitions)
	return c.GroupBalancer.AssignGroups(members, partitions)
}

// sharesOut notes how many partitions of each topic this member, the leader, is sharing out.
func (m *memory) sharesOut(members []kafka.GroupMember, partitions []kafka.Partition) {
	counts := map[string]int{}
	for i := range members {
		for _, topic := range members[i].Topics {
			counts[topic] = 0
		}
	}
	for i := range partitions {
		counts[partitions[i].Topic]++
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shared = counts
}

// assigned tells what a generation gives to this member. It returns what was shared out in it by topic where this member
// is its leader, else nil.
func (m *memory) assigned(generation int32, partitions map[string][]kafka.PartitionAssignment) (shared map[string]int) {
	had := make(map[string][]int32, len(partitions))
	for topic, ps := range partitions {
		for _, p := range ps {
			had[topic] = append(had[topic], int32(p.ID))
		}
		slices.Sort(had[topic])
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	gap := generation != m.generation && generation != m.generation+1
	if gap || !maps.EqualFunc(had, m.claim.partitions, slices.Equal) {
		m.claim = claim{generation, had}
	}
	m.generation = generation
	return m.shared
}
