package wire

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"voile/pipeline/batch"
)

// A Transactor writes records, and how far a consumer group has come, in transactions (KIP-98): a reader that reads
// committed sees all of one or none of it.
//
// # Who may call what
//
// Produce may be called by any number of goroutines at the same time: what goes to one partition is written one batch
// after the other, in the order of the calls' arrival, what goes to different ones in parallel. Expect and Offsets may be
// called beside it. Commit, Abort, Visible and Leave MUST be called by one goroutine at a time, and while none of these runs;
// what is called at the wrong time is refused with ClassStop, and the transaction has failed.
//
// # The contract
//
// Before: there is one transactional id for all processes that must not work at the same time. NewTransactor takes it:
// what another owner of the id has open is aborted, and everything that it sends from then on is refused (ClassGiveUp).
// Only then does CommittedOf say what holds; an offset that was read before may be old.
//
// During: Produce, Expect and Offsets open a transaction where none is open. Commit ends it together with the group's offsets,
// Abort without anything. What the broker refuses by ClassTooLarge or ClassRefused was not written, and the transaction
// goes on.
//
// After any other error nothing but Abort is allowed; calls of these that still run are cut short, and fail in the class of
// the first. Abort takes the id anew, so that nothing of the old transaction can arrive late in the next one, but only if it
// still is ours. If it was Commit that failed, the transaction may be committed all the same: the caller MUST read the
// group's offsets again. ClassAbort means to begin again from there, ClassGiveUp that somebody else has, or that the
// brokers have aborted the transaction because it was open for longer than its time-out: then only who has joined the group
// again, and so knows that the partitions are its own, may take the id with NewTransactor.
//
// A batch is sent again with the same bytes and the same sequence, as a Producer does it; a broker that misses what was
// written before makes the transaction fail (ClassAbort), never go on under another identity.
type Transactor struct {
	c       *Client
	id      string
	timeout time.Duration

	adding turn // to speak with the coordinator while Produce runs

	mu        sync.Mutex
	producer  identity // its sequence is by partition, in lanes
	lanes     map[partition]*lane
	firsts    map[int32]*queue // by broker
	producing int              // calls of Produce, Expect and Offsets that run
	ending    bool             // one of Commit, Abort, Visible and Leave runs
	open      bool
	group     string // whose offsets may be in the open transaction, as the coordinator knows; "" none's
	doubtful  bool   // a request of this epoch had no answer: see doubt
	broken    error
	whole     context.Context // ends when the transaction fails
	fell      context.CancelFunc
}

// A lane is a partition that the Transactor has written to under its present epoch.
type lane struct {
	partition
	turn           // to write the next batch
	sequence int32 // guarded by turn
	written  bool  // to in the open transaction; guarded by turn
	// In a transaction; guarded by Transactor.mu.
	wanted bool // in the open one
	added  bool // and the coordinator knows
	before bool // in the one before
}

// A turn is a lock that is waited for no longer than a context lasts. Some are given to more than one at a time.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) giveBack() { <-t }

// NewTransactor takes the transactional id. The brokers abort a transaction that is open for longer than timeout, which
// must not be above their transaction.max.timeout.ms (15 min by default).
func (c *Client) NewTransactor(ctx context.Context, transactionalID string, timeout time.Duration) (*Transactor, error) {
	t := &Transactor{c: c, id: transactionalID, timeout: timeout, adding: newTurn()}
	return t, t.take(ctx, nobody)
}

// take gets the id a new epoch, where was is not nobody only from that owner. It waits until the last transaction has
// ended, one way or the other.
func (t *Transactor) take(ctx context.Context, was identity) error {
	at := Error{Op: "init producer id", TransactionalID: t.id, Partition: -1}
	return t.c.retry(ctx, at, t.c.deliveryTimeout, unlessBlocked(at, func() error {
		as, err := t.c.takeID(ctx, t.id, t.timeout, was)
		if err != nil {
			return err
		}
		as.transactional = true
		t.mu.Lock()
		defer t.mu.Unlock()
		t.producer, t.lanes, t.firsts = as, map[partition]*lane{}, map[int32]*queue{}
		t.open, t.group, t.broken, t.doubtful = false, "", nil, false
		t.whole, t.fell = context.WithCancel(context.Background())
		return nil
	}), nil)
}

// ProducerID is the id in the headers of the batches that this transactional id writes. It stays from one owner to the
// next for as long as the brokers remember the transactional id (transactional.id.expiration.ms).
func (t *Transactor) ProducerID() int64 { return t.producer.id }

// attempt has the coordinator of the transactional id do something, and rides out what passes.
func (t *Transactor) attempt(ctx context.Context, op string, send func(node int32) error) error {
	at := Error{Op: op, TransactionalID: t.id, Partition: -1}
	return t.c.retry(ctx, at, t.c.deliveryTimeout, unlessBlocked(at, func() error {
		node, err := t.c.coordinatorOf(ctx, coordinated{ofTransactional, t.id})
		if err != nil {
			return err
		}
		err = send(node)
		t.doubt(err)
		return err
	}), nil)
}

