package wire

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// TransactionalID is the name under which a group writes what it reads from a source partition. Whoever takes the id of a
// partition fences out who had the partition before.
func TransactionalID(group, topic string, partition int) string {
	return fmt.Sprintf("%s%s/%d", TransactionalPrefix(group), topic, partition)
}

// TransactionalPrefix is what all transactional ids of a group begin with: the brokers' authorizer needs to allow it.
func TransactionalPrefix(group string) string { return group + "/" }

// nobody asks initProducerID for an id without a condition.
var nobody = identity{id: -1, epoch: -1}

// manyTakes is how many transactional ids are taken at the same time. A process that is assigned 100 partitions takes as
// many ids; at once they would make some 200 connections, each with its TLS and SASL, and not be faster.
const manyTakes = 16

// takeID tries once to take an identity: of a transactional id from its coordinator, without one from any broker.
func (c *Client) takeID(ctx context.Context, transactionalID string, transaction time.Duration, was identity) (identity, error) {
	if err := c.takes.take(ctx); err != nil {
		return identity{}, err
	}
	defer c.takes.giveBack()
	if transactionalID == "" {
		return c.initProducerID(ctx, anyNode, "", transaction, nobody)
	}
	node, err := c.coordinatorOf(ctx, coordinated{ofTransactional, transactionalID})
	if err != nil {
		return identity{}, err
	}
	return c.initProducerID(ctx, node, transactionalID, transaction, was)
}

// initProducerID sends InitProducerId v3 (KIP-360; Kafka 2.5): to the coordinator of the transactional id, or without one
// to any node; then the time-out of a transaction has no meaning.
//
// With an id and an epoch (was) it is conditional: where the transactional id has another owner it is refused, with
// ClassGiveUp. But that is looked at only between transactions: while one is open the broker aborts it, whoever asks, and
// fences its owner. So this is no way to find out whether the id is still one's own (Transactor.Abort).
func (c *Client) initProducerID(ctx context.Context, node int32, transactionalID string, transaction time.Duration, was identity) (identity, error) {
	r := c.begin(protocol.InitProducerId, 3, node)
	b := putNoTags(r.head)
	if transactionalID == "" {
		b = append(b, 0)
	} else {
		b = putCompact(b, transactionalID)
	}
	b = putInt32(b, int32(transaction/time.Millisecond))
	b = putInt16(putInt64(b, was.id), was.epoch)
	r.head = putNoTags(b)
	in, err := c.do(ctx, r, c.requestTimeout)
	if err != nil {
		return identity{}, err
	}
	in.tags()  // of the header
	in.int32() // throttle time
	failed := in.int16()
	as := identity{id: in.int64(), epoch: in.int16()}
	in.tags()
	if err := in.err(); err != nil {
		return identity{}, err
	}
	return as, asCode(failed)
}
