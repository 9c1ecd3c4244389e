package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"voile/pipeline/batch"
)

// A Transactor writes records, and how far a consumer group has come, in transactions (KIP-98): a reader that reads
// committed sees all of one or none of it. It is owned by one worker and not safe for concurrent use.
//
// # The contract
//
// Before: there is one transactional id for all processes that must not work at the same time. NewTransactor takes it:
// what another owner of the id has open is aborted, and everything that it sends from then on is refused (ClassGiveUp).
// Only then does CommittedOffsets say what holds; an offset that was read before may be old.
//
// During: Produce opens a transaction where none is open. Commit ends it together with the group's offsets, Abort without
// anything. What the broker refuses by ClassTooLarge or ClassRefused was not written, and the transaction goes on.
//
// After any other error nothing but Abort is allowed. It takes the id anew, so that nothing of the old transaction can
// arrive late in the next one. If it was Commit that failed, the transaction may be committed all the same: the caller
// MUST read the group's offsets again. ClassAbort means to begin again from there, ClassGiveUp that somebody else has.
//
// A batch is sent again with the same bytes and the same sequence, as a Producer does it; a broker that misses what was
// written before makes the transaction fail (ClassAbort), never go on under another identity.
type Transactor struct {
	c       *Client
	id      string
	timeout time.Duration

	producer  identity // sequence is by partition, below
	sequences map[partition]int32
	added     map[partition]bool // of the open transaction
	open      bool
	broken    error
}

// GroupOffsets are the next offsets to be read of a group, to be committed in a transaction.
type GroupOffsets struct {
	Group string
	// Generation and Member fence out a member that was put out of its group. Without a membership they are -1 and "":
	// then only the transactional id fences.
	Generation int32
	Member     string
	Topics     map[string]map[int]Committed // by topic and partition
}

// NewTransactor takes the transactional id. The brokers abort a transaction that is open for longer than timeout, which
// must not be above their transaction.max.timeout.ms (15 min by default).
func (c *Client) NewTransactor(ctx context.Context, transactionalID string, timeout time.Duration) (*Transactor, error) {
	t := &Transactor{c: c, id: transactionalID, timeout: timeout}
	return t, t.take(ctx)
}

// take gets the id a new epoch. It waits until the last transaction has ended, one way or the other.
func (t *Transactor) take(ctx context.Context) error {
	return t.attempt(ctx, "init producer id", func(node int32) error {
		id, epoch, err := t.c.initProducerID(ctx, node, t.id, t.timeout)
		if err != nil {
			return err
		}
		t.producer = identity{id: id, epoch: epoch, transactional: true}
		t.sequences, t.added = map[partition]int32{}, map[partition]bool{}
		t.open, t.broken = false, nil
		return nil
	})
}

// ProducerID is the id in the headers of the batches that this transactional id writes. It stays from one owner to the
// next for as long as the brokers remember the transactional id (transactional.id.expiration.ms).
func (t *Transactor) ProducerID() int64 { return t.producer.id }

// attempt has the coordinator of the transactional id do something, and rides out what passes.
func (t *Transactor) attempt(ctx context.Context, op string, send func(node int32) error) error {
	at := Error{Op: op, TransactionalID: t.id, Partition: -1}
	return t.c.retry(ctx, at, t.c.deliveryTimeout, func() error {
		node, err := t.c.coordinatorOf(ctx, coordinated{ofTransactional, t.id})
		if err != nil {
			return err
		}
		return send(node)
	}, nil)
}

// errUnusable is returned by everything but Abort once something has failed.
var errUnusable = errors.New("kafka: the transaction has failed and must be aborted")

