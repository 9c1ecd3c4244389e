package wire

import (
	"context"

	"github.com/segmentio/kafka-go/protocol"
)

// GroupKnows says whether a consumer group has a committed offset for any partition of a topic: whether it has read the
// topic before.
func (c *Client) GroupKnows(ctx context.Context, group, topic string) (known bool, err error) {
	counts, err := c.Partitions(ctx, topic)
	if err != nil {
		return false, err
	}
	at := Error{Op: "fetch offsets", Group: group, Topic: topic, Partition: -1}
	err = c.retry(ctx, at, c.startTimeout, func() error {
		known, err = c.groupKnows(ctx, group, topic, counts[topic])
		return err
	}, nil)
	return known, err
}

// groupKnows sends OffsetFetch v5.
func (c *Client) groupKnows(ctx context.Context, group, topic string, partitions int) (known bool, err error) {
	node, err := c.coordinator(ctx, group)
	if err != nil {
		return false, err
	}
	r := c.begin(protocol.OffsetFetch, 5, node)
	b := putInt32(putString(r.head, group), 1)
	b = putInt32(putString(b, topic), int32(partitions))
	for p := range partitions {
		b = putInt32(b, int32(p))
	}
	r.head = b
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return false, err
	}
	var failed int16
	in.int32() // throttle time
	for range in.count(6) {
		in.text()
		for range in.count(20) {
			in.int32() // partition
			known = in.int64() >= 0 || known
			in.int32() // leader epoch
			in.text()  // metadata
			if c := in.int16(); c != 0 {
				failed = c
			}
		}
	}
	if c := in.int16(); c != 0 {
		failed = c
	}
	if err := in.err(); err != nil {
		return false, err
	}
	return known, asCode(failed)
}
