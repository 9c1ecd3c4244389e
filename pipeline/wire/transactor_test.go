package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
	"voile/pipeline/record"
)

func transactor(t *testing.T, c *Client, id string) *Transactor {
	t.Helper()
	tx, err := c.NewTransactor(timeout(t, time.Minute), id, 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// encodeTx gives Transactor.Produce what it asks for.
func encodeTx(records []record.Record) func(int64, int16, int32) ([]byte, error) {
	return func(id int64, epoch int16, sequence int32) ([]byte, error) {
		return new(batch.Encoder).Encode(nil, records,
			batch.Params{ProducerID: id, ProducerEpoch: epoch, BaseSequence: sequence, Transactional: true})
	}
}

func (t *Transactor) write(tb testing.TB, topic string, n int, vs ...string) (offset int64) {
	tb.Helper()
	offset, err := t.Produce(tb.Context(), topic, n, len(vs), encodeTx(values(vs...)))
	if err != nil {
		tb.Fatal(err)
	}
	return offset
}

// offsetsOf are a group's offsets.
func offsetsOf(group, topic string, next map[int]Committed) GroupOffsets {
	return GroupOffsets{Group: group, Generation: -1, Topics: map[string]map[int]Committed{topic: next}}
}

func committedOffsets(t *testing.T, c *Client, group, topic string, partitions int) []Committed {
	t.Helper()
	got, err := c.CommittedOf(timeout(t, time.Minute), group, map[string][]int{topic: first(partitions)}, true)
	if err != nil {
		t.Fatal(err)
	}
	var out []Committed
	for n := range partitions {
		out = append(out, got[topic][n])
	}
	return out
}

// TestTransaction: records and offsets of a transaction are there together or not at all, and the offsets' metadata comes
// back as it was.
func TestTransaction(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 3, nil)
		group := "group-" + name
		want(t, "offsets of nobody", committedOffsets(t, c, group, name, 3), []Committed{{-1, ""}, {-1, ""}, {-1, ""}})

		tx := transactor(t, c, group)
		tx.write(t, name, 0, "a", "b")
		tx.write(t, name, 1, "c")
		tx.write(t, name, 0, "d")
		if err := tx.Commit(t.Context(), offsetsOf(group, name, map[int]Committed{0: {7, "first"}, 2: {9, ""}})); err != nil {
			t.Fatal(err)
		}
		for i := range 5 { // begun at once behind the last: CONCURRENT_TRANSACTIONS is ridden out
			tx.write(t, name, 0, "aborted")
			if err := tx.Abort(t.Context()); err != nil {
				t.Fatal(err)
			}
			tx.write(t, name, 2, fmt.Sprint(i))
			if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(t.Context(), offsetsOf(group, name, map[int]Committed{0: {8, strings.Repeat("m", 4000)}})); err != nil {
			t.Fatal(err)
		}
		tx.Visible(t.Context(), "id-"+name)
		want(t, "stored", stored(t, brokers, name), []string{"a", "b", "d", "c", "0", "1", "2", "3", "4"})
		want(t, "committed", committedOffsets(t, c, group, name, 3), []Committed{{8, strings.Repeat("m", 4000)}, {-1, ""}, {9, ""}})
		if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
			t.Errorf("commit of nothing: %v", err)
		}
	})
}

// TestOffsetsBesideRecords: offsets may be added before the records that they stand behind, and count with these or not at
// all.
func TestOffsetsBesideRecords(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		group := "group-" + name
		tx := transactor(t, c, "id-"+name)
		for i, round := range []struct {
			expect bool
			end    func() error
			want   int64 // the group's offset
		}{
			{false, func() error { return tx.Commit(t.Context(), GroupOffsets{}) }, 1},
			{true, func() error { return tx.Abort(t.Context()) }, 1},
			{true, func() error { return tx.Commit(t.Context(), GroupOffsets{}) }, 3},
			{true, func() error { return tx.Commit(t.Context(), offsetsOf(group, name, map[int]Committed{0: {44, ""}})) }, 44},
		} {
			if round.expect {
				tx.Expect(t.Context(), group)
			}
			if err := tx.Offsets(t.Context(), offsetsOf(group, name, map[int]Committed{0: {int64(i + 1), ""}})); err != nil {
				t.Fatal(err)
			}
			tx.write(t, name, 0, fmt.Sprint(i))
			if err := round.end(); err != nil {
				t.Fatal(err)
			}
			want(t, fmt.Sprint("offset after transaction ", i), committedOffsets(t, c, group, name, 1)[0].Next, round.want)
		}
		tx.Visible(t.Context(), group)
		want(t, "stored", stored(t, brokers, name), []string{"0", "2", "3"})
	})
}

