package wire

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/internal/kafkatest"
)

func assignments(topic string, partitions ...int) map[string][]kafka.PartitionAssignment {
	var out []kafka.PartitionAssignment
	for _, p := range partitions {
		out = append(out, kafka.PartitionAssignment{ID: p})
	}
	return map[string][]kafka.PartitionAssignment{topic: out}
}

// TestWhatAMemberClaims: the bytes change only with the partitions, or where another may have had them in between.
func TestWhatAMemberClaims(t *testing.T) {
	s := sticky{&memory{}}
	b, err := s.UserData()
	want(t, "at first", b, nil)
	want(t, "error", err, nil)
	a01 := map[string][]int32{"a": {0, 1}}
	for _, step := range []struct {
		what       string
		generation int32
		partitions []int
		want       claim
	}{
		{"the first", 4, []int{1, 0}, claim{4, a01}},
		{"the same generation", 4, []int{0, 1}, claim{4, a01}},
		{"the same in the next", 5, []int{0, 1}, claim{4, a01}},
		{"others", 6, []int{0}, claim{6, map[string][]int32{"a": {0}}}},
		{"none", 7, nil, claim{7, map[string][]int32{}}},
		{"some again", 8, []int{0, 1}, claim{8, a01}},
		{"the same after one that went by without us", 10, []int{0, 1}, claim{10, a01}},
		{"a group made anew", 1, []int{0, 1}, claim{1, a01}},
	} {
		s.assigned(step.generation, assignments("a", step.partitions...))
		b, err := s.UserData()
		if err != nil {
			t.Fatal(err)
		}
		got, _ := decodeClaim(b)
		want(t, step.what, got, step.want)
	}
}

// TestStrangersInTheGroup: whatever other members send, each has an answer, and all partitions are shared out.
func TestStrangersInTheGroup(t *testing.T) {
	members := []kafka.GroupMember{
		{ID: "damaged", Topics: []string{"a"}, UserData: []byte("\x01\x00\x00\x00\x09\x01\x01a\x02\x00")},
		{ID: "of another version", Topics: []string{"a"}, UserData: []byte("\x63 whatever")},
		{ID: "sound", Topics: []string{"a"}, UserData: claim{9, map[string][]int32{"a": {2}}}.encode()},
		{ID: "greedy", Topics: []string{"a"}, UserData: claim{1, map[string][]int32{"a": {0, 1, 3, 1 << 30}}}.encode()},
		{ID: "with no topics"},
	}
	var partitions []kafka.Partition
	for p := range 4 {
		partitions = append(partitions, kafka.Partition{Topic: "a", ID: p})
	}
	s := sticky{&memory{}}
	got := s.AssignGroups(members, partitions)
	var all []int
	for _, m := range members {
		mine, ok := got[m.ID]
		if !ok {
			t.Errorf("%s has no answer", m.ID)
		}
		all = append(all, mine["a"]...)
		want(t, "partitions of the member "+m.ID, len(mine["a"]), map[bool]int{true: 1}[len(m.Topics) > 0])
	}
	slices.Sort(all)
	want(t, "all", all, []int{0, 1, 2, 3})
	want(t, "the sound one's", got["sound"]["a"], []int{2})
	want(t, "what the leader remembers", s.assigned(1, nil), map[string]int{"a": 4})
	if _, err := s.UserData(); err != nil {
		t.Error(err)
	}
	want(t, "what is shared out once it joins again", s.assigned(2, nil), nil)
}

// A joiner is a member that takes generations as they come, and tells what each gives.
type joiner struct {
	*Group
	generations chan *Generation
}

func keepJoining(t *testing.T, c *Client, id, topic string) *joiner {
	t.Helper()
	f := &joiner{join(t, c, id, topic), make(chan *Generation, 16)}
	go func() {
		for {
			gen, err := f.Next(context.Background())
			if err != nil {
				return // the group is closed
			}
			f.generations <- gen
		}
	}()
	return f
}

// settle waits until the members have a generation in common in which each has one of the numbers of partitions, and
// gives the partitions of each.
func settle(t *testing.T, topic string, sizes []int, members ...*joiner) (out [][]int) {
	t.Helper()
	last := make([]*Generation, len(members))
	deadline := time.After(30 * time.Second)
	for {
		for i, m := range members {
			select {
			case last[i] = <-m.generations:
			case <-time.After(20 * time.Millisecond):
			case <-deadline:
				t.Fatalf("no generation in which the members have %v", sizes)
			}
		}
		out = nil
		same := true
		for _, gen := range last {
			if gen == nil || gen.ID != last[0].ID {
				same = false
				break
			}
			out = append(out, partitions(gen, topic))
		}
		if !same {
			continue
		}
		var got []int
		for _, ps := range out {
			got = append(got, len(ps))
		}
		if slices.Equal(got, sizes) {
			return out
		}
	}
}

// stay is how many of the partitions are among those before.
func stay(before, after []int) (n int) {
	for _, p := range after {
		if slices.Contains(before, p) {
			n++
		}
	}
	return n
}

