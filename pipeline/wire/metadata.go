package wire

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// metadata remembers which broker leads each partition of the topics that were asked for.
//
// It is renewed only when a topic is new or a request has shown that it is out of date, for all topics at once, by one
// goroutine at a time, at most every refreshSpacing: so that a thousand partitions which lose their leader together ask
// once.
type metadata struct {
	turn chan struct{} // holds one token: the right to refresh
	last time.Time     // of the last refresh; guarded by turn

	mu     sync.Mutex
	topics map[string]*topicState
}

type topicState struct {
	fresh   bool
	code    int16   // of the topic
	leaders []int32 // node by partition; -1 none
	gone    []bool  // by partition: it was not in the answer
	// The least of any partition.
	replicas, inSync int
	allowed          Operations
}

// A clusterState is one answer to a request for metadata.
type clusterState struct {
	nodes  []Node
	topics map[string]*topicState
}

func (m *metadata) init() {
	m.turn = make(chan struct{}, 1)
	m.turn <- struct{}{}
	m.topics = map[string]*topicState{}
}

// forget marks a topic as out of date.
func (m *metadata) forget(topic string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.topics[topic]; t != nil {
		t.fresh = false
	}
}

// fresh gives a topic's state, or nil where it has to be asked for.
func (m *metadata) fresh(topic string) *topicState {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.topics[topic]; t != nil && t.fresh {
		return t
	}
	return nil
}