// Produce writes one batch of count records as part of the transaction, and returns when all replicas in sync have it,
// with the offset of its first record, or -1 where the broker does not know it any more. For encode see
// Producer.Produce; the batch MUST be a transactional one.
func (t *Transactor) Produce(ctx context.Context, topic string, n, count int,
	encode func(id int64, epoch int16, sequence int32) ([]byte, error)) (baseOffset int64, err error) {
	if t.broken != nil {
		return 0, errUnusable
	}
	key := partition{topic, n}
	as := t.producer
	as.sequence = t.sequences[key]
	raw, err := as.encode(key, count, encode)
	if err != nil {
		return 0, t.fail(err)
	}
	if err := t.add(ctx, key); err != nil {
		return 0, t.fail(err)
	}
	at := Error{Op: "produce", Topic: topic, Partition: n, TransactionalID: t.id}
	err = t.c.retry(ctx, at, t.c.deliveryTimeout, func() error {
		node, err := t.c.leader(ctx, topic, n)
		if err != nil {
			return err
		}
		baseOffset, err = t.c.produceOnce(ctx, node, t.id, topic, n, raw)
		return endsTransaction(at, err)
	}, nil)
	switch ClassOf(err) {
	case ClassTooLarge, ClassRefused:
		return 0, err // nothing was written, and no sequence is used
	}
	if err != nil {
		return 0, t.fail(err)
	}
	t.sequences[key] = batch.NextSequence(as.sequence, count)
	return baseOffset, nil
}

// endsTransaction makes a lost sequence what it is in a transaction: the end of it.
func endsTransaction(at Error, err error) error {
	var c code
	if errors.As(err, &c) && lookup(int16(c)).class == ClassSequence {
		at.Code, at.Class = int16(c), ClassAbort
		return &at
	}
	return err
}

// add makes a partition part of the transaction: AddPartitionsToTxn v2.
func (t *Transactor) add(ctx context.Context, key partition) error {
	if t.added[key] {
		return nil
	}
	err := t.attempt(ctx, "add to the transaction", func(node int32) error {
		r := t.begin(protocol.AddPartitionsToTxn, 2, node)
		b := putInt32(r.head, 1)
		b = putInt32(putString(b, key.topic), 1)
		r.head = putInt32(b, int32(key.n))
		in, err := t.c.do(ctx, r, t.c.requestTimeout)
		if err != nil {
			return err
		}
		in.int32() // throttle time
		if in.count(6) != 1 || string(in.text()) != key.topic || in.count(6) != 1 || in.int32() != int32(key.n) {
			return errAnswer
		}
		failed := in.int16()
		if in.fail {
			return errAnswer
		}
		return asCode(failed)
	})
	if err == nil {
		t.added[key], t.open = true, true
	}
	return err
}

// begin starts a request of the transaction.
func (t *Transactor) begin(api protocol.ApiKey, version int16, node int32) *request {
	r := t.c.begin(api, version, node)
	b := putString(r.head, t.id)
	b = putInt64(b, t.producer.id)
	r.head = putInt16(b, t.producer.epoch)
	return r
}

// Commit commits the offsets and all that was produced, both or neither. Where nothing was produced it commits the
// offsets alone. It returns once that is decided; readers see it some milliseconds later.
func (t *Transactor) Commit(ctx context.Context, o GroupOffsets) error {
	if t.broken != nil {
		return errUnusable
	}
	if len(o.Topics) == 0 && !t.open {
		return nil
	}
	if len(o.Topics) > 0 {
		if err := t.offsets(ctx, &o); err != nil {
			return t.fail(err)
		}
	}
	return t.end(ctx, true)
}

// Abort ends the transaction without anything of it. After an error it takes the id anew.
func (t *Transactor) Abort(ctx context.Context) error {
	switch {
	case t.broken != nil:
		return t.take(ctx) // which makes the brokers abort what is open
	case t.open:
		return t.end(ctx, false)
	}
	return nil
}

// Visible waits until readers see what was committed last. The brokers refuse to begin a transaction until then, so it
// begins one, of a group that the caller may commit to, and ends it. It changes nothing, and takes nothing from another
// owner of the id: then, as after any other error, what was committed becomes visible by itself.
func (t *Transactor) Visible(ctx context.Context, group string) {
	if t.open || t.broken != nil || t.addOffsets(ctx, group) != nil {
		return
	}
	_ = t.end(ctx, false)
}

