package pipeline

import (
	"context"
	"fmt"
	"sync"

	"voile/pipeline/wire"
)

// start finds the offset to begin with, where the group has committed none. `start` is for a new group: a partition that
// was added to a topic that the group reads already is read from its first record, or its records would be lost unseen.
func (p *partition) start(ctx context.Context) error {
	if _, ok := p.acked(); ok {
		return nil
	}
	read, err := p.before.read(ctx, p.route, p.topic)
	if err != nil {
		return fmt.Errorf("cannot ask for the offsets of the group: %w", err)
	}
	start := p.route.start
	if read {
		start = wire.Earliest
	}
	offset, err := p.route.client.StartOffset(ctx, p.topic, p.id, start)
	if err != nil {
		return fmt.Errorf("cannot find the offset to start with: %w", err)
	}
	p.next.Store(offset)
	return nil
}

// before knows whether the group had read a topic when the generation began. It asks once a topic, for all partitions:
// later the first of them may have committed already.
type before struct {
	mu    sync.Mutex
	known map[string]bool
}

func (b *before) read(ctx context.Context, r *route, topic string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if read, ok := b.known[topic]; ok {
		return read, nil
	}
	read, err := r.client.GroupKnows(ctx, r.cfg.Group, topic)
	if err == nil {
		b.known[topic] = read
	}
	return read, err
}