// TestPartitionsStay: members come and go, and each partition stays with its member unless the balance needs it.
func TestPartitionsStay(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 12, nil)
		one := keepJoining(t, c, name, name)
		settle(t, name, []int{12}, one)
		two := keepJoining(t, c, name, name)
		had := settle(t, name, []int{6, 6}, one, two)
		three := keepJoining(t, c, name, name)
		have := settle(t, name, []int{4, 4, 4}, one, two, three)
		for i := range had {
			want(t, "of what a member has it had", stay(had[i], have[i]), 4)
		}
		had = have
		if err := two.Close(); err != nil {
			t.Fatal(err)
		}
		have = settle(t, name, []int{6, 6}, one, three)
		want(t, "of the first's four it has", stay(had[0], have[0]), 4)
		want(t, "of the third's four it has", stay(had[2], have[1]), 4)

		state, err := c.DescribeGroup(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "assignor", state.Assignor, stickyName)
	})
}

// TestMembersOfAnOlderVersion: voile before this one has range and roundrobin. As long as one of it is in the group the
// group works as that one does, and once it has gone the partitions stay where they are.
func TestMembersOfAnOlderVersion(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 6, nil)
		old, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{ID: name, Brokers: brokers, Topics: []string{name},
			HeartbeatInterval: 200 * time.Millisecond, SessionTimeout: 6 * time.Second, JoinGroupBackoff: 100 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		left := make(chan struct{})
		go func() {
			defer close(left)
			for {
				if _, err := old.Next(context.Background()); errors.Is(err, kafka.ErrGroupClosed) {
					return
				}
			}
		}()
		defer func() { _ = old.Close() }()
		assignor := func() string {
			state, err := c.DescribeGroup(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			return state.Assignor
		}
		one, two := keepJoining(t, c, name, name), keepJoining(t, c, name, name)
		had := settle(t, name, []int{2, 2}, one, two)
		want(t, "assignor with the old one", assignor(), "range")
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		<-left
		have := settle(t, name, []int{3, 3}, one, two)
		for i := range had {
			want(t, "of the two it had it has", stay(had[i], have[i]), 2)
		}
		want(t, "assignor without the old one", assignor(), stickyName)
	})
}

// TestPartitionsAddedWhileJoining: a partition is added after the leader has counted, and before anybody watches.
func TestPartitionsAddedWhileJoining(t *testing.T) {
	fake := kafkatest.Fake(t)
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 1, nil)
	admin := kadm.NewClient(kafkatest.Client(t, fake.ListenAddrs()))
	added := make(chan error, 1)
	fake.ControlKey(int16(kmsg.SyncGroup), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.SleepControl(func() {
			_, err := admin.UpdatePartitions(t.Context(), 3, name)
			added <- err
		})
		return nil, nil, false
	})
	g := join(t, c, name, name)
	want(t, "shared out", partitions(next(t, g), name), []int{0})
	if err := <-added; err != nil {
		t.Fatal(err)
	}
	want(t, "noticed", partitions(next(t, g), name), []int{0, 1, 2})
}

// TestFewerPartitionsAreLookedAtTwice: a broker that has just started may tell of fewer partitions than there are.
func TestFewerPartitionsAreLookedAtTwice(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.NumBrokers(1))
	c := client(t, Options{Brokers: fake.ListenAddrs()})
	name := topic(t, fake.ListenAddrs(), 3, nil)
	g := join(t, c, name, name)
	gen := next(t, g)
	ended := make(chan struct{})
	gen.Start(func(ctx context.Context) { <-ctx.Done(); close(ended) })

	told := make(chan struct{})
	fake.ControlKey(int16(kmsg.Metadata), func(in kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		topics := in.(*kmsg.MetadataRequest).Topics
		if len(topics) != 1 || *topics[0].Topic != name {
			return nil, nil, false // the transport's own
		}
		select {
		case <-told:
			return nil, nil, false
		default:
			close(told)
			return metadataOf(in, name), nil, true
		}
	})
	<-told
	select {
	case <-ended:
		t.Error("the generation ended with the first answer that lacks partitions")
	case <-time.After(4 * g.watch):
	}
	admin := kadm.NewClient(kafkatest.Client(t, fake.ListenAddrs()))
	if _, err := admin.DeleteTopic(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	want(t, "of the topic that is gone", partitions(next(t, g), name), []int(nil))
}

// metadataOf answers that a topic has one partition.
func metadataOf(in kmsg.Request, topic string) *kmsg.MetadataResponse {
	res := in.ResponseKind().(*kmsg.MetadataResponse)
	mt := kmsg.NewMetadataResponseTopic()
	mt.Topic = &topic
	mt.Partitions = append(mt.Partitions, kmsg.NewMetadataResponseTopicPartition())
	res.Topics = append(res.Topics, mt)
	return res
}

func TestAssignors(t *testing.T) {
	want(t, "assignors", Assignors(), []string{"voile-sticky", "range", "roundrobin"})
}
