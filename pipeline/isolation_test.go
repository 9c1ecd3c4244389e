package pipeline_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// TestIsolation: of the source's transactions what is committed is read, or all that was written; what ends them never is.
func TestIsolation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		route       string
		open, ended []int // what the sink has while the last transaction is open, and what comes once it is committed
	}{
		{"", []int{0, 1, 4, 5}, []int{6, 7, 8}},
		{"    isolation: read_uncommitted", []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, nil},
		{"    start: latest", nil, []int{6, 7, 8}},
		{"    start: latest\n    isolation: read_uncommitted", []int{8}, nil},
	} {
		t.Run(tt.route, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 1, 1, tt.route)
			writer, err := kgo.NewClient(kgo.SeedBrokers(c.fake.ListenAddrs()...), kgo.TransactionalID("source"), kgo.DefaultProduceTopic("src"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(writer.Close)
			write := func(from, to int) error {
				var records []*kgo.Record
				for _, v := range events(from, to) {
					records = append(records, &kgo.Record{Key: []byte("k"), Value: []byte(v)})
				}
				return writer.ProduceSync(t.Context(), records...).FirstErr()
			}
			for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit} {
				if err := errors.Join(writer.BeginTransaction(), write(2*i, 2*i+2), writer.EndTransaction(t.Context(), end)); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(writer.BeginTransaction(), write(6, 8)); err != nil {
				t.Fatal(err)
			}
			p := c.start(wire.Options{})
			p.until("a committed start", func() bool { return c.committed(0) >= 0 })
			if err := write(8, 9); err != nil {
				t.Fatal(err)
			}
			p.settled(len(tt.open), 0)
			if got := c.numbers(); !slices.Equal(got, tt.open) {
				t.Errorf("the sink has %v, want %v", got, tt.open)
			}
			if err := writer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
				t.Fatal(err)
			}
			p.until("all is read", func() bool { return c.committed(0) == 13 }) // nine records, four markers
			if got, want := c.numbers(), slices.Concat(tt.open, tt.ended); !slices.Equal(got, want) {
				t.Errorf("once the last transaction is committed the sink has %v, want %v", got, want)
			}
		})
	}
}

// TestSourceHeaderInTheSink: with source_header each record says where it came from, whatever it said before; without it a
// header of that name is one like others.
func TestSourceHeaderInTheSink(t *testing.T) {
	t.Parallel()
	forged := kgo.RecordHeader{Key: transform.HeaderSource, Value: []byte("other/0/7")}
	for route, want := range map[string][]string{
		"":                         {"", "a=b", "voile-source=other/0/7,a=b"},
		"    source_header: true":  {"voile-source=src/1/0", "a=b,voile-source=src/1/1", "a=b,voile-source=src/1/2"},
		"    source_header: false": {"", "a=b", "voile-source=other/0/7,a=b"},
	} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, 2, 2, route)
			for i, h := range [][]kgo.RecordHeader{nil, {{Key: "a", Value: []byte("b")}}, {forged, {Key: "a", Value: []byte("b")}}} {
				if err := c.client.ProduceSync(t.Context(), &kgo.Record{Topic: "src", Partition: 1, Key: []byte("k"), Value: []byte(event(i)), Headers: h}).FirstErr(); err != nil {
					t.Fatal(err)
				}
			}
			c.start(wire.Options{}).settled(3, 0)
			var got []string
			for _, r := range c.records("dst", 1) {
				text := ""
				for i, h := range r.Headers {
					if i > 0 {
						text += ","
					}
					text += string(h.Name) + "=" + string(h.Value)
				}
				got = append(got, text)
			}
			if !slices.Equal(got, want) {
				t.Errorf("the sink's headers are %q, want %q", got, want)
			}
		})
	}
}
