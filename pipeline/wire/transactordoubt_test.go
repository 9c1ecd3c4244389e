package wire

import (
	"fmt"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol"

	"voile/pipeline/record"
)

// TestDoubtEndsTheEpoch: a request that had no answer may arrive late, so the next transaction is of another epoch; and
// only then, because a new epoch costs a request.
func TestDoubtEndsTheEpoch(t *testing.T) {
	each(t, func(t *testing.T, brokers []string) {
		for _, tc := range []struct {
			lost protocol.ApiKey
			want int16 // how many epochs further
		}{
			{-1, 0}, {protocol.AddPartitionsToTxn, 1}, {protocol.AddOffsetsToTxn, 1}, {protocol.TxnOffsetCommit, 1}, {protocol.EndTxn, 1}, {protocol.Produce, 0},
		} {
			t.Run(fmt.Sprint(tc.lost), func(t *testing.T) {
				c := client(t, Options{Brokers: brokers})
				var s scissors
				s.install(c)
				name := topic(t, brokers, 1, nil)
				tx := transactor(t, c, "id-"+name)
				before := tx.producer.epoch
				offsets := GroupOffsets{Group: "g-" + name, Generation: -1, Topics: map[string]map[int]Committed{name: {0: {Next: 7}}}}
				write := func(value string) {
					t.Helper()
					if _, err := tx.Produce(t.Context(), name, 0, 1, encodeTx([]record.Record{{Timestamp: 1, Value: []byte(value)}})); err != nil {
						t.Fatal(err)
					}
					if err := tx.Commit(t.Context(), offsets); err != nil {
						t.Fatal(err)
					}
				}
				s.arm(int16(tc.lost), 1)
				write("a")
				want(t, "epochs", tx.producer.epoch-before, tc.want)
				write("b")
				want(t, "epochs", tx.producer.epoch-before, tc.want)
				want(t, "stored", stored(t, brokers, name), []string{"a", "b"})
			})
		}
	})
}

// TestLateRequestsOfTheLastTransaction sends the offsets of a transaction, and its end, a second time, into the next one.
// The brokers take both for a part of that one where the epoch is the same, which is why it is not after a doubt.
func TestLateRequestsOfTheLastTransaction(t *testing.T) {
	brokers := kafka4.Cluster(t).Brokers()
	for _, tc := range []struct {
		name   string
		lost   int // answers to EndTxn
		want   Class
		stored []string // what is committed behind the late requests
		offset int64    // of the group
	}{
		{"the same epoch", 0, 0, []string{"a", "b"}, 7},
		{"after a doubt", 1, ClassGiveUp, []string{"a"}, 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := client(t, Options{Brokers: brokers})
			var s scissors
			s.install(c)
			name := topic(t, brokers, 1, nil)
			tx := transactor(t, c, "id-"+name)
			late := &Transactor{c: c, id: tx.id, producer: tx.producer}
			first := offsetsOf("g-"+name, name, map[int]Committed{0: {Next: 7}})
			second := offsetsOf("g-"+name, name, map[int]Committed{0: {Next: 8}})
			tx.write(t, name, 0, "a")
			s.arm(int16(protocol.EndTxn), tc.lost)
			if err := tx.Commit(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			tx.write(t, name, 0, "b")
			if err := tx.offsets(t.Context(), &second); err != nil {
				t.Fatal(err)
			}
			at := Error{Op: "late", Group: "g-" + name}
			offsets := c.retry(t.Context(), at, time.Minute, func() error {
				node, err := c.coordinator(t.Context(), at.Group)
				if err != nil {
					return err
				}
				return late.commitOffsets(t.Context(), node, &first)
			}, nil)
			end := late.attempt(t.Context(), "late", func(node int32) error {
				r := late.begin(protocol.EndTxn, 2, node)
				r.head = putBool(r.head, true)
				return c.doForCode(t.Context(), r)
			})
			want(t, "class of the late offsets", ClassOf(offsets), tc.want)
			want(t, "class of the late end", ClassOf(end), tc.want)
			if tc.want == ClassGiveUp {
				tx.Leave(t.Context())
			}
			want(t, "offset", committedOffsets(t, c, at.Group, name, 1)[0].Next, tc.offset)
			want(t, "stored", stored(t, brokers, name), tc.stored)
		})
	}
}
