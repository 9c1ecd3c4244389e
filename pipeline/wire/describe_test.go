package wire

import (
	"testing"
	"time"
)

func TestDescribe(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers, StartTimeout: time.Second})
		name := topic(t, brokers, 3, nil)
		cluster, err := c.Describe(t.Context(), name, "no-such-topic")
		if err != nil {
			t.Fatal(err)
		}
		want(t, "nodes", len(cluster.Nodes), len(brokers))
		for _, node := range cluster.Nodes {
			if err := c.Reach(t.Context(), node.ID); err != nil {
				t.Errorf("broker %d at %s: %v", node.ID, node.Address, err)
			}
		}
		got := cluster.Topics[name]
		want(t, "partitions", got.Partitions, 3)
		want(t, "without a leader", got.Leaderless, 0)
		if got.Replicas < 1 || got.InSync != got.Replicas {
			t.Errorf("%d replicas, %d in sync", got.Replicas, got.InSync)
		}
		if got.Err != nil || got.Missing() || got.Hidden() {
			t.Errorf("a topic that exists: %v", got.Err)
		}
		if missing := cluster.Topics["no-such-topic"]; !missing.Missing() || missing.Hidden() {
			t.Errorf("a topic that does not exist: %v", missing.Err)
		}
		if err := c.Reach(t.Context(), 4711); err == nil {
			t.Error("a broker that does not exist can be reached")
		}
	})
}

// TestOperations: without an authorizer everything is allowed, and the broker says so.
func TestOperations(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	cluster, err := c.Describe(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	group, err := c.DescribeGroup(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]struct {
		allowed Operations
		some    []Operation
	}{
		"topic": {cluster.Topics[name].Allowed, []Operation{Read, Write, Describe, DescribeConfigs}},
		"group": {group.Allowed, []Operation{Read, Describe}},
	} {
		for _, op := range o.some {
			if !o.allowed.Has(op) {
				t.Errorf("%s: operation %d is not allowed: %b", what, op, o.allowed)
			}
		}
	}
	for what, unknown := range map[string]Operations{"unset": -1 << 31, "nothing": 0} {
		if unknown.Known() || unknown.Has(Read) {
			t.Errorf("%s is taken for an answer", what)
		}
	}
}

func TestDescribeGroup(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		before, err := c.DescribeGroup(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "state before", before.State, "Dead")
		want(t, "members before", len(before.Members), 0)

		next(t, join(t, c, name, name))
		var during GroupState
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if during, err = c.DescribeGroup(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			if during.State == "Stable" {
				break
			}
		}
		want(t, "state", during.State, "Stable")
		want(t, "type", during.Type, "consumer")
		want(t, "assignor", during.Assignor, stickyName)
		if len(during.Members) != 1 {
			t.Fatalf("%d members, want 1", len(during.Members))
		}
		want(t, "topics", during.Members[0].Topics, []string{name})
	})
}

func TestSubscription(t *testing.T) {
	for _, s := range []struct {
		name     string
		metadata []byte
		want     []string
	}{
		{"nothing", nil, nil},
		{"one", []byte{0, 1, 0, 0, 0, 1, 0, 1, 't', 0xff, 0xff, 0xff, 0xff}, []string{"t"}},
		{"a length that lies", []byte{0, 1, 0, 0, 0, 1, 0, 9, 't'}, nil},
		{"a number that lies", []byte{0, 1, 0x7f, 0, 0, 1, 0, 1, 't'}, nil},
	} {
		want(t, s.name, subscription(s.metadata), s.want)
	}
}