// begin starts a request of the transaction.
func (t *Transactor) begin(api protocol.ApiKey, version int16, node int32) *request {
	r := t.c.begin(api, version, node)
	b := putString(r.head, t.id)
	b = putInt64(b, t.producer.id)
	r.head = putInt16(b, t.producer.epoch)
	return r
}

// ErrTransactionFailed is returned by everything but Abort once something has failed, beside what it was: by the call that
// failed it is not.
var ErrTransactionFailed = errors.New("kafka: the transaction has failed and must be aborted")

// misused says that a method was called at a time at which the contract forbids it.
func (t *Transactor) misused(what string) error {
	return &Error{Op: what, TransactionalID: t.id, Partition: -1, Class: ClassStop,
		Err: errors.New("called while another call runs that excludes it: report it as a bug")}
}

// fail leaves nothing but Abort, and cuts short what runs.
func (t *Transactor) fail(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failLocked(err)
}

func (t *Transactor) failLocked(err error) error {
	if t.broken != nil {
		return t.unusable()
	}
	t.broken = fmt.Errorf("transactional id %s: %w", t.id, err)
	t.fell()
	return t.broken
}

func (t *Transactor) unusable() error { return fmt.Errorf("%w: %w", ErrTransactionFailed, t.broken) }

// enter begins a Produce, an Expect or an Offsets. Its context ends when the transaction fails; leave ends it.
func (t *Transactor) enter(ctx context.Context, what string) (whole context.Context, leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken != nil {
		return nil, nil, t.unusable()
	}
	if t.ending {
		return nil, nil, t.failLocked(t.misused(what))
	}
	t.producing++
	whole, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(t.whole, func() { cancel(ErrTransactionFailed) })
	return whole, func() {
		unhook()
		cancel(nil)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.producing--
	}, nil
}

func (t *Transactor) lane(key partition) *lane {
	t.mu.Lock()
	defer t.mu.Unlock()
	ln := t.lanes[key]
	if ln == nil {
		ln = &lane{partition: key, turn: newTurn()}
		t.lanes[key] = ln
	}
	return ln
}

// exclude begins what nothing else may run beside.
func (t *Transactor) exclude(what string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ending || t.producing > 0 {
		return t.failLocked(t.misused(what))
	}
	t.ending = true
	return nil
}

func (t *Transactor) include() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ending = false
}

// Produce writes one batch of count records as part of the transaction, and returns when all replicas in sync have it,
// with the offset of its first record, or -1 where the broker does not know it any more. For encode see
// Producer.Produce; the batch MUST be a transactional one.
func (t *Transactor) Produce(ctx context.Context, topic string, n, count int,
	encode func(id int64, epoch int16, sequence int32) ([]byte, error)) (baseOffset int64, err error) {
	ctx, leave, err := t.enter(ctx, "produce")
	if err != nil {
		return 0, err
	}
	defer leave()
	ln := t.lane(partition{topic, n})
	if err := ln.take(ctx); err != nil {
		return 0, t.fail(err)
	}
	defer ln.giveBack()
	baseOffset, err = t.produce(ctx, ln, count, encode)
	switch ClassOf(err) {
	case ClassTooLarge, ClassRefused:
		return 0, err // nothing was written, and no sequence is used
	}
	if err != nil {
		return 0, t.fail(err)
	}
	ln.sequence, ln.written = batch.NextSequence(ln.sequence, count), true
	return baseOffset, nil
}

// produce is Produce in the lane's turn.
func (t *Transactor) produce(ctx context.Context, ln *lane, count int,
	encode func(id int64, epoch int16, sequence int32) ([]byte, error)) (baseOffset int64, err error) {
	as := t.producer
	as.sequence = ln.sequence
	raw, err := as.encode(ln.partition, count, encode)
	if err != nil {
		return 0, err
	}
	at := Error{Op: "produce", Topic: ln.topic, Partition: ln.n, TransactionalID: t.id}
	if err := t.led(ctx, at, ln); err != nil {
		return 0, err
	}
	if err := t.add(ctx, ln); err != nil {
		return 0, err
	}
	err = t.c.retry(ctx, at, t.c.deliveryTimeout, func() error {
		node, err := t.c.leader(ctx, ln.topic, ln.n)
		if err != nil {
			return err
		}
		if ln.written {
			baseOffset, err = t.c.produceOnce(ctx, node, t.id, ln.topic, ln.n, raw)
		} else {
			baseOffset, err = t.produceFirst(ctx, node, ln, raw)
		}
		return endsTransaction(at, err)
	}, nil)
	return baseOffset, err
}

