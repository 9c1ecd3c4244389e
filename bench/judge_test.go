package bench

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"voile/bench/event"
)

// judge reads the committed records of the sink and says what is wrong with them.
func (r *ring) judge(t *testing.T, sink string, fields int) error {
	t.Helper()
	v := newVerdict(r.source, r.records, fields)
	ends, err := admin(t, r.brokers).ListCommittedOffsets(t.Context(), sink)
	if err != nil || ends.Error() != nil {
		return errors.Join(err, ends.Error())
	}
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			from[o.Partition], left[o.Partition] = kgo.NewOffset().At(0), o.Offset
		}
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(r.brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{sink: from}))
	if err != nil {
		return err
	}
	defer client.Close()
	for deadline := time.Now().Add(patience); len(left) > 0; {
		if time.Now().After(deadline) {
			return fmt.Errorf("the sink could not be read in %s", patience)
		}
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			return err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			if record.Offset >= left[record.Partition]-1 {
				delete(left, record.Partition)
			}
			if !record.Attrs.IsControl() {
				v.see(record.Key, record.Value)
			}
		})
	}
	return v.err()
}

// A verdict is about the records of a sink.
type verdict struct {
	source event.Source
	fields int
	seen   []bool
	count  int
	wrong  error // the first thing
	raw    []byte
}

func newVerdict(source event.Source, records, fields int) *verdict {
	return &verdict{source: source, fields: fields, seen: make([]bool, records)}
}

// see looks at one record. What is wrong is said by the event's number: a value is in no message here either.
func (v *verdict) see(key, value []byte) {
	v.count++
	n, ok := event.Number(value)
	switch {
	case v.wrong != nil:
	case !ok || n >= len(v.seen):
		v.wrong = fmt.Errorf("record %d of the sink is no event of the source", v.count)
	case v.seen[n]:
		v.wrong = fmt.Errorf("event %d is there twice", n)
	default:
		v.seen[n] = true
		v.wrong = v.compare(n, key, value)
	}
}

func (v *verdict) compare(n int, key, value []byte) error {
	if !bytes.Equal(key, v.source.Key(n)) {
		return fmt.Errorf("event %d has another key", n)
	}
	if v.fields == 0 {
		v.raw = v.source.Append(v.raw[:0], n)
		if !bytes.Equal(value, v.raw) {
			return fmt.Errorf("event %d is changed", n)
		}
		return nil
	}
	for i, raw := range v.source.Values(n) {
		if found := bytes.Contains(value, []byte(`"`+raw+`"`)); found && i < v.fields {
			return fmt.Errorf("event %d has the raw value of %v", n, event.Fields[i].Path)
		} else if !found && i >= v.fields {
			return fmt.Errorf("event %d has lost the value of %v", n, event.Fields[i].Path)
		}
	}
	return nil
}

func (v *verdict) err() error {
	if v.wrong == nil && v.count != len(v.seen) {
		return fmt.Errorf("%d records in the sink, want %d", v.count, len(v.seen))
	}
	return v.wrong
}

func TestVerdict(t *testing.T) {
	source := event.Source{Seed: 3, People: 10}
	type pair struct{ key, value string }
	whole := func(n int) pair { return pair{string(source.Key(n)), string(source.Append(nil, n))} }
	replaced := func(n, fields int) pair {
		p := whole(n)
		for _, raw := range source.Values(n)[:fields] {
			p.value = string(bytes.ReplaceAll([]byte(p.value), []byte(`"`+raw+`"`), []byte(`"token"`)))
		}
		return p
	}
	for name, test := range map[string]struct {
		fields int
		sink   []pair
		want   string
	}{
		"copied":               {0, []pair{whole(0), whole(1)}, ""},
		"replaced":             {6, []pair{replaced(1, 6), replaced(0, 6)}, ""},
		"one missing":          {0, []pair{whole(0)}, "1 records in the sink, want 2"},
		"one twice":            {0, []pair{whole(0), whole(0)}, "event 0 is there twice"},
		"not changed":          {1, []pair{whole(0), replaced(1, 1)}, "event 0 has the raw value of [context traits email]"},
		"one field missed":     {6, []pair{replaced(0, 5), replaced(1, 6)}, "event 0 has the raw value of [context traits lastName]"},
		"too much replaced":    {6, []pair{replaced(0, 7), replaced(1, 6)}, "event 0 has lost the value of [context traits phone]"},
		"changed by a copy":    {0, []pair{replaced(0, 1), whole(1)}, "event 0 is changed"},
		"another key":          {0, []pair{{"x", whole(0).value}, whole(1)}, "event 0 has another key"},
		"of a longer source":   {0, []pair{whole(0), whole(2)}, "record 2 of the sink is no event of the source"},
		"something else":       {0, []pair{{"x", "{}"}, whole(1)}, "record 1 of the sink is no event of the source"},
		"nothing":              {0, nil, "0 records in the sink, want 2"},
		"more than was put in": {0, []pair{whole(0), whole(1), whole(1)}, "event 1 is there twice"},
	} {
		v := newVerdict(source, 2, test.fields)
		for _, p := range test.sink {
			v.see([]byte(p.key), []byte(p.value))
		}
		got := ""
		if err := v.err(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
