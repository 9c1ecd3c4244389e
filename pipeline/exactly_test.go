package pipeline_test

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/pipeline/batch"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// TestAbortedIsWrittenAgain: what the brokers abort is read and written again, and a reader of what is committed sees each
// record once, in order; the metrics count it once, too.
func TestAbortedIsWrittenAgain(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, 2, "")
	c.write(0, events(0, 300)...)
	c.write(1, events(0, 300)...)
	failing := c.refuse("dst", codeAbort)
	p := c.start(wire.Options{})
	p.until("some aborted transactions", func() bool { return p.metric("voile_transactions_aborted_total", "reason=error") >= 2 })
	p.settled(0, 0)
	failing.heal()
	p.settled(600, 0)
	p.runs()
	for n := range 2 {
		if got := c.numbersOf(n); !slices.Equal(got, upTo(0, 300)) {
			t.Errorf("partition %d of the sink holds %d records, want 300, each once and in order: %v", n, len(got), got)
		}
	}
	p.until("all committed", func() bool { return c.committed(0) == 300 && c.committed(1) == 300 })
}

// TestAbortsAreSpacedOut: where each transaction fails at its end, the pauses between them grow.
func TestAbortsAreSpacedOut(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "")
	c.write(0, events(0, 10)...)
	c.fake.ControlKey(int16(kmsg.AddOffsetsToTxn), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		res := in.ResponseKind().(*kmsg.AddOffsetsToTxnResponse)
		res.ErrorCode = codeAbort
		return res, nil, true
	})
	p := c.start(wire.Options{})
	aborts := func() int { return p.metric("voile_transactions_aborted_total", "reason=error") }
	p.until("an aborted transaction", func() bool { return aborts() > 0 })
	time.Sleep(3 * time.Second)
	if n := aborts(); n > 7 { // 100 ms, 200 ms, … of each half at least
		t.Errorf("%d transactions were aborted within 3 s", n)
	}
}

