package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"go.uber.org/zap"

	"voile/pipeline/batch"
)

// A Producer writes batches idempotently, with acks=all and one batch in flight. It is owned by one worker, the one of
// a source partition, and is not safe for concurrent use. Its batches belong to no transaction.
//
// # Why nothing is doubled
//
// The broker keeps, for each producer id and partition, the sequence of the last batches. A batch that is sent again,
// with the same bytes and the same sequence, is either the next one (the first attempt never arrived) or one it knows
// (it did): then the broker answers the offset of the first and writes nothing. So every failure whose outcome is not
// known, a cut connection, a deadline, a leader that moved, is answered by the same batch.
//
// This holds for as long as the identity, the producer id and its epoch, is the same. A fresh one is taken in two cases,
// each of which can double records but never lose any:
//
//   - Produce has failed for good, or its context has ended, while the outcome of an attempt was unknown. The sequence
//     may be taken or not. To give it to other records could lose these (the broker would take them for the old batch),
//     so the next Produce begins with a fresh identity.
//   - The broker answers OUT_OF_ORDER_SEQUENCE_NUMBER [45] or UNKNOWN_PRODUCER_ID [59]. With one batch in flight we
//     never leave a gap, so the broker's log misses records that it had acknowledged: it lost its end (an unclean
//     election; that is data loss on the broker, and is logged as an error), or retention deleted them (harmless). In
//     both cases the batch at hand is not in the log behind a predecessor that is missing there: it was refused by this
//     answer, and an earlier attempt that arrived later would be refused for the same gap. So it is safe, and needed,
//     to write it under a fresh identity.
//
// DUPLICATE_SEQUENCE_NUMBER [46] means: written before, the broker has forgotten where. That is success; the offset is -1.
//
// # What holds against a predecessor that still lives
//
// The identity is that of a transactional id, of which each owner has its own epoch. NewProducer ends the predecessor's:
//
//   - A partition to which the new owner has written refuses every batch of the predecessor, with ClassGiveUp, also one
//     that was on its way. So does the next leader of the partition.
//   - A partition to which the new owner has not written yet takes such batches. They stand before all that the new owner
//     writes there. The predecessor cannot have committed their records, as they were not acknowledged; so the new owner
//     writes them again: a whole re-delivery, in order, of which nothing is lost and nothing comes late.
//   - The predecessor takes no fresh identity any more: it does so on the condition that it still is the owner.
//
// The brokers remember this for a time: the leader of a partition the epoch for producer.id.expiration.ms after its last
// batch there (1 day by default; then a late batch counts as one of a new producer), the coordinator the transactional id
// for transactional.id.expiration.ms after it was taken last (7 days; then the next owner gets another producer id, beside
// which the predecessor's stays valid). So an identity that is older than renewAfter is taken anew before it is used: who
// wakes up behind one of these times has to ask first, and is refused. They MUST be longer than renewAfter.
type Producer struct {
	c         *Client
	id        string // the transactional id; "" none
	timeout   time.Duration
	as        identity  // its sequence is by partition, below
	taken     time.Time // when as was
	stale     bool      // as must not be used any more
	sequences map[partition]int32
}

// renewAfter is well below what anybody sets the two times to for which the brokers remember.
const renewAfter = time.Hour

type partition struct {
	topic string
	n     int
}

const codeDuplicateSequence = 46

// NewProducer takes the transactional id, and fences out who had it before; where that one wrote in transactions it waits
// until the last one has ended. Of timeout, which has no meaning here, the brokers ask what NewTransactor says. Without a
// transactional id the producer is fenced by nobody and fences nobody.
func (c *Client) NewProducer(ctx context.Context, transactionalID string, timeout time.Duration) (*Producer, error) {
	p := &Producer{c: c, id: transactionalID, timeout: timeout, as: nobody}
	return p, p.renew(ctx)
}

// renew takes a fresh identity, if the transactional id still is ours, and begins all sequences again. The brokers ask for
// the sequence 0 at the beginning of an epoch.
func (p *Producer) renew(ctx context.Context) error {
	at := Error{Op: "init producer id", TransactionalID: p.id, Partition: -1}
	return p.c.retry(ctx, at, p.c.deliveryTimeout, func() error {
		as, err := p.c.takeID(ctx, p.id, p.timeout, p.as)
		if err != nil {
			return err
		}
		p.as, p.taken, p.stale = as, time.Now(), false
		p.sequences = map[partition]int32{}
		return nil
	}, nil)
}

