package wire

import "time"

// A transaction has ended only once its marker is in every partition that was in it. Where one of them has no leader the
// coordinator tries for ever, and answers everything about the transactional id by CONCURRENT_TRANSACTIONS: the id is
// blocked, though all that was decided holds and the other partitions have their markers. Whoever has another id goes on
// under that.

// blockedAfter is how long an id may be blocked before it is said. It is more than the 7 to 10 s that a partition has no
// leader when a broker is killed.
const blockedAfter = 12 * time.Second

// Blocked says whether a transactional id cannot be used because the end of its last transaction waits for a partition
// that has no leader.
func Blocked(err error) bool { return codeOf(err) == codeConcurrentTransactions }

// unlessBlocked gives up an attempt that is answered in this way, and in no other, for blockedAfter.
func unlessBlocked(at Error, attempt func() error) func() error {
	var since time.Time
	return func() error {
		err := attempt()
		if !Blocked(err) {
			since = time.Time{}
			return err
		}
		if now := time.Now(); since.IsZero() {
			since = now
		} else if waited := now.Sub(since); waited >= blockedAfter {
			at.Code, at.Class, at.Waited = codeConcurrentTransactions, ClassAbort, waited
			at.hint = "a partition that was written to has no leader, so that the transaction before does not end"
			return &at
		}
		return err
	}
}
