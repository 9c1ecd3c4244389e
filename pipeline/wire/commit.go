package wire

import (
	"context"
	"slices"

	"github.com/segmentio/kafka-go/protocol"
)

// Commit writes the next offset to be read of each partition, all of them in one request, under the generation: where
// the group has gone on without this member it is refused, with ClassGiveUp, and nothing is written.
//
// It rides out a coordinator that loads or moves without ending the generation. The bound of a drain is the context's.
// It MUST be called before everything that was started in the generation has returned.
func (g *Generation) Commit(ctx context.Context, next map[string]map[int]int64) error {
	if len(next) == 0 {
		return nil
	}
	at := Error{Op: "commit", Group: g.GroupID, Partition: -1}
	return g.c.retry(ctx, at, g.c.deliveryTimeout, func() error { return g.commitOnce(ctx, next) }, nil)
}

// commitOnce sends OffsetCommit v7 through the Transport.
//
// Generation.CommitOffsets of kafka-go is tied to the connection of the generation, and can neither follow the
// coordinator nor outlive a cut connection; its Client.OffsetCommit says leader epoch 0 where none is meant.
func (g *Generation) commitOnce(ctx context.Context, next map[string]map[int]int64) error {
	node, err := g.c.coordinator(ctx, g.GroupID)
	if err != nil {
		return err
	}
	r := g.c.begin(protocol.OffsetCommit, 7, node)
	b := putString(r.head, g.GroupID)
	b = putInt32(b, g.ID)
	b = putString(b, g.MemberID)
	b = putNullable(b, "") // static id: none
	b = putInt32(b, int32(len(next)))
	for topic, offsets := range next {
		b = putString(b, topic)
		b = putInt32(b, int32(len(offsets)))
		for partition, offset := range offsets {
			b = putInt32(b, int32(partition))
			b = putInt64(b, offset)
			b = putInt32(b, -1)    // leader epoch: none
			b = putNullable(b, "") // metadata
		}
	}
	r.head = b
	in, err := g.c.do(ctx, r, g.c.requestTimeout)
	if err != nil {
		return err
	}
	return readCommit(&in)
}

// readCommit gives the worst of the partitions' errors: a partition that is retried is committed again with all others,
// which is harmless, and one that is not must not be hidden by one that is.
func readCommit(in *reader) error {
	in.int32() // throttle time
	var failed []int16
	for range in.count(6) {
		in.text()
		for range in.count(6) {
			in.int32() // partition
			if c := in.int16(); c != 0 {
				failed = append(failed, c)
			}
		}
	}
	if err := in.err(); err != nil {
		return err
	}
	if len(failed) == 0 {
		return nil
	}
	return code(slices.MaxFunc(failed, func(a, b int16) int {
		return int(lookup(a).class) - int(lookup(b).class)
	}))
}
