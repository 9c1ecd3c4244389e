package wire

import (
	"errors"
	"testing"
)

func TestReaderNeverPanics(t *testing.T) {
	// The answer of a partition with lengths that lie.
	for _, b := range [][]byte{nil, {0}, {0x7f, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xfe}, {0x80, 0, 0, 0}} {
		for name, read := range map[string]func(*reader){
			"count": func(r *reader) { want(t, "count", r.count(1), 0) },
			"bytes": func(r *reader) { want(t, "bytes", len(r.bytes()), 0) },
			"text":  func(r *reader) { want(t, "text", len(r.text()), 0) },
			"int64": func(r *reader) { want(t, "int64", r.int64(), 0) },
			"tags":  func(r *reader) { r.tags() },
		} {
			r := reader{b: b}
			read(&r)
			if name == "int64" && r.err() == nil {
				t.Errorf("%s of %x: no error", name, b)
			}
		}
	}
}

// FuzzAnswers reads arbitrary bytes as answers: it ends, and what it gives lies inside what it was given.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 100))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var res FetchResult
		err := res.read(&reader{b: b}, &FetchRequest{Topic: "t"})
		if err == nil && len(res.Records) > len(b) {
			t.Errorf("%d bytes of records out of %d", len(res.Records), len(b))
		}
		if len(res.Aborted)*16 > len(b) {
			t.Errorf("%d aborted transactions out of %d bytes", len(res.Aborted), len(b))
		}
		if _, err := readMetadata(&reader{b: b}); err != nil && !errors.Is(err, errAnswer) {
			t.Errorf("metadata: %v", err)
		}
		_ = readCommit(&reader{b: b})
		if g, err := readGroup(&reader{b: b}, "g"); len(g.Members)*16 > len(b) {
			t.Errorf("%d members out of %d bytes, %v", len(g.Members), len(b), err)
		}
		_ = readTxnCommit(&reader{b: b})
		_ = readDelivered(&reader{b: b}, []*delivery{{partition: partition{"t", 0}}})
		_ = new(Transactor).readAdded(&reader{b: b}, 3)
		if got, err := readCommitted(&reader{b: b}, map[string][]int{"t": {0, 1, 2}}); err == nil && len(got["t"]) != 3 {
			t.Errorf("offsets of %d partitions, want 3", len(got["t"]))
		}
		if _, err := readTopicConfig(&reader{b: b}, "t"); err == nil && len(b) < 20 {
			t.Errorf("a topic's settings out of %d bytes", len(b))
		}
	})
}
