package wire

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// A delivery is a batch on its way to a partition, and what came of it.
type delivery struct {
	partition
	raw    []byte
	offset int64 // of the first record; -1 where the broker does not know it any more
	err    error
}

// produceOnce sends one batch.
func (c *Client) produceOnce(ctx context.Context, node int32, transactionalID, topic string, n int, raw []byte) (int64, error) {
	d := &delivery{partition: partition{topic, n}, raw: raw}
	c.deliver(ctx, node, transactionalID, []*delivery{d})
	return d.offset, d.err
}

// deliver sends batches, one at most for each partition, in one request: Produce v8, the request's own bytes and between
// them the batches as they are.
func (c *Client) deliver(ctx context.Context, node int32, transactionalID string, all []*delivery) {
	slices.SortFunc(all, func(a, b *delivery) int { return cmp.Compare(a.topic, b.topic) })
	r := c.begin(protocol.Produce, 8, node)
	b := putNullable(r.head, transactionalID)
	b = putInt16(b, -1) // acks: all
	// The broker gives up a little before we do, so that we hear its reason.
	b = putInt32(b, int32(c.requestTimeout*3/4/time.Millisecond))
	topics := 1
	for i := range all[1:] {
		if all[i].topic != all[i+1].topic {
			topics++
		}
	}
	b = putInt32(b, int32(topics))
	for i, d := range all {
		if i == 0 || all[i-1].topic != d.topic {
			end := i
			for end < len(all) && all[end].topic == d.topic {
				end++
			}
			b = putInt32(putString(b, d.topic), int32(end-i))
		}
		b = putInt32(putInt32(b, int32(d.n)), int32(len(d.raw)))
		if i == 0 {
			r.head = b
		} else {
			r.tail = append(r.tail, b)
		}
		r.tail = append(r.tail, d.raw)
		b = nil
	}
	r.charge = c.leads(all[0].topic, all[0].n)
	for _, d := range all {
		d.offset, d.err = 0, errAnswer // until the answer says otherwise
	}
	in, err := c.do(ctx, r, c.requestTimeout)
	if err == nil {
		err = readDelivered(&in, all)
		c.nodes.throttle(node, in.int32()) // which stands last
	}
	if err != nil {
		for _, d := range all {
			d.offset, d.err = 0, err
		}
	}
}

// readDelivered gives each batch what the broker says of it. What it says of single records is in its own words, and is
// passed over.
func readDelivered(in *reader, all []*delivery) error {
	for range in.count(6) {
		topic := in.text()
		for range in.count(36) {
			n, failed, offset := int(in.int32()), in.int16(), in.int64()
			in.int64() // append time
			in.int64() // log start offset
			for range in.count(6) {
				in.int32() // index of a record
				in.text()  // message
			}
			in.text() // message
			if in.fail {
				return errAnswer
			}
			for _, d := range all {
				switch {
				case d.n != n || d.topic != string(topic):
				case failed == codeDuplicateSequence:
					d.offset, d.err = -1, nil
				default:
					d.offset, d.err = offset, asCode(failed)
				}
			}
		}
	}
	return in.err()
}
