package batch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"voile/pipeline/record"
)

// at puts the batch at an offset of the log; control makes it a marker.
func at(raw []byte, offset int64, control bool) []byte {
	raw = bytes.Clone(raw)
	binary.BigEndian.PutUint64(raw, uint64(offset))
	if control {
		raw[posAttributes+1] |= attrControl
	}
	return reseal(raw)
}

func TestAbortedFilter(t *testing.T) {
	data := func(offset, producer int64, n int) []byte {
		p := Params{Codec: LZ4, ProducerID: producer, Transactional: producer >= 0}
		if producer < 0 {
			p = WithoutProducer(LZ4)
		}
		return at(mustEncode(t, make([]record.Record, n), p), offset, false)
	}
	idempotent := func(offset, producer int64) []byte {
		return at(mustEncode(t, make([]record.Record, 1), Params{ProducerID: producer}), offset, false)
	}
	marker := func(offset, producer int64, typ byte) []byte {
		p := Params{ProducerID: producer, Transactional: true}
		return at(mustEncode(t, []record.Record{{Key: []byte{0, 0, 0, typ}, Value: make([]byte, 6)}}, p), offset, true)
	}
	type step struct {
		raw  []byte
		want bool
	}
	tests := []struct {
		name  string
		list  []AbortedTransaction
		steps []step
	}{
		{"nothing aborted", nil, []step{{data(0, 1, 2), true}, {marker(2, 1, 1), false}, {data(3, -1, 1), true}}},
		{"aborted, then committed, then aborted by the same producer", []AbortedTransaction{{1, 10}, {1, 0}}, []step{
			{data(0, 1, 2), false}, {data(2, -1, 1), true}, {data(3, 1, 1), false}, {marker(4, 1, 0), false},
			{data(5, 1, 1), true}, {marker(6, 1, 1), false},
			{data(10, 1, 1), false}, {marker(11, 1, 0), false}, {data(12, 1, 1), true},
		}},
		{"interleaved producers", []AbortedTransaction{{1, 0}, {2, 3}}, []step{
			{data(0, 1, 1), false}, {data(1, 2, 1), true}, {marker(2, 2, 1), false}, {data(3, 2, 1), false},
			{marker(4, 1, 0), false}, {data(5, 2, 1), false}, {data(6, 1, 1), true}, {marker(7, 2, 0), false}, {data(8, 2, 1), true},
		}},
		{"begun before the fetch", []AbortedTransaction{{9, 3}}, []step{{data(100, 9, 1), false}, {marker(101, 9, 0), false}, {data(102, 9, 1), true}}},
		{"first offset inside a batch", []AbortedTransaction{{9, 4}}, []step{{data(0, 8, 8), true}, {data(8, 9, 1), false}}},
		{"not transactional is never aborted", []AbortedTransaction{{9, 0}}, []step{{idempotent(0, 9), true}}},
		{"a marker of another kind ends nothing", []AbortedTransaction{{9, 0}}, []step{{data(0, 9, 1), false}, {marker(1, 9, 2), false}, {data(2, 9, 1), false}}},
		{"a new response starts afresh", nil, []step{{data(0, 9, 1), true}}},
	}
	var f AbortedFilter
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.Start(tt.list)
			for i, s := range tt.steps {
				h, err := ParseHeader(s.raw)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := f.Data(s.raw, h); err != nil || got != s.want {
					t.Errorf("batch %d at offset %d: data %v, error %v, want %v", i, h.BaseOffset, got, err, s.want)
				}
			}
		})
	}
}

func TestAbortedFilterMarkers(t *testing.T) {
	p := Params{ProducerID: 9, Transactional: true}
	short := at(mustEncode(t, []record.Record{{Key: []byte{0, 0, 0}}}, p), 5, true)
	flipped := at(mustEncode(t, []record.Record{{Key: []byte{0, 0, 0, 1}}}, p), 5, true)
	flipped[len(flipped)-1] ^= 1
	p.Codec = Gzip
	compressed := at(mustEncode(t, []record.Record{{Key: []byte{0, 0, 0, 0}}}, p), 5, true)
	for name, raw := range map[string][]byte{"short key": short, "checksum": flipped, "compressed": compressed} {
		h, err := ParseHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		var f AbortedFilter
		f.Start(nil)
		var ce *CorruptError
		if data, err := f.Data(raw, h); data || !errors.As(err, &ce) || ce.Offset != 5 {
			t.Errorf("%s: data %v, error %v", name, data, err)
		}
	}
	// Compaction can leave a control batch without its record.
	raw := at(mustEncode(t, []record.Record{{}}, WithoutProducer(None)), 5, true)[:HeaderSize]
	raw[posCount+3] = 0
	reseal(raw)
	h, err := ParseHeader(raw)
	if err != nil {
		t.Fatal(err)
	}
	var f AbortedFilter
	if data, err := f.Data(raw, h); data || err != nil {
		t.Errorf("empty control batch: data %v, error %v", data, err)
	}
}
