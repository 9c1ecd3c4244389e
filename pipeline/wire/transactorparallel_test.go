package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kadm"

	"voile/internal/kafkatest"
)

// TestTransactionOfManyGoroutines has four goroutines write to each of 24 partitions in every transaction: nothing is
// lost or doubled, what one goroutine wrote stands in its order, and the partitions were added together.
func TestTransactionOfManyGoroutines(t *testing.T) {
	const partitions, writers, transactions = 24, 4, 5
	each(t, func(t *testing.T, brokers []string) {
		c := client(t, Options{Brokers: brokers})
		var s scissors
		s.install(c)
		name := topic(t, brokers, partitions, nil)
		tx := transactor(t, c, "id-"+name)
		for round := range transactions {
			var wg sync.WaitGroup
			for p := range partitions {
				for w := range writers {
					wg.Go(func() { tx.write(t, name, p, fmt.Sprintf("%d/%d/%d", p, w, round)) })
				}
			}
			wg.Wait()
			if n := s.requests(protocol.AddPartitionsToTxn); round == 0 && n > partitions/3 { // later ones have to wait for the last end
				t.Errorf("%d requests to add %d partitions", n, partitions)
			}
			how := tx.Abort
			if round%2 == 0 {
				how = func(ctx context.Context) error {
					return tx.Commit(ctx, offsetsOf("id-"+name, name, map[int]Committed{0: {int64(round), ""}}))
				}
			}
			if err := how(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tx.Visible(t.Context(), "id-"+name)
		next, seen := map[string]int{}, 0
		for _, v := range stored(t, brokers, name) {
			var p, w, round int
			_, _ = fmt.Sscanf(v, "%d/%d/%d", &p, &w, &round)
			of := fmt.Sprint(p, "/", w)
			if round != next[of] {
				t.Errorf("writer %s: round %d, want %d", of, round, next[of])
			}
			next[of] = round + 2
			seen++
		}
		want(t, "records", seen, partitions*writers*(transactions+1)/2)
	})
}

// TestMissingPartitionKeepsOutNobody: one that is written to and is not there is an error of its own, and others are added
// to the transaction meanwhile.
func TestMissingPartitionKeepsOutNobody(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	c := client(t, Options{Brokers: brokers, StartTimeout: 5 * time.Second})
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	missing := make(chan error, 1)
	go func() {
		_, err := tx.Produce(t.Context(), name, 1, 1, encodeTx(values("a")))
		missing <- err
	}()
	time.Sleep(100 * time.Millisecond)
	start := time.Now()
	tx.write(t, name, 0, "b")
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the other partition was written to after %s", took)
	}
	if err := <-missing; ClassOf(err) != ClassStop || !strings.Contains(err.Error(), "produce of "+name+"/1") {
		t.Errorf("the one that is missing: %v, want ClassStop that names it", err)
	}
}

// TestFirstBatchesGoTogether: the first batches of a transaction do not make the broker refuse each other, and each is told
// what became of it.
func TestFirstBatchesGoTogether(t *testing.T) {
	const partitions = 24
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	var s scissors
	s.install(c)
	small := topic(t, brokers, 1, map[string]string{"max.message.bytes": "500"})
	name := topic(t, brokers, partitions, nil)
	tx := transactor(t, c, "id-"+name)
	for range 3 {
		offsets := make([]int64, partitions)
		var wg sync.WaitGroup
		for p := range partitions {
			wg.Go(func() {
				var err error
				if offsets[p], err = tx.Produce(t.Context(), name, p, 1+p, encodeTx(values(make([]string, 1+p)...))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			_, err := tx.Produce(t.Context(), small, 0, 1, encodeTx(values(strings.Repeat("x", 1000))))
			if ClassOf(err) != ClassTooLarge {
				t.Errorf("the one that is too large: %v", err)
			}
		})
		wg.Wait()
		if n := s.requests(protocol.Produce); n > partitions/3 {
			t.Errorf("%d requests for the first batches of %d partitions", n, partitions)
		}
		for p := range partitions {
			want(t, "offset of the next", tx.write(t, name, p, "next"), offsets[p]+int64(1+p))
		}
		if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
			t.Fatal(err)
		}
		want(t, "requests for the second batches", s.requests(protocol.Produce), partitions)
	}
	tx.Visible(t.Context(), "id-"+name)
	want(t, "records", len(stored(t, brokers, name)), 3*(partitions*(partitions+1)/2+partitions))
}

// TestOffsetsBesideFirstBatches: nor do the offsets and the first batches make the broker refuse each other.
func TestOffsetsBesideFirstBatches(t *testing.T) {
	const transactions = 100
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	var s scissors
	s.install(c)
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	other := client(t, Options{Brokers: brokers}) // whose requests do not count
	over := make(chan struct{})
	var others sync.WaitGroup // so that a question of theirs is always under way
	for i := range 4 {
		name := topic(t, brokers, 1, nil)
		tx := transactor(t, other, fmt.Sprint("id-", name, i))
		others.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				tx.write(t, name, 0, "x")
				if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range int64(1 + transactions) {
		if n == 1 { // in the one before the coordinators were looked for
			s.requests(protocol.TxnOffsetCommit)
			s.requests(protocol.Produce)
		}
		tx.Expect(t.Context(), "g-"+name)
		var wg sync.WaitGroup
		wg.Go(func() { tx.write(t, name, 0, fmt.Sprint(n)) })
		wg.Go(func() {
			for ln := tx.lane(partition{name, 0}); !tx.has(ln); { // then the batch is sent
				time.Sleep(time.Millisecond / 10)
			}
			if err := tx.Offsets(t.Context(), offsetsOf("g-"+name, name, map[int]Committed{0: {n + 1, ""}})); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
			t.Error(err)
			break
		}
	}
	close(over)
	others.Wait()
	want(t, "requests for the batches", s.requests(protocol.Produce), transactions)
	want(t, "requests for the offsets", s.requests(protocol.TxnOffsetCommit), transactions)
	want(t, "offset", committedOffsets(t, c, "g-"+name, name, 1)[0].Next, 1+transactions)
}

// TestOffsetsFailWithTheTransaction: offsets that are on their way when a Produce fails are cut short, in its class; and while
// they are nothing can be committed.
func TestOffsetsFailWithTheTransaction(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	for what, tc := range map[string]struct {
		do   func(tx *Transactor) error
		want Class
	}{
		"a batch fails": {func(tx *Transactor) error {
			_, err := tx.Produce(t.Context(), name, 0, 2, encodeTx(values("one, and two are promised")))
			return err
		}, ClassStop},
		"a commit": {func(tx *Transactor) error { return tx.Commit(t.Context(), GroupOffsets{}) }, ClassStop},
		"an abort": {func(tx *Transactor) error { return tx.Abort(t.Context()) }, ClassStop},
	} {
		tx := transactor(t, c, "id-"+name)
		tx.write(t, name, 0, "a")
		if err := tx.adding.take(t.Context()); err != nil { // as if partitions were being added
			t.Fatal(err)
		}
		waits := make(chan error, 1)
		go func() { waits <- tx.Offsets(t.Context(), offsetsOf("group", name, map[int]Committed{0: {1, ""}})) }()
		for tx.running() == 0 {
			time.Sleep(time.Millisecond)
		}
		if err := tc.do(tx); ClassOf(err) != tc.want || errors.Is(err, ErrTransactionFailed) {
			t.Errorf("%s: %v, want %s", what, err, tc.want)
		}
		if err := <-waits; !errors.Is(err, ErrTransactionFailed) || ClassOf(err) != tc.want {
			t.Errorf("the offsets beside %s: %v, want %s", what, err, tc.want)
		}
		tx.adding.giveBack()
		if err := tx.Abort(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "stored", len(stored(t, brokers, name)), 0)
}

// TestTransactionFailsForAll: where one Produce fails those that wait for something else return soon, with its class.
func TestTransactionFailsForAll(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 2, nil)
	tx := transactor(t, c, "id-"+name)
	tx.write(t, name, 0, "a")
	waits := make(chan error, 1)
	go func() {
		_, err := tx.Produce(t.Context(), "topic-that-is-not-there", 0, 1, encodeTx(values("b")))
		waits <- err
	}()
	for tx.running() == 0 {
		time.Sleep(time.Millisecond)
	}
	second := transactor(t, c, "id-"+name)
	if _, err := tx.Produce(t.Context(), name, 0, 1, encodeTx(values("late"))); ClassOf(err) != ClassGiveUp {
		t.Errorf("error %v, want %s", err, ClassGiveUp)
	}
	select {
	case err := <-waits:
		if !errors.Is(err, ErrTransactionFailed) || ClassOf(err) != ClassGiveUp {
			t.Errorf("the one that waited: %v, want %s", err, ClassGiveUp)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the one that waited still waits")
	}
	if err := tx.Abort(t.Context()); ClassOf(err) != ClassGiveUp {
		t.Errorf("abort: %v, want %s", err, ClassGiveUp)
	}
	second.write(t, name, 0, "c")
	if err := second.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Error(err)
	}
}

func (t *Transactor) running() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.producing
}

// TestTransactionMisused: a Commit or an Abort beside a Produce is refused, and nothing is committed.
func TestTransactionMisused(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	c := client(t, Options{Brokers: brokers})
	name := topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	for what, call := range map[string]func() error{
		"commit": func() error { return tx.Commit(t.Context(), GroupOffsets{}) },
		"abort":  func() error { return tx.Abort(t.Context()) },
	} {
		tx.write(t, name, 0, "a")
		done := make(chan error, 1)
		go func() {
			_, err := tx.Produce(t.Context(), "topic-that-is-not-there", 0, 1, encodeTx(values("b")))
			done <- err
		}()
		for tx.running() == 0 {
			time.Sleep(time.Millisecond)
		}
		if err := call(); ClassOf(err) != ClassStop {
			t.Errorf("%s: %v, want %s", what, err, ClassStop)
		}
		if err := <-done; ClassOf(err) != ClassStop {
			t.Errorf("produce: %v, want %s", err, ClassStop)
		}
		if err := tx.Abort(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	tx.write(t, name, 0, "c")
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	want(t, "stored", stored(t, brokers, name), []string{"c"})
}

// TestTransactionAddsWhatComesNext: the partitions of the last transaction are added with the first one that is written to.
func TestTransactionAddsWhatComesNext(t *testing.T) {
	brokers := kafkatest.Fake(t).ListenAddrs()
	c := client(t, Options{Brokers: brokers})
	var s scissors
	s.install(c)
	name := topic(t, brokers, 3, nil)
	tx := transactor(t, c, "id-"+name)
	for i, round := range []struct {
		partitions []int
		want       int // requests
	}{
		{[]int{0, 1}, 2}, {[]int{1, 0}, 1}, {[]int{0}, 1}, {[]int{0, 1}, 2}, {[]int{2, 0, 1}, 1},
	} {
		for _, n := range round.partitions {
			tx.write(t, name, n, fmt.Sprint(n))
		}
		if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
			t.Fatal(err)
		}
		want(t, fmt.Sprint("requests of transaction ", i), s.requests(protocol.AddPartitionsToTxn), round.want)
	}
	want(t, "stored", stored(t, brokers, name), []string{"0", "0", "0", "0", "0", "1", "1", "1", "1", "2"})
}

// TestTransactionForgetsWhatIsGone: a partition that was deleted and is not written to does not hold up the others.
func TestTransactionForgetsWhatIsGone(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	c := client(t, Options{Brokers: brokers})
	name, gone := topic(t, brokers, 1, nil), topic(t, brokers, 1, nil)
	tx := transactor(t, c, "id-"+name)
	tx.write(t, name, 0, "a")
	tx.write(t, gone, 0, "gone")
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	tx.Visible(t.Context(), "id-"+name)
	tx.lanes[partition{gone, 0}].before = true // as if Visible had not made a transaction of its own
	admin := kadm.NewClient(kafkatest.Client(t, brokers))
	if _, err := admin.DeleteTopic(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for { // the brokers know that it is gone
		details, err := admin.ListTopics(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !details.Has(gone) {
			break
		}
	}
	start := time.Now()
	tx.write(t, name, 0, "b")
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if err := tx.Commit(t.Context(), GroupOffsets{}); err != nil {
		t.Fatal(err)
	}
	tx.Visible(t.Context(), "id-"+name)
	want(t, "stored", stored(t, brokers, name), []string{"a", "b"})
}
