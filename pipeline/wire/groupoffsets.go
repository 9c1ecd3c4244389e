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

const codeGroupNotFound = 69

// A Committed is what a group has committed for a partition.
type Committed struct {
	Next     int64  // the next offset to be read; -1 none
	Metadata string // what was written beside it
}

// CommittedOffsets gives what a group has committed for the partitions 0 to partitions-1 of a topic. An offset that a
// transaction commits counts once the transaction has ended. Stable waits for that (KIP-447; Kafka 2.5): who goes on from
// the offsets needs it; who only looks would wait for the time-out of a transaction whose owner was killed.
func (c *Client) CommittedOffsets(ctx context.Context, group, topic string, partitions int, stable bool) ([]Committed, error) {
	at := Error{Op: "fetch offsets", Group: group, Topic: topic, Partition: -1}
	var out []Committed
	err := c.retry(ctx, at, c.deliveryTimeout, func() (err error) {
		out, err = c.committedOffsets(ctx, group, topic, partitions, stable)
		return err
	}, nil)
	return out, err
}

// committedOffsets sends OffsetFetch v7, which is flexible.
func (c *Client) committedOffsets(ctx context.Context, group, topic string, partitions int, stable bool) ([]Committed, error) {
	node, err := c.coordinator(ctx, group)
	if err != nil {
		return nil, err
	}
	r := c.begin(protocol.OffsetFetch, 7, node)
	b := putCompact(putNoTags(r.head), group)
	b = putCompactCount(b, 1)
	b = putCompactCount(putCompact(b, topic), partitions)
	for p := range partitions {
		b = putInt32(b, int32(p))
	}
	b = putNoTags(b)
	require := byte(0)
	if stable {
		require = 1
	}
	b = append(b, require)
	r.head = putNoTags(b)
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return nil, err
	}
	return readCommitted(&in, topic, partitions)
}

func readCommitted(in *reader, topic string, partitions int) ([]Committed, error) {
	out := make([]Committed, partitions)
	for i := range out {
		out[i].Next = -1
	}
	var failed int16
	in.tags()  // of the header
	in.int32() // throttle time
	for range in.compactCount(3) {
		if name := in.compact(); !in.fail && string(name) != topic {
			return nil, errAnswer
		}
		for range in.compactCount(20) {
			p := int(in.int32())
			offset := in.int64()
			in.int32() // leader epoch
			metadata := string(in.compact())
			if c := in.int16(); c != 0 {
				failed = c
			}
			in.tags()
			if p >= 0 && p < partitions {
				out[p] = Committed{Next: offset, Metadata: metadata}
			}
		}
		in.tags()
	}
	if c := in.int16(); c != 0 {
		failed = c
	}
	in.tags()
	if err := in.err(); err != nil {
		return nil, err
	}
	if failed == codeGroupNotFound { // nobody has committed anything
		failed = 0
	}
	return out, asCode(failed)
}