// Produce writes one batch of count records and returns when all replicas in sync have it, with the offset of its first
// record, or -1 where the broker does not know it any more.
//
// encode makes the batch's bytes (v2, base offset 0, not transactional) for the identity that it is given. It is called
// once, and again where the identity had to change. Its bytes MUST stay as they are until Produce has returned.
//
// On ClassTooLarge and ClassRefused the batch was not written and no sequence is used: the caller may go on with other
// records. After any other error the records may have been written or not.
func (p *Producer) Produce(ctx context.Context, topic string, n, count int,
	encode func(id int64, epoch int16, sequence int32) ([]byte, error)) (baseOffset int64, err error) {
	var (
		at      = Error{Op: "produce", Topic: topic, Partition: n}
		key     = partition{topic, n}
		raw     []byte
		unknown bool // some attempt may have been written
	)
	// Without a bound: whoever gives up and begins again would write again what was written to other partitions.
	err = p.c.retry(ctx, at, forever, func() error {
		if p.stale || raw == nil && time.Since(p.taken) > renewAfter {
			if err := p.renew(ctx); err != nil {
				return err
			}
			raw = nil
		}
		if raw == nil {
			as := p.as
			as.sequence = p.sequences[key]
			if raw, err = as.encode(key, count, encode); err != nil {
				return err
			}
		}
		node, err := p.c.leader(ctx, topic, n)
		if err != nil {
			return err
		}
		baseOffset, err = p.c.produceOnce(ctx, node, "", topic, n, raw)
		if err != nil && !refused(err) {
			unknown = true
		}
		return err
	}, func(e *Error) {
		if e.Class == ClassSequence {
			p.lost(e)
			unknown = false // it is not in the log, see above
		}
	})
	if err != nil {
		p.stale = p.stale || unknown
		return 0, err
	}
	p.sequences[key] = batch.NextSequence(p.sequences[key], count)
	return baseOffset, nil
}

// refused says whether a broker has refused a batch before it wrote anything.
func refused(err error) bool {
	var c code
	if !errors.As(err, &c) {
		return false
	}
	switch lookup(int16(c)).class {
	case ClassTooLarge, ClassRefused, ClassSequence, ClassStop:
		return true
	}
	return false
}

// lost gives the identity up.
func (p *Producer) lost(e *Error) {
	p.stale = true
	if e.Code == 45 {
		p.c.health.log.Error("kafka: the sink lost records that it had acknowledged; the producer begins anew",
			zap.String("topic", e.Topic), zap.Int("partition", e.Partition), zap.String("error", e.Error()))
	}
}

// An identity is what a batch of an idempotent producer says of itself.
type identity struct {
	id            int64
	epoch         int16
	sequence      int32
	transactional bool
}

// encode has the batch made, and checks that it is what the broker would not check: the identity, the count, and that it
// claims a transaction exactly if it belongs to one. A broker stores a batch of a transaction's request without the claim
// as one that belongs to none.
func (as identity) encode(key partition, count int, encode func(int64, int16, int32) ([]byte, error)) ([]byte, error) {
	raw, err := encode(as.id, as.epoch, as.sequence)
	if err != nil {
		return nil, &Error{Op: "encode", Topic: key.topic, Partition: key.n, Class: ClassStop, Err: err}
	}
	const transactional = 0x10
	be := binary.BigEndian
	switch {
	case len(raw) < batch.HeaderSize,
		int64(be.Uint64(raw[43:])) != as.id, int16(be.Uint16(raw[51:])) != as.epoch,
		int32(be.Uint32(raw[53:])) != as.sequence, int(be.Uint32(raw[57:])) != count,
		(raw[22]&transactional != 0) != as.transactional:
		return nil, &Error{Op: "encode", Topic: key.topic, Partition: key.n, Class: ClassStop,
			Err: errors.New("the batch is not the one that was asked for: report it as a bug")}
	}
	return raw, nil
}
