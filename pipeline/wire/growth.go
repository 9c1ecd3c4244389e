package wire

import (
	"context"
	"time"
)

// Growth of a topic is for the leader of the group to notice, which shared the partitions out: it asks how many there are
// now, and has the group share them out anew where these are others. kafka-go's watch would be every member's, and count
// for itself when it begins: partitions that were added between the sharing out and that would never be noticed.

// watchPartitions ends the generation when a topic has more partitions than were shared out in it, or for two looks in a
// row fewer: a broker that has just started may not know of all, and a topic that was deleted stays so.
func (g *Group) watchPartitions(ctx context.Context, gen *Generation, shared map[string]int) {
	tick := time.NewTicker(g.watch)
	defer tick.Stop()
	for fewer := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		counts, err := g.c.countPartitions(ctx, shared)
		if err != nil {
			continue // the generation has ended, or no broker can be trusted just now
		}
		less := false
		for topic, n := range counts {
			if n > shared[topic] {
				gen.End()
				return
			}
			less = less || n < shared[topic]
		}
		if less && fewer {
			gen.End()
			return
		}
		fewer = less
	}
}

// countPartitions asks any broker for the numbers of partitions of topics. One that it does not tell is left out.
func (c *Client) countPartitions(ctx context.Context, of map[string]int) (map[string]int, error) {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	counts := make(map[string]int, len(of))
	err := c.retry(ctx, Error{Op: "metadata", Partition: -1}, forever, func() error {
		cluster, err := c.askMetadata(ctx, anyNode, names, false)
		if err != nil {
			return err
		}
		for name, t := range cluster.topics {
			switch err := t.err(); {
			case err == nil:
				counts[name] = len(t.leaders)
			case err == code(codeUnknownTopic):
				counts[name] = 0
			}
		}
		return nil
	}, nil)
	return counts, err
}
