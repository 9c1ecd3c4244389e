package wire

import (
	"context"
	"errors"
	"time"
)

// A broker that hangs, or whose machine is gone without a word, answers nothing until the deadline, and its successor is
// elected long before a deadline that a slow broker deserves. So a request that has waited for a while asks others who is
// in charge, again and again, and is let go of once that is somebody else: its caller sends it there.

const (
	// slowAfter is how long a request waits for its answer, beyond what it asks the broker to wait, before it looks.
	slowAfter = time.Second
	// lookEvery is the time between two looks: with slowAfter it keeps a partition whose leader hung within a second of
	// the election.
	lookEvery = 250 * time.Millisecond
)

// errMoved ends a request that waits for a broker that is not in charge any more.
var errMoved = errors.New("the broker does not answer, and another one is in charge now")

// A charge says who is in charge of what a request is about, as the cluster says now.
type charge func(ctx context.Context) (node int32, err error)

// patience is how long a request waits before it begins to look: no time where its node has failed lately.
func (c *Client) patience(r *request) time.Duration {
	if c.nodes.suspects(r.node) {
		return 0
	}
	return r.patient + slowAfter - lookEvery
}

// watchMove ends a request by errMoved once another node than its own is in charge. Its own is not asked that.
func (c *Client) watchMove(ctx context.Context, r *request, end context.CancelCauseFunc) {
	c.nodes.heard(r.node, false)
	for pause(ctx, lookEvery) {
		if node, err := r.charge(ctx); err == nil && node != r.node {
			end(errMoved)
			return
		}
	}
}

// leads asks for the leader of a partition anew. What is known stays in use meanwhile: that one partition's leader hangs
// is no news of the others'.
func (c *Client) leads(topic string, partition int) charge {
	return func(ctx context.Context) (int32, error) {
		t, err := c.renewed(ctx, topic)
		if err != nil {
			return 0, err
		}
		return t.leader(partition)
	}
}

// renewed gives a topic's state that is not older than this call.
func (c *Client) renewed(ctx context.Context, topic string) (*topicState, error) {
	m, now := &c.metadata, time.Now()
	select {
	case <-m.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { m.turn <- struct{}{} }()
	if m.last.Before(now) { // nobody has asked since
		if err := c.refresh(ctx, topic); err != nil {
			return nil, err
		}
	}
	if t := m.fresh(topic); t != nil {
		return t, nil
	}
	return nil, errAnswer
}
