package history_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/internal/kafkatest"
	"voile/pipeline/batch"
	"voile/pipeline/history"
	"voile/pipeline/record"
	"voile/pipeline/wire"
)

func TestRead(t *testing.T) {
	fake := kafkatest.Fake(t, kfake.SeedTopics(1, "t"))
	producer := kafkatest.Client(t, fake.ListenAddrs(), kgo.DefaultProduceTopic("t"))
	for i := range 10 {
		// Two records a batch.
		if err := producer.ProduceSync(t.Context(), kgo.StringRecord(fmt.Sprint(2*i)), kgo.StringRecord(fmt.Sprint(2*i+1))).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	client, err := wire.New(wire.Options{Brokers: fake.ListenAddrs(), ClientID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := history.New(client, 1<<20)
	read := func(from, end int64) (values []string) {
		t.Helper()
		err := r.Read(t.Context(), "t", 0, from, end, true, func(_ batch.Header, records []record.Record) error {
			for _, rec := range records {
				values = append(values, string(rec.Value))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	if got := read(3, 7); !slices.Equal(got, []string{"3", "4", "5", "6"}) {
		t.Errorf("3 to 7 are %v", got)
	}
	if got := read(0, 20); len(got) != 20 || got[19] != "19" {
		t.Errorf("all are %v", got)
	}
	if got := read(5, 5); len(got) != 0 {
		t.Errorf("nothing is %v", got)
	}

	// What each says ends the reading; and reading while it reads would overwrite what it looks at.
	stop := errors.New("stop")
	calls := 0
	err = r.Read(t.Context(), "t", 0, 0, 20, true, func(batch.Header, []record.Record) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("after %d calls: %v", calls, err)
	}
	err = r.Read(t.Context(), "t", 0, 0, 20, true, func(batch.Header, []record.Record) error {
		return r.Read(t.Context(), "t", 0, 0, 20, true, func(batch.Header, []record.Record) error { return nil })
	})
	if err == nil {
		t.Error("a Reader reads while it reads")
	}
}
