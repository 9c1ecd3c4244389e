package wire

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

const (
	timestampLatest   = -1
	timestampEarliest = -2
)

// A Start says where a group without a committed offset begins.
type Start struct {
	timestamp   int64
	uncommitted bool
}

// Earliest is the first record that is still there, Latest what comes next.
var (
	Earliest = Start{timestamp: timestampEarliest}
	Latest   = Start{timestamp: timestampLatest}
)

// At is the first record that is not older than t, and Latest where there is none.
func At(t time.Time) Start { return Start{timestamp: max(t.UnixMilli(), 0)} }

// Uncommitted is the same for a reader that does not wait for transactions to end.
func (s Start) Uncommitted() Start {
	s.uncommitted = true
	return s
}

// StartOffset gives the offset that a Start means in a partition. Latest is the last stable offset: what an open
// transaction has written is read when it has ended. With Uncommitted it is the end.
func (c *Client) StartOffset(ctx context.Context, topic string, partition int, start Start) (int64, error) {
	offset, err := c.listOffset(ctx, topic, partition, start.timestamp, !start.uncommitted)
	if err == nil && offset < 0 {
		return c.listOffset(ctx, topic, partition, timestampLatest, !start.uncommitted)
	}
	return offset, err
}

// listOffset sends ListOffsets v5. The offset is -1 where no record is that young.
func (c *Client) listOffset(ctx context.Context, topic string, partition int, timestamp int64, committed bool) (int64, error) {
	at := Error{Op: "list offsets", Topic: topic, Partition: partition}
	var offset int64
	err := c.retry(ctx, at, c.startTimeout, func() error {
		node, err := c.leader(ctx, topic, partition)
		if err != nil {
			return err
		}
		r := c.begin(protocol.ListOffsets, 5, node)
		b := putInt32(r.head, -1) // replica: none
		isolation := byte(0)
		if committed {
			isolation = 1
		}
		b = append(b, isolation)
		b = putInt32(b, 1)
		b = putString(b, topic)
		b = putInt32(b, 1)
		b = putInt32(b, int32(partition))
		b = putInt32(b, -1) // leader epoch: not checked
		r.head = putInt64(b, timestamp)
		in, err := c.do(ctx, r, c.requestTimeout)
		if err != nil {
			return err
		}
		in.int32() // throttle time
		if in.count(6) != 1 || string(in.text()) != topic || in.count(26) != 1 || in.int32() != int32(partition) {
			return errAnswer
		}
		failed := in.int16()
		in.int64() // timestamp
		offset = in.int64()
		in.int32() // leader epoch
		if failed != 0 {
			return code(failed)
		}
		return in.err()
	}, nil)
	return offset, err
}

// EndOffset gives the offset that the next record of a partition will have, whoever writes it: also what an open
// transaction has written lies before it.
func (c *Client) EndOffset(ctx context.Context, topic string, partition int) (int64, error) {
	return c.listOffset(ctx, topic, partition, timestampLatest, false)
}

// EndOffsets is EndOffset of many partitions of a topic, in one request to each of their leaders, for at most the given
// time. What no broker said by then is not in the answer.
func (c *Client) EndOffsets(ctx context.Context, topic string, partitions []int, within time.Duration) map[int]int64 {
	ctx, cancel := context.WithTimeout(ctx, within) // a broker that hangs must not have a request's whole time
	defer cancel()
	ends := make(map[int]int64, len(partitions))
	at := Error{Op: "list offsets", Topic: topic, Partition: -1}
	_ = c.retry(ctx, at, forever, func() error {
		leaders := map[int32][]int{}
		var failed error
		for _, p := range partitions {
			if _, ok := ends[p]; ok {
				continue
			}
			node, err := c.leader(ctx, topic, p)
			if err != nil {
				failed = err
				continue
			}
			leaders[node] = append(leaders[node], p)
		}
		for node, led := range leaders {
			if err := c.endOffsets(ctx, node, topic, led, ends); err != nil {
				failed = err
			}
		}
		return failed
	}, nil)
	return ends
}

// endOffsets sends ListOffsets v5 for partitions that a node leads, and adds what it says.
func (c *Client) endOffsets(ctx context.Context, node int32, topic string, partitions []int, ends map[int]int64) error {
	r := c.begin(protocol.ListOffsets, 5, node)
	b := putInt32(r.head, -1) // replica: none
	b = append(b, 0)          // isolation: all that is written
	b = putInt32(b, 1)
	b = putString(b, topic)
	b = putInt32(b, int32(len(partitions)))
	for _, p := range partitions {
		b = putInt32(b, int32(p))
		b = putInt32(b, -1) // leader epoch: not checked
		b = putInt64(b, timestampLatest)
	}
	r.head = b
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return err
	}
	var failed int16
	in.int32() // throttle time
	for range in.count(6) {
		if string(in.text()) != topic {
			return errAnswer
		}
		for range in.count(26) {
			p, code := int(in.int32()), in.int16()
			in.int64() // timestamp
			offset := in.int64()
			in.int32() // leader epoch
			if code != 0 {
				failed = code
			} else if !in.fail {
				ends[p] = offset
			}
		}
	}
	if err := in.err(); err != nil {
		return err
	}
	return asCode(failed)
}
