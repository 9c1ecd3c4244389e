package wire

import (
	"context"
	"sync"

	"github.com/segmentio/kafka-go/protocol"
)

// coordinators remembers which broker looks after each group. kafka-go would ask before every single request.
type coordinators struct {
	mu    sync.Mutex
	nodes map[string]int32
}

func (s *coordinators) get(group string) (int32, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	node, ok := s.nodes[group]
	return node, ok
}

func (s *coordinators) set(group string, node int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nodes == nil {
		s.nodes = map[string]int32{}
	}
	s.nodes[group] = node
}

func (s *coordinators) forget(group string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.nodes, group)
}

// coordinator gives the node that coordinates a group; it sends FindCoordinator v2 where that is not known.
func (c *Client) coordinator(ctx context.Context, group string) (int32, error) {
	if node, ok := c.coordinators.get(group); ok {
		return node, nil
	}
	r := c.begin(protocol.FindCoordinator, 2, anyNode)
	r.head = putString(r.head, group)
	r.head = append(r.head, 0) // key type: group
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
	c.coordinators.set(group, node)
	return node, nil
}
