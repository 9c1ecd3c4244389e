package wire

import (
	"context"

	"github.com/segmentio/kafka-go/protocol"
)

// What is asked in this file is for people who look whether voile can work: one answer, with what is wrong in it as data.
// Only the question itself is repeated while the brokers are away, for up to StartTimeout.

// An Operation is what an ACL allows. The numbers are Kafka's.
type Operation int8

// The operations that voile needs somewhere.
const (
	Read            Operation = 3
	Write           Operation = 4
	Describe        Operation = 8
	DescribeConfigs Operation = 10
)

// Operations is what the principal of the connection may do with a topic or a group, as the broker's authorizer says
// (KIP-430); everything where there is none.
type Operations int32

// Known says whether the broker told it. Not all that speak Kafka's protocol do: some leave it unset, some give nothing,
// which cannot be, as who may not Describe a thing gets an error instead.
func (o Operations) Known() bool { return o > 0 && o&(1<<Describe) != 0 }

// Has says whether an operation is allowed.
func (o Operations) Has(op Operation) bool { return o.Known() && o&(1<<op) != 0 }

// A Node is one broker of the cluster, as the cluster tells clients to reach it.
type Node struct {
	ID      int32
	Address string // host:port, of the listener that was asked
}

// A Cluster is what one broker says of the cluster.
type Cluster struct {
	Nodes  []Node
	Topics map[string]Topic // those that were asked for
}

// A Topic is what a broker says of a topic. Where Err is set the rest is empty.
type Topic struct {
	Partitions int
	Leaderless int // partitions without a leader at the moment
	Replicas   int // of the partition that has the fewest
	InSync     int // replicas, of the partition that has the fewest
	Allowed    Operations
	// Err is an *Error. A principal without DESCRIBE of a topic cannot tell that it does not exist.
	Err error
}

// Missing says whether the topic does not exist.
func (t Topic) Missing() bool { return codeOf(t.Err) == codeUnknownTopic }

// Hidden says whether the principal may not even know of the topic.
func (t Topic) Hidden() bool { return codeOf(t.Err) == codeTopicAuthorization }

// Describe asks any broker for the cluster and for topics. A topic that does not exist is not waited for.
func (c *Client) Describe(ctx context.Context, topics ...string) (Cluster, error) {
	var state clusterState
	err := c.retry(ctx, Error{Op: "metadata", Partition: -1}, c.startTimeout, func() (err error) {
		state, err = c.askMetadata(ctx, anyNode, topics, true)
		return err
	}, nil)
	if err != nil {
		return Cluster{}, err
	}
	out := Cluster{Nodes: state.nodes, Topics: make(map[string]Topic, len(topics))}
	for _, name := range topics {
		at := Error{Op: "metadata", Topic: name, Partition: -1}
		t := state.topics[name]
		switch {
		case t == nil:
			out.Topics[name] = Topic{Err: classify(at, errAnswer)}
		case t.err() != nil:
			out.Topics[name] = Topic{Err: classify(at, t.err())}
		default:
			out.Topics[name] = t.described()
		}
	}
	return out, nil
}

func (t *topicState) described() Topic {
	out := Topic{Partitions: len(t.leaders), Replicas: t.replicas, InSync: t.inSync, Allowed: t.allowed}
	for _, leader := range t.leaders {
		if leader < 0 {
			out.Leaderless++
		}
	}
	return out
}

// Reach asks one broker of the cluster for a sign of life, at the address that the cluster gives for it.
func (c *Client) Reach(ctx context.Context, node int32) error {
	return c.retry(ctx, Error{Op: "metadata", Partition: -1}, c.startTimeout, func() error {
		_, err := c.askMetadata(ctx, node, nil, false)
		return err
	}, nil)
}

// A GroupState is what its coordinator says of a consumer group.
type GroupState struct {
	State    string // Kafka's name: Stable, Empty, Dead for one that does not exist, …
	Type     string // of its protocol: "consumer", "connect", …; empty where it never had a member
	Assignor string // that its members agreed on; empty where there are none, or they are just agreeing
	Members  []Member
	Allowed  Operations
}

// A Member is one of a group.
type Member struct {
	ClientID string
	Host     string
	Topics   []string // that it reads; nil where its coordinator does not say, or it is no consumer
}

// DescribeGroup asks the coordinator of a group. A group that does not exist is no error.
func (c *Client) DescribeGroup(ctx context.Context, group string) (GroupState, error) {
	var state GroupState
	err := c.retry(ctx, Error{Op: "describe", Group: group, Partition: -1}, c.startTimeout, func() (err error) {
		state, err = c.describeGroup(ctx, group)
		return err
	}, nil)
	return state, err
}

// describeGroup sends DescribeGroups v4.
func (c *Client) describeGroup(ctx context.Context, group string) (GroupState, error) {
	node, err := c.coordinator(ctx, group)
	if err != nil {
		return GroupState{}, err
	}
	r := c.begin(protocol.DescribeGroups, 4, node)
	b := putString(putInt32(r.head, 1), group)
	r.head = putBool(b, true) // include_authorized_operations
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return GroupState{}, err
	}
	return readGroup(&in, group)
}

func readGroup(in *reader, group string) (GroupState, error) {
	in.int32() // throttle time
	if in.count(18) != 1 {
		return GroupState{}, errAnswer
	}
	failed := in.int16()
	if string(in.text()) != group {
		return GroupState{}, errAnswer
	}
	g := GroupState{State: string(in.text()), Type: string(in.text()), Assignor: string(in.text())}
	for range in.count(16) {
		in.text() // member id
		in.text() // instance id
		m := Member{ClientID: string(in.text()), Host: string(in.text())}
		if metadata := in.bytes(); g.Type == "consumer" {
			m.Topics = subscription(metadata)
		}
		in.bytes() // assignment
		g.Members = append(g.Members, m)
	}
	g.Allowed = Operations(in.int32())
	if failed != 0 {
		return GroupState{}, code(failed)
	}
	return g, in.err()
}

// subscription reads the topics of a consumer's metadata (ConsumerProtocolSubscription, any version); nil where it is none.
func subscription(metadata []byte) []string {
	in := reader{b: metadata}
	in.int16() // version
	var topics []string
	for range in.count(2) {
		topics = append(topics, string(in.text()))
	}
	if in.fail {
		return nil
	}
	return topics
}
