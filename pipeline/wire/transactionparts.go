package wire

import (
	"context"
	"slices"

	"github.com/segmentio/kafka-go/protocol"
)

// What a transaction consists of is told to its coordinator before anything is written: partitions by AddPartitionsToTxn,
// the offsets of a group by AddOffsetsToTxn. The coordinator does one of these at a time, and answers what comes beside it
// by CONCURRENT_TRANSACTIONS.

// add makes a lane part of the transaction. Whoever has its turn adds all the lanes that wait for theirs, in one request,
// and those of the transaction before, which will most likely be asked for next: where partitions write at different times
// that halves the requests. What is added and not written to only gets a marker of the end.
func (t *Transactor) add(ctx context.Context, ln *lane) error {
	if t.wants(ln) {
		return nil
	}
	if err := t.adding.take(ctx); err != nil {
		return err
	}
	defer t.adding.giveBack()
	if t.has(ln) { // added by who had the turn before
		return nil
	}
	var lanes []*lane
	err := t.attempt(ctx, "add to the transaction", func(node int32) error {
		lanes = t.waiting() // again with each attempt: the first comes too early for most of them
		err := t.addPartitions(ctx, node, lanes)
		if codeOf(err) > 0 && codeOf(err) != codeConcurrentTransactions {
			t.forgetBefore() // one that is gone must not keep out those that are wanted
		}
		return err
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = true
	for _, ln := range lanes {
		ln.added = true
	}
	return nil
}

// wants has a lane added, by whoever has the turn, and says whether it is already.
func (t *Transactor) wants(ln *lane) (added bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ln.wanted = true
	return ln.added
}

func (t *Transactor) has(ln *lane) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return ln.added
}

func (t *Transactor) forgetBefore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, ln := range t.lanes {
		ln.before = false
	}
}

// waiting gives the lanes to be added.
func (t *Transactor) waiting() []*lane {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lanes []*lane
	for _, ln := range t.lanes {
		if (ln.wanted || ln.before) && !ln.added {
			lanes = append(lanes, ln)
		}
	}
	return lanes
}

// addPartitions sends AddPartitionsToTxn v2.
func (t *Transactor) addPartitions(ctx context.Context, node int32, lanes []*lane) error {
	by := map[string][]int32{}
	for _, ln := range lanes {
		by[ln.topic] = append(by[ln.topic], int32(ln.n))
	}
	r := t.begin(protocol.AddPartitionsToTxn, 2, node)
	b := putInt32(r.head, int32(len(by)))
	for topic, partitions := range by {
		b = putInt32(putString(b, topic), int32(len(partitions)))
		for _, p := range partitions {
			b = putInt32(b, p)
		}
	}
	r.head = b
	in, err := t.c.do(ctx, r, t.c.requestTimeout)
	if err != nil {
		return err
	}
	return t.readAdded(&in, len(lanes))
}

const codeNotAttempted = 55

// readAdded gives the worst of the partitions' errors: all were added or none. Those that were not attempted because of
// another tell nothing.
func (t *Transactor) readAdded(in *reader, partitions int) error {
	worst := Error{Op: "add to the transaction", TransactionalID: t.id}
	n := 0
	in.int32() // throttle time
	for range in.count(6) {
		topic := string(in.text())
		for range in.count(6) {
			p, c := int(in.int32()), in.int16()
			n++
			class := lookup(c).class
			if c != 0 && (worst.Code == 0 || worst.Code == codeNotAttempted || c != codeNotAttempted && class > worst.Class) {
				worst.Topic, worst.Partition, worst.Code, worst.Class = topic, p, c, class
			}
		}
	}
	switch {
	case in.fail || n != partitions:
		return errAnswer
	case worst.Code != 0:
		return &worst
	}
	return nil
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

// addOffsets makes a group part of the transaction, where it is not yet.
func (t *Transactor) addOffsets(ctx context.Context, group string) error {
	if err := t.adding.take(ctx); err != nil {
		return err
	}
	defer t.adding.giveBack()
	return t.attempt(ctx, "add offsets to the transaction", func(node int32) error { return t.addGroup(ctx, node, group) })
}

// addGroup sends AddOffsetsToTxn v2, once for each group in a transaction. The caller has the turn.
func (t *Transactor) addGroup(ctx context.Context, node int32, group string) error {
	if t.expects(group) {
		return nil
	}
	r := t.begin(protocol.AddOffsetsToTxn, 2, node)
	r.head = putString(r.head, group)
	if err := t.c.doForCode(ctx, r); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open, t.group = true, group
	return nil
}

func (t *Transactor) expects(group string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.group == group
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
		q := t.queue(node)
		if err := q.take(ctx); err != nil {
			return err
		}
		defer q.giveBack()
		err = t.commitOffsets(ctx, node, o)
		t.doubt(err)
		return err
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