// TestFencedGivesUp: who finds another owner of its transactional id gives its partitions up at once, joins its group
// again, and goes on behind what is committed.
func TestFencedGivesUp(t *testing.T) {
	t.Parallel()
	eachDelivery(t, func(t *testing.T, delivery string) {
		c := newCluster(t, 1, 1, "    delivery: "+delivery)
		c.write(0, events(0, 100)...)
		p := c.start(wire.Options{})
		p.settled(100, 0)
		p.until("committed", func() bool { return c.committed(0) == 100 })
		other, err := c.wire.NewTransactor(t.Context(), wire.TransactionalID(c.cfg.Routes[0].Group, "src", 0), 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		// It has to write: a broker learns an epoch by a batch, or by the marker of a transaction.
		if err := c.transaction(other, "dst", 0, `{"i":1000,"email":"email.b"}`); err != nil {
			t.Fatal(err)
		}
		c.write(0, events(100, 200)...)
		p.settled(200, 0)
		p.runs()
		if n := p.metric("voile_fenced_total"); n != 1 {
			t.Errorf("it gave up %d times, want once", n)
		}
		if got, want := c.numbers(), slices.Concat(upTo(0, 100), []int{1000}, upTo(100, 200)); !slices.Equal(got, want) {
			t.Errorf("the sink holds %v, want %v", got, want)
		}
	})
}

// TestStartIsCommitted: with `start: latest` the place where a group began is committed before there is a record, or what
// comes between two processes would be lost.
func TestStartIsCommitted(t *testing.T) {
	t.Parallel()
	eachDelivery(t, func(t *testing.T, delivery string) {
		c := newCluster(t, 1, 1, "    start: latest\n    delivery: "+delivery)
		c.write(0, events(0, 50)...)
		p := c.start(wire.Options{})
		p.until("a committed start", func() bool { return c.committed(0) == 50 })
		p.stop()
		<-p.done
		c.write(0, events(50, 80)...)
		p = c.start(wire.Options{})
		p.settled(30, 0)
		if got := c.numbers(); !slices.Equal(got, upTo(50, 80)) {
			t.Errorf("the sink holds %v, want 50 to 79", got)
		}
	})
}

// TestStuckPartitionIsIsolated: a partition of the sink that no broker takes a batch for holds up the others for some
// seconds, and not for good; once it is well it writes with them again.
func TestStuckPartitionIsIsolated(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the better part of a minute: left out under -short")
	}
	const partitions = 3
	c := newCluster(t, partitions, partitions, "")
	p := c.start(wire.Options{})
	for n := range int32(partitions) {
		c.write(n, events(0, 10)...)
	}
	p.settled(10*partitions, 0)

	stuck := c.refusePartition("dst", 0, codeRetry) // the one whose transactional id the transaction runs under
	since := time.Now()
	for n := range int32(partitions) {
		c.write(n, events(10, 20)...)
	}
	p.within("the others", 30*time.Second, func() bool { return c.committed(1) == 20 && c.committed(2) == 20 })
	t.Logf("the others stood still for %s", time.Since(since).Round(time.Millisecond))
	c.write(1, events(20, 30)...)
	p.until("the others go on", func() bool { return c.committed(1) == 30 })
	if n := c.committed(0); n != 10 {
		t.Errorf("of the stuck partition %d records are committed, want 10", n)
	}
	const isolated, reunited = "the sink does not answer this partition: it writes in transactions of its own, so that it does not hold up the others",
		"the partition writes in one transaction with the others again"
	if n := p.logged(isolated); n != 1 {
		t.Errorf("it was said %d times that a partition is isolated, want once", n)
	}
	stuck.heal()
	p.until("the stuck one", func() bool { return c.committed(0) == 20 })
	for i := 20; p.logged(reunited) == 0; i++ {
		if time.Since(since) > 90*time.Second {
			t.Fatal("the partition is not reunited")
		}
		c.write(0, event(i))
		time.Sleep(time.Second)
	}
	end := c.end("src", 0)
	c.write(0, event(int(end)))
	p.until("the rest", func() bool { return c.committed(0) == end+1 })
	for n, want := range []int{int(end) + 1, 30, 20} {
		if got := c.numbersOf(n); !slices.Equal(got, upTo(0, want)) {
			t.Errorf("partition %d of the sink: %v, want 0 to %d, each once and in order", n, got, want-1)
		}
	}
	p.runs()
}

// TestStuckPartitionOfShortTransactions: also where transactions may not be open for as long as a partition is waited for.
func TestStuckPartitionOfShortTransactions(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for some seconds: left out under -short")
	}
	c := newCluster(t, 2, 2, "")
	c.cfg.Limits.TransactionTimeout = 10 * time.Second
	p := c.start(wire.Options{})
	c.write(0, event(0))
	c.write(1, event(0))
	p.settled(2, 0)
	c.refusePartition("dst", 1, codeRetry)
	c.write(1, event(1))
	c.write(0, event(1))
	p.within("the other", 30*time.Second, func() bool { return c.committed(0) == 2 })
}

// TestBlockedIDs: where the transactional ids of the partitions belong to transactions that do not end, other ids are
// found, also by the next process, when these are blocked too.
func TestBlockedIDs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for half a minute: left out under -short")
	}
	c := newCluster(t, 1, 1, "")
	b := c.block(wire.TransactionalID(c.cfg.Routes[0].Group, "src", 0))
	for n := range int64(2) {
		p := c.start(wire.Options{})
		c.write(0, event(int(n)))
		p.within("a record", 45*time.Second, func() bool { return c.committed(0) == n+1 })
		p.stop()
		<-p.done
		b.allSeen()
	}
}

