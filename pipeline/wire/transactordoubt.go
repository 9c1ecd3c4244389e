package wire

import "context"

// A request that was sent and not answered may still be on its way when its repetition has been answered: a socket sends
// again what was written to it, and a broker that stood still reads it late. The next transaction of the same epoch would
// take it for its own: an old EndTxn would commit records whose offsets are not in it yet, an old TxnOffsetCommit would put
// the offset back. The old versions of the protocol, which we speak, do not change the epoch with each transaction (as
// KIP-890 does). So where a request was in doubt the next transaction gets a new epoch, and what comes late is refused. A
// batch needs no such care: its sequence tells.

// doubt notes how a request to a coordinator has ended.
func (t *Transactor) doubt(err error) {
	if err == nil || codeOf(err) != 0 {
		return // it was answered
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubtful, t.open = true, true // it may have begun the transaction
}

// resolve takes a new epoch behind a transaction some request of which was in doubt. Where it cannot, the next transaction
// fails at its begin.
func (t *Transactor) resolve(ctx context.Context) {
	t.mu.Lock()
	doubtful := t.doubtful
	t.mu.Unlock()
	if !doubtful {
		return
	}
	if err := t.take(ctx, t.producer); err != nil {
		_ = t.fail(err)
	}
}
