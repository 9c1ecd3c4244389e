package wire

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/pipeline/record"
)

// failed makes the transaction fail.
func (t *Transactor) failed(tb testing.TB, topic string) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	cancel()
	if _, err := t.Produce(ctx, topic, 0, 1, encodeTx(values("never"))); !errors.Is(err, context.Canceled) {
		tb.Fatalf("error %v, want the context's", err)
	}
}

// TestTransactionIsTakenAnew: after an error the owner goes on under its own producer id and a new epoch, wherever the
// transaction stood.
func TestTransactionIsTakenAnew(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	id, epoch := tx.producer.id, tx.producer.epoch
	for _, before := range []struct {
		what string
		do   func()
	}{
		{"nothing was begun", func() {}},
		{"records were written", func() { tx.write(t, name, 0, "lost") }},
		{"a transaction was committed", func() {
			tx.write(t, name, 0, "kept")
			if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
				t.Fatal(err)
			}
		}},
		{"a transaction was aborted", func() {
			tx.write(t, name, 0, "lost")
			if err := tx.Abort(t.Context()); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		before.do()
		tx.failed(t, name)
		if err := tx.Abort(t.Context()); err != nil {
			t.Fatal(before.what, err)
		}
		epoch++
		want(t, before.what, tx.producer, identity{id: id, epoch: epoch, transactional: true})
	}
	tx.write(t, name, 0, "last")
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	tx.Visible(t.Context(), "id-"+name)
	want(t, "stored", stored(t, brokers, name), []string{"kept", "last"})
}

// TestZombieTakesNothing: who was fenced and aborts after its error neither gets the id back nor ends what its successor
// has open.
func TestZombieTakesNothing(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	zombie := transactor(t, c, "id-"+name)
	zombie.write(t, name, 0, "of the zombie")
	owner := transactor(t, c, "id-"+name)
	owner.write(t, name, 0, "of the owner")
	zombie.failed(t, name)
	for range 3 {
		if err := zombie.Abort(t.Context()); ClassOf(err) != ClassGiveUp {
			t.Errorf("the zombie aborts: %v, want %s", err, ClassGiveUp)
		}
	}
	owner.write(t, name, 0, "more of it")
	if err := owner.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	// Between transactions the condition is looked at by itself.
	if _, err := c.takeAs(t, "id-"+name, zombie.producer); ClassOf(err) != ClassGiveUp {
		t.Errorf("the zombie takes the id: %v, want %s", err, ClassGiveUp)
	}
	owner.write(t, name, 0, "and more")
	if err := owner.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	owner.Visible(t.Context(), "id-"+name)
	want(t, "stored", stored(t, brokers, name), []string{"of the owner", "more of it", "and more"})
}

// takeAs takes a transactional id from an owner, without the end of what is open that goes before it in Abort.
func (c *Client) takeAs(t *testing.T, id string, was identity) (*Transactor, error) {
	tx := &Transactor{c: c, id: id, timeout: time.Minute, adding: newTurn()}
	return tx, tx.take(timeout(t, 10*time.Second), was)
}

// TestBrokerTakesForWhoeverAsks records what Abort rests on: in an open transaction the condition of initProducerID is not
// looked at, and the owner is fenced by who was its predecessor. The day that this fails Abort needs no end before it.
func TestBrokerTakesForWhoeverAsks(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	zombie := transactor(t, c, "id-"+name)
	owner := transactor(t, c, "id-"+name)
	owner.write(t, name, 0, "x")
	if _, err := c.takeAs(t, "id-"+name, zombie.producer); ClassOf(err) != ClassGiveUp {
		t.Errorf("the zombie takes the id: %v, want %s", err, ClassGiveUp)
	}
	if err := owner.Commit(t.Context(), GroupOffsets{}); ClassOf(err) != ClassGiveUp {
		t.Errorf("the owner commits: %v, want %s", err, ClassGiveUp)
	}
}

// TestTransactionTimesOut: what the brokers have aborted is not begun again by who was too slow.
func TestTransactionTimesOut(t *testing.T) {
	brokers := kafkatest.Start(t, kafkatest.Config("transaction.abort.timed.out.transaction.cleanup.interval.ms", "100")).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	tx, err := c.NewTransactor(timeout(t, time.Minute), "id-"+name, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	tx.write(t, name, 0, "too slow")
	time.Sleep(2 * time.Second)
	if err := tx.Commit(t.Context(), GroupOffsets{}); ClassOf(err) != ClassGiveUp {
		t.Errorf("commit: %v, want %s", err, ClassGiveUp)
	}
	if err := tx.Abort(t.Context()); ClassOf(err) != ClassGiveUp {
		t.Errorf("abort: %v, want %s", err, ClassGiveUp)
	}
	tx = transactor(t, c, "id-"+name)
	tx.write(t, name, 0, "in time")
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	tx.Visible(t.Context(), "id-"+name)
	want(t, "stored", stored(t, brokers, name), []string{"in time"})
}

// TestTransactionGoesOnBehindARefusal: what the broker refuses was not written and takes no sequence, whether it was the
// first batch of the transaction, of the partition, or a later one.
func TestTransactionGoesOnBehindARefusal(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	old := values("old")
	old[0].Timestamp = 1
	for _, test := range []struct {
		what    string
		config  map[string]string
		records []record.Record
		class   Class
		code    int16
	}{
		{"too large", map[string]string{"max.message.bytes": "1000"}, values(strings.Repeat("x", 2000)), ClassTooLarge, 10},
		{"no key", map[string]string{"cleanup.policy": "compact"}, values("no key"), ClassRefused, 87},
		{"timestamp", map[string]string{"message.timestamp.before.max.ms": "3600000"}, old, ClassRefused, 32},
	} {
		t.Run(test.what, func(t *testing.T) {
			name := topic(t, brokers, 2, test.config)
			tx := transactor(t, c, "id-"+name)
			refuse := func(n int) {
				t.Helper()
				_, err := tx.Produce(t.Context(), name, n, len(test.records), encodeTx(test.records))
				if ClassOf(err) != test.class || codeOf(err) != test.code {
					t.Fatalf("%v, want %s", err, test.class)
				}
			}
			take := func(n int, v string) {
				t.Helper()
				r := record.Record{Key: []byte(v), Value: []byte(v), Timestamp: time.Now().UnixMilli()}
				if _, err := tx.Produce(t.Context(), name, n, 1, encodeTx([]record.Record{r})); err != nil {
					t.Fatal(err)
				}
			}
			commit := func() {
				t.Helper()
				if err := tx.Commit(t.Context(), offsetsOf("id-"+name, name, map[int]Committed{0: {1, ""}})); err != nil {
					t.Fatal(err)
				}
			}
			refuse(0) // and nothing else: the end has only a partition without a record
			commit()
			refuse(0)
			take(0, "a")
			refuse(0)
			refuse(1)
			take(0, "b")
			commit()
			take(0, "c")
			refuse(0)
			commit()
			refuse(1)
			if err := tx.Abort(t.Context()); err != nil {
				t.Fatal(err)
			}
			take(1, "d")
			commit()
			tx.Visible(t.Context(), "id-"+name)
			want(t, "stored", stored(t, brokers, name), []string{"a", "b", "c", "d"})
		})
	}
}

// TestTransactionalID: a prefix of a group is no prefix of another's ids, as long as group names hold no slash.
func TestTransactionalID(t *testing.T) {
	want(t, "id", TransactionalID("orders", "shop.events", 7), "orders/shop.events/7")
	want(t, "prefix", TransactionalPrefix("orders"), "orders/")
}