// TestRebalanceMidTransaction: members come and go while transactions are open, and each record is committed once.
func TestRebalanceMidTransaction(t *testing.T) {
	t.Parallel()
	const partitions, each, rounds = 4, 100, 5
	c := newCluster(t, partitions, partitions, "    commit_interval: 300ms")
	p := c.start(wire.Options{})
	for round := range rounds {
		for n := range int32(partitions) {
			c.write(n, events(round*each, (round+1)*each)...)
		}
		other := c.start(wire.Options{})
		other.until("it has partitions", func() bool { return other.Status().Joined })
		other.stop()
		<-other.done
		other.runs()
	}
	p.until("all committed", func() bool {
		sum := int64(0)
		for n := range int32(partitions) {
			sum += c.committed(n)
		}
		return sum == partitions*each*rounds
	})
	for n := range partitions {
		if got := c.numbersOf(n); !slices.Equal(got, upTo(0, each*rounds)) {
			t.Errorf("partition %d of the sink holds %d records, want %d, each once and in order", n, len(got), each*rounds)
		}
	}
	p.runs()
	if n := p.metric("voile_fenced_total"); n != 0 {
		t.Errorf("orderly hand-overs fenced %d times", n)
	}
}

// TestRefusedWithinATransaction: what the broker refuses for what it is is sealed in the same transaction, which is not
// aborted for it.
func TestRefusedWithinATransaction(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1, 1, "    quarantine_limit: off\n    compression: none")
	c.refuseWith("dst", []byte(`"i":7,`), codeRefused)
	c.write(0, events(0, 20)...)
	p := c.start(wire.Options{})
	p.settled(19, 1)
	want := slices.Delete(upTo(0, 20), 7, 8)
	if got := c.numbers(); !slices.Equal(got, want) {
		t.Errorf("the sink holds %v, want %v", got, want)
	}
	if got := len(c.opened()); got != 1 {
		t.Errorf("%d records are sealed, want 1", got)
	}
	if n := p.metric("voile_transactions_aborted_total"); n != 0 {
		t.Errorf("%d transactions were aborted for it", n)
	}
}

// A blockade keeps some transactional ids from being taken, as the coordinator does while a transaction of theirs ends.
type blockade struct {
	mu            sync.Mutex
	blocked, seen map[string]bool
}

func (c *cluster) block(id string) *blockade {
	b := &blockade{blocked: map[string]bool{id: true}, seen: map[string]bool{}}
	c.fake.ControlKey(int16(kmsg.InitProducerID), func(in kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		id := in.(*kmsg.InitProducerIDRequest).TransactionalID
		b.mu.Lock()
		defer b.mu.Unlock()
		if id == nil || !b.blocked[*id] {
			if id != nil {
				b.seen[*id] = true
			}
			return nil, nil, false
		}
		res := in.ResponseKind().(*kmsg.InitProducerIDResponse)
		res.ErrorCode, res.ProducerID, res.ProducerEpoch = kerr.ConcurrentTransactions.Code, -1, -1
		return res, nil, true
	})
	return b
}

// allSeen blocks all ids that were taken.
func (b *blockade) allSeen() {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.Copy(b.blocked, b.seen)
}

func (p *proxy) within(what string, bound time.Duration, ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(bound); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("after %s still not: %s", bound, what)
		}
	}
}

// transaction writes one record in a transaction of its own.
func (c *cluster) transaction(as *wire.Transactor, topic string, partition int, value string) error {
	var encoder batch.Encoder
	_, err := as.Produce(c.t.Context(), topic, partition, 1, func(id int64, epoch int16, sequence int32) ([]byte, error) {
		return encoder.Encode(nil, []record.Record{{Timestamp: 1, Value: []byte(value)}},
			batch.Params{ProducerID: id, ProducerEpoch: epoch, BaseSequence: sequence, Transactional: true})
	})
	if err != nil {
		return err
	}
	return as.Commit(c.t.Context(), wire.GroupOffsets{})
}

// end is the offset behind the last record of a partition.
func (c *cluster) end(topic string, partition int) int64 {
	c.t.Helper()
	end, err := c.wire.EndOffset(c.t.Context(), topic, partition)
	if err != nil {
		c.t.Fatal(err)
	}
	return end
}
