package wire

import "context"

// The first batch of a partition in a transaction makes its broker ask the coordinator whether the partition is part of
// the transaction (KIP-890). It asks for one transactional id at a time: the batch that asked before is refused then, with
// NOT_ENOUGH_REPLICAS [19], and has to be sent again. Of 24 first batches at the same time, each in a request of its own,
// more than half were. So all the first batches that wait for one broker go together, one request after the other, and the
// offsets, about which their broker asks as well, in their turn. What follows them in the transaction is not asked about, and
// goes by itself.

// A queue is the first batches that wait for a broker.
type queue struct {
	turn               // to send
	waiting []*pending // guarded by Transactor.mu
}

// A pending is a first batch. Who sends it need not be who brought it.
type pending struct {
	delivery
	over chan struct{} // closed when it was sent and came back; then delivery does not change any more
}

// maxTogether bounds a request in bytes, unless one batch is larger.
const maxTogether = 4 << 20

// produceFirst sends the first batch of a lane, with others that wait for the same broker.
func (t *Transactor) produceFirst(ctx context.Context, node int32, ln *lane, raw []byte) (int64, error) {
	f := &pending{delivery{partition: ln.partition, raw: raw}, make(chan struct{})}
	q := t.enqueue(node, f)
	if err := q.take(ctx); err != nil {
		if !t.withdraw(q, f) { // somebody else has its bytes on the way
			err = t.fail(err) // which cuts that short
			<-f.over
		}
		return 0, err
	}
	defer q.giveBack()
	if together := t.together(q, f); together != nil {
		all := make([]*delivery, len(together))
		for i, f := range together {
			all[i] = &f.delivery
		}
		t.c.deliver(ctx, node, t.id, all)
		for _, f := range together {
			close(f.over)
		}
	}
	<-f.over
	return f.offset, f.err
}

func (t *Transactor) enqueue(node int32, f *pending) *queue {
	q := t.queue(node)
	t.mu.Lock()
	defer t.mu.Unlock()
	q.waiting = append(q.waiting, f)
	return q
}

func (t *Transactor) queue(node int32) *queue {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.firsts[node]
	if q == nil {
		q = &queue{turn: newTurn()}
		t.firsts[node] = q
	}
	return q
}

// withdraw takes a batch out of its queue. It is false where the batch is not in there any more.
func (t *Transactor) withdraw(q *queue, f *pending) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range q.waiting {
		if q.waiting[i] == f {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// together takes a batch out of its queue, and as many others as may go with it. It is nil where the batch is not in
// there any more. The caller has the queue's turn.
func (t *Transactor) together(q *queue, f *pending) []*pending {
	if !t.withdraw(q, f) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	all, size := []*pending{f}, len(f.raw)
	var left []*pending
	for _, f := range q.waiting {
		if size+len(f.raw) > maxTogether {
			left = append(left, f)
			continue
		}
		all, size = append(all, f), size+len(f.raw)
	}
	q.waiting = left
	return all
}
