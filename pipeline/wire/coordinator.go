package wire

import (
	"context"
	"sync"

	"github.com/segmentio/kafka-go/protocol"
)

// The kinds of what a coordinator looks after, as FindCoordinator numbers them.
const (
	ofGroup         byte = 0
	ofTransactional byte = 1
)

// A coordinated is a consumer group or a transactional id.
type coordinated struct {
	kind byte
	name string
}

// coordinators remembers which broker looks after each group and each transactional id. kafka-go would ask before every
// single request.
type coordinators struct {
	mu    sync.Mutex
	nodes map[coordinated]int32
}

func (s *coordinators) get(of coordinated) (int32, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	node, ok := s.nodes[of]
	return node, ok
}

func (s *coordinators) set(of coordinated, node int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nodes == nil {
		s.nodes = map[coordinated]int32{}
	}
	s.nodes[of] = node
}

func (s *coordinators) forget(of coordinated) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.nodes, of)
}

// coordinator gives the node that coordinates a group.
func (c *Client) coordinator(ctx context.Context, group string) (int32, error) {
	return c.coordinatorOf(ctx, coordinated{ofGroup, group})
}

// coordinatorOf gives the node that coordinates a group or a transactional id; it sends FindCoordinator v2 where that is
// not known.
func (c *Client) coordinatorOf(ctx context.Context, of coordinated) (int32, error) {
	if node, ok := c.coordinators.get(of); ok {
		return node, nil
	}
	r := c.begin(protocol.FindCoordinator, 2, anyNode)
	r.head = putString(r.head, of.name)
	r.head = append(r.head, of.kind)
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return 0, err
	}
	in.int32() // throttle time
	failed := in.int16()
	in.text() // message
	node := in.int32()
	if failed != 0 {
		return 0, code(failed)
	}
	if err := in.err(); err != nil {
		return 0, err
	}
	c.coordinators.set(of, node)
	return node, nil
}