// topic gives what is known of a topic, and asks the cluster where that is nothing.
func (c *Client) topic(ctx context.Context, name string) (*topicState, error) {
	m := &c.metadata
	for {
		if t := m.fresh(name); t != nil {
			return t, nil
		}
		select {
		case <-m.turn:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		err := c.refreshInTurn(ctx, name)
		m.turn <- struct{}{}
		if err != nil {
			return nil, err
		}
	}
}

// refreshInTurn refreshes unless somebody else has done so meanwhile. The caller holds the turn.
func (c *Client) refreshInTurn(ctx context.Context, name string) error {
	if c.metadata.fresh(name) != nil {
		return nil
	}
	return c.refresh(ctx, name)
}

// refresh asks for all topics, name among them. The caller holds the turn.
func (c *Client) refresh(ctx context.Context, name string) error {
	m := &c.metadata
	if wait := time.Until(m.last.Add(refreshSpacing)); wait > 0 && !pause(ctx, wait) {
		return ctx.Err()
	}
	m.last = time.Now()
	m.mu.Lock()
	names := []string{name}
	for other := range m.topics {
		if other != name {
			names = append(names, other)
		}
	}
	m.mu.Unlock()
	cluster, err := c.askMetadata(ctx, anyNode, names, false)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, t := range cluster.topics {
		m.topics[name] = t
	}
	if m.topics[name] == nil {
		return errAnswer
	}
	return nil
}

// askMetadata asks for the topics, and for what this principal may do with them where operations says so. Of any nodes it
// asks one for a moment and then another one for as long as a slow one deserves: one that hangs must not keep others from
// hearing of its successor.
func (c *Client) askMetadata(ctx context.Context, node int32, names []string, operations bool) (clusterState, error) {
	if node == anyNode {
		if cluster, err := c.sendMetadata(ctx, node, names, operations, c.requestTimeout/4); err == nil || ctx.Err() != nil {
			return cluster, err
		}
	}
	return c.sendMetadata(ctx, node, names, operations, c.requestTimeout)
}

// sendMetadata sends Metadata v8. It never creates a topic.
func (c *Client) sendMetadata(ctx context.Context, node int32, names []string, operations bool, timeout time.Duration) (clusterState, error) {
	r := c.begin(protocol.Metadata, 8, node)
	r.head = putInt32(r.head, int32(len(names)))
	for _, name := range names {
		r.head = putString(r.head, name)
	}
	r.head = append(r.head, 0) // allow_auto_topic_creation
	r.head = append(r.head, 0) // include_cluster_authorized_operations
	r.head = putBool(r.head, operations)
	in, err := c.do(ctx, r, timeout)
	if err != nil {
		return clusterState{}, err
	}
	cluster, err := readMetadata(&in)
	if err == nil {
		c.nodes.learn(cluster.nodes)
	}
	return cluster, err
}

func readMetadata(in *reader) (clusterState, error) {
	cluster := clusterState{topics: map[string]*topicState{}}
	in.int32() // throttle time
	for range in.count(12) {
		id := in.int32()
		host := string(in.text())
		cluster.nodes = append(cluster.nodes, Node{id, net.JoinHostPort(host, strconv.Itoa(int(in.int32())))})
		in.text() // rack
	}
	in.text()  // cluster id
	in.int32() // controller
	for range in.count(13) {
		t := &topicState{fresh: true, code: in.int16()}
		name := string(in.text())
		in.int8() // internal
		for range in.count(26) {
			t.read(in)
		}
		t.allowed = Operations(in.int32())
		cluster.topics[name] = t
	}
	in.int32() // what is allowed on the cluster
	return cluster, in.err()
}

// maxPartition bounds the partition numbers that are believed: a cluster has fewer in all.
const maxPartition = 1 << 20

// read reads one partition. Its own error code says no more than a leader of -1 does.
func (t *topicState) read(in *reader) {
	in.int16() // error code
	partition := int(in.int32())
	leader := in.int32()
	in.int32() // leader epoch
	replicas, inSync := in.skipInt32s(), in.skipInt32s()
	in.skipInt32s() // offline replicas
	if partition < 0 || partition > maxPartition {
		in.fail = true
	}
	if in.fail {
		return
	}
	if len(t.leaders) == 0 {
		t.replicas, t.inSync = replicas, inSync
	}
	t.replicas, t.inSync = min(t.replicas, replicas), min(t.inSync, inSync)
	for len(t.leaders) <= partition {
		t.leaders, t.gone = append(t.leaders, -1), append(t.gone, true)
	}
	t.leaders[partition], t.gone[partition] = leader, false
}

const codeNoLeader = 5

// err is the error of a topic as a whole.
func (t *topicState) err() error {
	if t.code == 0 && len(t.leaders) == 0 {
		return code(codeUnknownTopic)
	}
	return asCode(t.code)
}

// leader gives the node that leads a partition. Its error makes the caller's retry ask again.
func (c *Client) leader(ctx context.Context, topic string, partition int) (int32, error) {
	t, err := c.topic(ctx, topic)
	if err != nil {
		return 0, err
	}
	return t.leader(partition)
}

func (t *topicState) leader(partition int) (int32, error) {
	if t.code != 0 {
		return 0, code(t.code)
	}
	if partition < 0 || partition >= len(t.leaders) || t.gone[partition] {
		return 0, code(codeUnknownTopic)
	}
	if t.leaders[partition] < 0 {
		return 0, code(codeNoLeader)
	}
	return t.leaders[partition], nil
}

// Partitions gives the number of partitions of each topic, as the cluster says now. A topic that does not exist is
// waited for up to StartTimeout, then it is an Error of ClassStop that names it.
func (c *Client) Partitions(ctx context.Context, topics ...string) (map[string]int, error) {
	counts := make(map[string]int, len(topics))
	for _, name := range topics {
		at := Error{Op: "metadata", Topic: name, Partition: -1}
		c.metadata.forget(name)
		err := c.retry(ctx, at, c.startTimeout, func() error {
			t, err := c.topic(ctx, name)
			if err != nil {
				return err
			}
			if err := t.err(); err != nil {
				c.metadata.forget(name)
				return err
			}
			counts[name] = len(t.leaders)
			return nil
		}, nil)
		if err != nil {
			return nil, err
		}
	}
	return counts, nil
}
