package wire

import (
	"fmt"
	"testing"

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