// TestGroupIsAddedOnce: what Expect has told the coordinator is not told again in the same transaction, and is in the next.
// Where it cannot tell, because the coordinator does something else or does not answer, it is told later.
func TestGroupIsAddedOnce(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	c := client(t, Options{Brokers: brokers})
	var s scissors
	s.install(c)
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	for n := range int64(3) {
		for range 2 {
			tx.Expect(t.Context(), "group")
		}
		if err := tx.Commit(t.Context(), offsetsOf("group", name, map[int]Committed{0: {n, ""}})); err != nil {
			t.Fatal(err)
		}
		want(t, "requests", s.requests(protocol.AddOffsetsToTxn), 1)
	}
	for _, group := range []string{"group", "another"} {
		if err := tx.Offsets(t.Context(), offsetsOf(group, name, map[int]Committed{0: {7, ""}})); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "requests for two groups", s.requests(protocol.AddOffsetsToTxn), 2)
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}

	if err := tx.adding.take(t.Context()); err != nil { // as if partitions were being added
		t.Fatal(err)
	}
	tx.Expect(t.Context(), "group")
	tx.adding.giveBack()
	want(t, "requests beside another", s.requests(protocol.AddOffsetsToTxn), 0)
	s.arm(int16(protocol.AddOffsetsToTxn), 1)
	tx.Expect(t.Context(), "group")
	want(t, "requests without an answer", s.requests(protocol.AddOffsetsToTxn), 1)
	before := tx.producer.epoch
	if err := tx.Commit(t.Context(), offsetsOf("group", name, map[int]Committed{0: {9, ""}})); err != nil {
		t.Fatal(err)
	}
	want(t, "requests behind that", s.requests(protocol.AddOffsetsToTxn), 1)
	want(t, "epochs, because of the one in doubt", tx.producer.epoch-before, 1)
	want(t, "offset", committedOffsets(t, c, "group", name, 1)[0].Next, 9)

	s.requests(protocol.EndTxn)
	s.arm(int16(protocol.AddOffsetsToTxn), 1)
	tx.Expect(t.Context(), "group")
	if err := tx.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, "ends of what it may have begun", s.requests(protocol.EndTxn), 1)
}

// TestAbortOfWhatNeverArrived: a request without an answer may have begun the transaction or not, and it is aborted in either case.
func TestAbortOfWhatNeverArrived(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		tx := transactor(t, c, "id-"+name)
		before := tx.producer.epoch
		tx.doubt(io.ErrUnexpectedEOF) // as of a request that the coordinator has not seen
		if err := tx.Abort(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "epochs, because of the one in doubt", tx.producer.epoch-before, 1)
		tx.write(t, name, 0, "a")
		if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
			t.Fatal(err)
		}
		tx.Visible(t.Context(), "group")
		want(t, "stored", stored(t, brokers, name), []string{"a"})
	})
}

// TestOffsetsOfAnOpenTransaction: who only looks at a group's offsets does not wait for a transaction that is open.
func TestOffsetsOfAnOpenTransaction(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	for next := range int64(2) { // the second stays open
		o := offsetsOf("id-"+name, name, map[int]Committed{0: {next + 1, ""}})
		if err := tx.offsets(t.Context(), &o); err != nil {
			t.Fatal(err)
		}
		if next > 0 {
			break
		}
		if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
			t.Fatal(err)
		}
		tx.Visible(t.Context(), "id-"+name)
	}
	got, err := c.CommittedOf(timeout(t, time.Minute), "id-"+name, map[string][]int{name: {0}}, false)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "looked at", got[name][0], Committed{1, ""})
	if _, err := c.CommittedOf(timeout(t, time.Second), "id-"+name, map[string][]int{name: {0}}, true); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who needs what holds is told %v, want to wait", err)
	}
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	want(t, "committed", committedOffsets(t, c, "id-"+name, name, 1), []Committed{{2, ""}})
}