// led waits until the partition of a lane has a leader, before the lane is added: one that is not there would keep out all
// that are added with it, and one without a leader the end of the transaction.
func (t *Transactor) led(ctx context.Context, at Error, ln *lane) error {
	if t.has(ln) {
		return nil
	}
	leader := func() error {
		_, err := t.c.leader(ctx, ln.topic, ln.n)
		return err
	}
	if leader() == nil { // by itself that does not mean that what was wrong with the partition is over
		return nil
	}
	return t.c.retry(ctx, at, t.c.deliveryTimeout, leader, nil)
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

// Expect tells the coordinator that the transaction will have offsets of a group, so that Offsets and Commit need not. It is
// tried once, and only where the coordinator has nothing else to do for the transaction: they make up for it.
func (t *Transactor) Expect(ctx context.Context, group string) {
	ctx, leave, err := t.enter(ctx, "expect offsets")
	if err != nil {
		return
	}
	defer leave()
	select {
	case t.adding <- struct{}{}:
	default:
		return
	}
	defer t.adding.giveBack()
	if node, err := t.c.coordinatorOf(ctx, coordinated{ofTransactional, t.id}); err == nil {
		t.doubt(t.addGroup(ctx, node, group))
	}
}

// Offsets makes the offsets of a group a part of the transaction, which counts with the rest of it. That may still be on
// its way: offsets are added beside the last batches, and not after them.
func (t *Transactor) Offsets(ctx context.Context, o GroupOffsets) error {
	ctx, leave, err := t.enter(ctx, "add offsets")
	if err != nil {
		return err
	}
	defer leave()
	if err := t.offsets(ctx, &o); err != nil {
		return t.fail(err)
	}
	return nil
}

// Commit commits the offsets, those that were given to Offsets, and all that was produced: everything or nothing. It
// returns once that is decided; readers see it some milliseconds later.
func (t *Transactor) Commit(ctx context.Context, o GroupOffsets) error {
	if err := t.exclude("commit the transaction"); err != nil {
		return err
	}
	defer t.include()
	if t.broken != nil {
		return t.unusable()
	}
	if len(o.Topics) == 0 && !t.open {
		return nil
	}
	if len(o.Topics) > 0 {
		if err := t.offsets(ctx, &o); err != nil {
			return t.fail(err)
		}
	}
	if err := t.end(ctx, true); err != nil {
		return err
	}
	t.resolve(ctx)
	return nil
}

// Abort ends the transaction without anything of it. After an error it takes the id anew, if it still is ours; if that
// does not succeed it may be tried again.
func (t *Transactor) Abort(ctx context.Context) error {
	if err := t.exclude("abort the transaction"); err != nil {
		return err
	}
	defer t.include()
	if t.broken == nil && !t.open {
		return nil
	}
	failed := t.broken != nil || t.doubtful // what is in doubt may never have arrived: then nothing is open
	err := t.end(ctx, false)
	if !failed {
		if err == nil {
			t.resolve(ctx)
		}
		return err
	}
	// The end comes first, because it looks at the epoch in every state of the transaction, and initProducerID does not.
	switch codeOf(err) {
	case codeInvalidTxnState, codeInvalidProducerIDMapping:
		err = nil // nothing of ours is open: it was committed already, or forgotten
	}
	if err != nil {
		return err
	}
	return t.take(ctx, t.producer)
}

const (
	codeInvalidTxnState          = 48
	codeInvalidProducerIDMapping = 49
)

// Visible waits until readers see what was committed last. The brokers refuse to begin a transaction until then, so it
// begins one, of a group that the caller may commit to, and ends it. It changes nothing, and takes nothing from another
// owner of the id: then, as after any other error, what was committed becomes visible by itself.
func (t *Transactor) Visible(ctx context.Context, group string) {
	if t.exclude("wait for the transaction") != nil {
		return
	}
	defer t.include()
	if t.open || t.broken != nil || t.addOffsets(ctx, group) != nil {
		return
	}
	if t.end(ctx, false) == nil {
		t.resolve(ctx)
	}
}

// Leave ends what is open, if the brokers can be asked and the id still is this owner's: for who does not go on. It takes
// nothing from another owner, and what it does not end the brokers end after the time-out.
func (t *Transactor) Leave(ctx context.Context) {
	if t.exclude("leave the transaction") != nil {
		return
	}
	defer t.include()
	if t.open || t.broken != nil {
		_ = t.end(ctx, false)
	}
	_ = t.fail(ErrTransactionFailed)
}

// end sends EndTxn v2. Sent again it is answered as the first time.
func (t *Transactor) end(ctx context.Context, commit bool) error {
	op := "abort the transaction"
	if commit {
		op = "commit the transaction"
	}
	err := t.attempt(ctx, op, func(node int32) error {
		r := t.begin(protocol.EndTxn, 2, node)
		r.head = putBool(r.head, commit)
		return t.c.doForCode(ctx, r)
	})
	if err != nil {
		_ = t.fail(err)
		return fmt.Errorf("transactional id %s: %w", t.id, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open, t.group = false, ""
	for _, ln := range t.lanes {
		ln.before, ln.wanted, ln.added, ln.written = ln.wanted, false, false, false
	}
	return nil
}