// Leave ends what is open, if the brokers can be asked and the id still is this owner's: for who does not go on. It takes
// nothing from another owner, and what it does not end the brokers end after the time-out.
func (t *Transactor) Leave(ctx context.Context) {
	if t.open || t.broken != nil {
		_ = t.end(ctx, false)
	}
	t.broken = errUnusable
}

// addOffsets makes a group part of the transaction: AddOffsetsToTxn v2.
func (t *Transactor) addOffsets(ctx context.Context, group string) error {
	err := t.attempt(ctx, "add offsets to the transaction", func(node int32) error {
		r := t.begin(protocol.AddOffsetsToTxn, 2, node)
		r.head = putString(r.head, group)
		return t.c.doForCode(ctx, r)
	})
	if err == nil {
		t.open = true
	}
	return err
}

// offsets has the transaction commit a group's offsets: addOffsets, then TxnOffsetCommit v3 to the group's coordinator.
func (t *Transactor) offsets(ctx context.Context, o *GroupOffsets) error {
	if err := t.addOffsets(ctx, o.Group); err != nil {
		return err
	}
	at := Error{Op: "commit in the transaction", Group: o.Group, Partition: -1}
	return t.c.retry(ctx, at, t.c.deliveryTimeout, func() error {
		node, err := t.c.coordinator(ctx, o.Group)
		if err != nil {
			return err
		}
		return t.commitOffsets(ctx, node, o)
	}, nil)
}

// commitOffsets sends TxnOffsetCommit v3, which is flexible.
func (t *Transactor) commitOffsets(ctx context.Context, node int32, o *GroupOffsets) error {
	r := t.c.begin(protocol.TxnOffsetCommit, 3, node)
	b := putCompact(putNoTags(r.head), t.id)
	b = putCompact(b, o.Group)
	b = putInt16(putInt64(b, t.producer.id), t.producer.epoch)
	b = putCompact(putInt32(b, o.Generation), o.Member)
	b = append(b, 0) // static id: null
	b = putCompactCount(b, len(o.Topics))
	for topic, partitions := range o.Topics {
		b = putCompactCount(putCompact(b, topic), len(partitions))
		for p, committed := range partitions {
			b = putInt64(putInt32(b, int32(p)), committed.Next)
			b = putInt32(b, -1) // leader epoch: none
			b = putNoTags(putCompact(b, committed.Metadata))
		}
		b = putNoTags(b)
	}
	r.head = putNoTags(b)
	in, err := t.c.do(ctx, r, t.c.requestTimeout)
	if err != nil {
		return err
	}
	return readTxnCommit(&in)
}

// readTxnCommit gives the worst of the partitions' errors.
func readTxnCommit(in *reader) error {
	var failed []int16
	in.tags()  // of the header
	in.int32() // throttle time
	for range in.compactCount(3) {
		in.compact()
		for range in.compactCount(7) {
			in.int32() // partition
			if c := in.int16(); c != 0 {
				failed = append(failed, c)
			}
			in.tags()
		}
		in.tags()
	}
	in.tags()
	if err := in.err(); err != nil {
		return err
	}
	if len(failed) == 0 {
		return nil
	}
	return code(slices.MaxFunc(failed, func(a, b int16) int { return int(lookup(a).class) - int(lookup(b).class) }))
}

// end sends EndTxn v2. Sent again it is answered as the first time.
func (t *Transactor) end(ctx context.Context, commit bool) error {
	op, how := "abort the transaction", byte(0)
	if commit {
		op, how = "commit the transaction", 1
	}
	err := t.attempt(ctx, op, func(node int32) error {
		r := t.begin(protocol.EndTxn, 2, node)
		r.head = append(r.head, how)
		return t.c.doForCode(ctx, r)
	})
	if err != nil {
		return t.fail(err)
	}
	t.open = false
	clear(t.added)
	return nil
}

// fail leaves nothing but Abort.
func (t *Transactor) fail(err error) error {
	t.broken = err
	return fmt.Errorf("transactional id %s: %w", t.id, err)
}
