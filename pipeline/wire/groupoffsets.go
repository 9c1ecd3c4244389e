package wire

import (
	"context"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// GroupKnows says whether a consumer group has a committed offset for any partition of a topic: whether it has read the
// topic before.
func (c *Client) GroupKnows(ctx context.Context, group, topic string) (known bool, err error) {
	counts, err := c.Partitions(ctx, topic)
	if err != nil {
		return false, err
	}
	of := map[string][]int{topic: first(counts[topic])}
	committed, err := c.committedOf(ctx, group, of, false, c.startTimeout)
	for _, at := range committed[topic] {
		known = known || at.Next >= 0
	}
	return known, err
}

// first gives the numbers of n partitions.
func first(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

const codeGroupNotFound = 69

// A Committed is what a group has committed for a partition.
type Committed struct {
	Next     int64  // the next offset to be read; -1 none
	Metadata string // what was written beside it
}

// CommittedOf gives what a group has committed for partitions of any topics, in one request. An offset that a transaction
// commits counts once the transaction has ended. Stable waits for that (KIP-447): who goes on from the offsets needs it;
// who only looks would wait for the time-out of a transaction whose owner was killed.
func (c *Client) CommittedOf(ctx context.Context, group string, of map[string][]int, stable bool) (map[string]map[int]Committed, error) {
	return c.committedOf(ctx, group, of, stable, c.deliveryTimeout)
}

func (c *Client) committedOf(ctx context.Context, group string, of map[string][]int, stable bool, budget time.Duration) (out map[string]map[int]Committed, err error) {
	at := Error{Op: "fetch offsets", Group: group, Partition: -1}
	err = c.retry(ctx, at, budget, func() (err error) {
		out, err = c.fetchCommitted(ctx, group, of, stable)
		return err
	}, nil)
	return out, err
}

// fetchCommitted sends OffsetFetch v7, which is flexible (Kafka 2.5).
func (c *Client) fetchCommitted(ctx context.Context, group string, of map[string][]int, stable bool) (map[string]map[int]Committed, error) {
	node, err := c.coordinator(ctx, group)
	if err != nil {
		return nil, err
	}
	r := c.begin(protocol.OffsetFetch, 7, node)
	b := putCompact(putNoTags(r.head), group)
	b = putCompactCount(b, len(of))
	for topic, partitions := range of {
		b = putCompactCount(putCompact(b, topic), len(partitions))
		for _, p := range partitions {
			b = putInt32(b, int32(p))
		}
		b = putNoTags(b)
	}
	r.head = putNoTags(putBool(b, stable))
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return nil, err
	}
	return readCommitted(&in, of)
}

// readCommitted gives an offset for each partition that was asked for, and the worst of their errors.
func readCommitted(in *reader, of map[string][]int) (map[string]map[int]Committed, error) {
	out := make(map[string]map[int]Committed, len(of))
	unanswered := 0
	for topic, partitions := range of {
		out[topic] = make(map[int]Committed, len(partitions))
		for _, p := range partitions {
			out[topic][p] = Committed{Next: -1}
			unanswered++
		}
	}
	var failed []int16
	in.tags()  // of the header
	in.int32() // throttle time
	for range in.compactCount(3) {
		topic := out[string(in.compact())]
		for range in.compactCount(20) {
			p := int(in.int32())
			offset := in.int64()
			in.int32() // leader epoch
			metadata := string(in.compact())
			failed = append(failed, in.int16())
			in.tags()
			if _, asked := topic[p]; asked {
				topic[p] = Committed{Next: offset, Metadata: metadata}
				unanswered--
			}
		}
		in.tags()
	}
	failed = append(failed, in.int16())
	in.tags()
	if err := in.err(); err != nil {
		return nil, err
	}
	worst := slices.MaxFunc(failed, func(a, b int16) int { return int(lookup(a).class) - int(lookup(b).class) })
	switch {
	case worst == codeGroupNotFound: // nobody has committed anything
		return out, nil
	case worst == 0 && unanswered != 0: // none is told from not said: where to begin hangs on it
		return nil, errAnswer
	}
	return out, asCode(worst)
}
