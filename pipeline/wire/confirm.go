package wire

import (
	"context"

	"github.com/segmentio/kafka-go/protocol"
)

const codeRebalanceInProgress = 27

// Confirm asks the group whether this member still belongs to it, in this generation: ClassGiveUp says that it does not.
//
// It MUST be called after transactional ids were taken for the first time in a generation, and before anything is written
// under them. A member that stood still between its joining and the taking may have been put out meanwhile: then it has
// taken the ids from their owner, with a newer epoch, and what it writes, from offsets that are old, would stand behind
// what the owner has written. Asked afterwards, whoever is confirmed has the newest epoch of all members that ever will be.
//
// That a rebalance has begun says nothing against it: until it has ended the generation holds.
func (g *Generation) Confirm(ctx context.Context) error {
	at := Error{Op: "confirm", Group: g.GroupID, Partition: -1}
	return g.c.retry(ctx, at, g.c.deliveryTimeout, func() error {
		node, err := g.c.coordinator(ctx, g.GroupID)
		if err != nil {
			return err
		}
		r := g.c.begin(protocol.Heartbeat, 2, node)
		b := putInt32(putString(r.head, g.GroupID), g.ID)
		r.head = putString(b, g.MemberID)
		err = g.c.doForCode(ctx, r)
		if codeOf(err) == codeRebalanceInProgress {
			return nil
		}
		return err
	}, nil)
}