// TestTransactionFences: who takes the id ends the work of who had it, and what that had open is gone.
func TestTransactionFences(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		name := topic(t, brokers, 1, nil)
		first := transactor(t, c, "id-"+name)
		first.write(t, name, 0, "of the first")
		second := transactor(t, c, "id-"+name)
		want(t, "producer id", second.ProducerID(), first.ProducerID())
		second.write(t, name, 0, "of the second")
		_, err := first.Produce(t.Context(), name, 0, 1, encodeTx(values("late")))
		if ClassOf(err) != ClassGiveUp {
			t.Errorf("the first writes: %v, want %s", err, ClassGiveUp)
		}
		if err := first.Commit(t.Context(), GroupOffsets{}); !errors.Is(err, ErrTransactionFailed) || ClassOf(err) != ClassGiveUp {
			t.Errorf("and then commits: %v, want %v", err, ErrTransactionFailed)
		}
		if err := second.Commit(t.Context(), offsetsOf("id-"+name, name, map[int]Committed{0: {1, ""}})); err != nil {
			t.Fatal(err)
		}
		second.Visible(t.Context(), "id-"+name)
		want(t, "stored", stored(t, brokers, name), []string{"of the second"})
	})
}

// TestTransactionIsLeft: who does not go on ends what is open, and takes nothing from who has taken the id meanwhile.
func TestTransactionIsLeft(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	first := transactor(t, c, "id-"+name)
	first.write(t, name, 0, "left")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := first.Produce(ctx, name, 0, 1, encodeTx(values("never"))); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	first.Leave(t.Context())
	second := transactor(t, c, "id-"+name)
	second.write(t, name, 0, "second")
	first.Leave(t.Context())
	if err := second.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	second.Visible(t.Context(), "id-"+name)
	want(t, "stored", stored(t, brokers, name), []string{"second"})
}

// TestTransactionLosesAnswers loses the answer to one request of each kind: nothing is doubled, nothing lost.
func TestTransactionLosesAnswers(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	var s scissors
	s.install(c)
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	var wanted []string
	for i, api := range []protocol.ApiKey{protocol.AddPartitionsToTxn, protocol.Produce, protocol.AddOffsetsToTxn,
		protocol.TxnOffsetCommit, protocol.EndTxn} {
		s.arm(int16(api), 1)
		tx.write(t, name, 0, fmt.Sprint(i))
		if err := tx.Commit(t.Context(), offsetsOf("id-"+name, name, map[int]Committed{0: {int64(i), ""}})); err != nil {
			t.Fatal(api, err)
		}
		wanted = append(wanted, fmt.Sprint(i))
		want(t, "answers lost", s.count(), i+1)
	}
	tx.Visible(t.Context(), "id-"+name)
	want(t, "stored", stored(t, brokers, name), wanted)
	want(t, "committed", committedOffsets(t, c, "id-"+name, name, 1), []Committed{{4, ""}})
}

// TestTransactionIsWhatItSays: a batch that does not claim the transaction is not sent: the broker would store it as one
// that belongs to none.
func TestTransactionIsWhatItSays(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	if _, err := tx.Produce(t.Context(), name, 0, 1, encode(batch.None, values("x"))); ClassOf(err) != ClassStop {
		t.Errorf("a batch without the transactional bit: %v", err)
	}
	if _, err := producer(t, c).Produce(t.Context(), name, 0, 1, encodeTx(values("x"))); ClassOf(err) != ClassStop {
		t.Errorf("a transactional batch of no transaction: %v", err)
	}
	want(t, "stored", stored(t, brokers, name), []string(nil))
}
