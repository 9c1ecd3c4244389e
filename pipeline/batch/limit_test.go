package batch

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"voile/pipeline/record"
)

// plainSize is the size of recs before compression.
func plainSize(t *testing.T, recs []record.Record) int {
	return len(mustEncode(t, recs, WithoutProducer(None))) - HeaderSize
}

// TestLimit: a batch that fills the limit to the last byte is read, one byte beyond is refused by name.
func TestLimit(t *testing.T) {
	recs := []record.Record{{Value: make([]byte, 300_000)}}
	n := plainSize(t, recs)
	for _, c := range codecs[1:] {
		raw := mustEncode(t, recs, WithoutProducer(c))
		if err := NewDecoder(n).Decode(raw, new(Batch)); err != nil {
			t.Errorf("%s: at the limit: %v", c, err)
		}
		var ce *CorruptError
		if err := NewDecoder(n-1).Decode(raw, new(Batch)); !errors.Is(err, ErrTooLarge) || !errors.As(err, &ce) {
			t.Errorf("%s: beyond the limit: %v", c, err)
		}
	}
	if err := NewDecoder(1).Decode(mustEncode(t, recs, WithoutProducer(None)), new(Batch)); err != nil {
		t.Errorf("uncompressed: %v", err)
	}
}

// TestBomb: 64 MB out of a small batch cost no more memory than the limit allows.
func TestBomb(t *testing.T) {
	const limit = 1 << 20
	huge := []record.Record{{Value: make([]byte, 64<<20)}}
	for _, c := range codecs[1:] {
		raw := mustEncode(t, huge, WithoutProducer(c))
		d := NewDecoder(limit)
		allocated := allocatedBy(func() {
			if err := d.Decode(raw, new(Batch)); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: %v", c, err)
			}
		})
		if want := uint64(4*minZstdWindow + 4*limit); allocated > want {
			t.Errorf("%s: %d bytes allocated, want at most %d", c, allocated, want)
		}
	}
}

func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// withBody is a batch of count records whose compressed bytes are body.
func withBody(t testing.TB, c Codec, count int, body []byte) []byte {
	t.Helper()
	raw := mustEncode(t, make([]record.Record, count), WithoutProducer(None))[:HeaderSize]
	raw[posAttributes+1] = byte(c)
	return reseal(append(raw, body...))
}

// TestForeignFrames reads what other producers write, and refuses what is cut off or followed by something else.
func TestForeignFrames(t *testing.T) {
	recs := []record.Record{{Key: []byte("k"), Value: bytes.Repeat([]byte("librdkafka "), 40_000)}}
	plain := mustEncode(t, recs, WithoutProducer(None))[HeaderSize:]
	var noSize bytes.Buffer
	z, err := zstd.NewWriter(&noSize, zstd.WithWindowSize(8<<20)) // a stream: no content size, as Java's
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	var frame zstd.Header
	if err := frame.Decode(noSize.Bytes()); err != nil || frame.HasFCS {
		t.Fatalf("the frame tells its size (%v), error %v", frame.HasFCS, err)
	}
	half := len(plain) / 2
	small := new(compressor)
	concat := func(c Codec) []byte {
		out, err := small.compress(nil, plain[:half], c)
		if err != nil {
			t.Fatal(err)
		}
		if out, err = small.compress(out, plain[half:], c); err != nil {
			t.Fatal(err)
		}
		return out
	}
	good := map[string][]byte{
		"bare snappy":          withBody(t, Snappy, 1, s2.EncodeSnappy(nil, plain)),
		"zstd without a size":  withBody(t, Zstd, 1, noSize.Bytes()),
		"gzip in two members":  withBody(t, Gzip, 1, concat(Gzip)),
		"lz4 in two frames":    withBody(t, LZ4, 1, concat(LZ4)),
		"zstd in two frames":   withBody(t, Zstd, 1, concat(Zstd)),
		"our own snappy again": mustEncode(t, recs, WithoutProducer(Snappy)),
	}
	d := NewDecoder(len(plain))
	for name, raw := range good {
		var b Batch
		if err := d.Decode(raw, &b); err != nil || len(b.Records) != 1 || !bytes.Equal(b.Records[0].Value, recs[0].Value) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range codecs[1:] {
		raw := mustEncode(t, recs, WithoutProducer(c))
		for name, bad := range map[string][]byte{
			"cut by 1":       raw[:len(raw)-1],
			"cut by 4":       raw[:len(raw)-4],
			"cut in half":    raw[:len(raw)/2],
			"cut to 3 bytes": raw[:HeaderSize+3],
			"one more byte":  append(bytes.Clone(raw), 1),
			"a null byte":    append(bytes.Clone(raw), 0),
		} {
			var ce *CorruptError
			if err := d.Decode(reseal(bytes.Clone(bad)), new(Batch)); !errors.As(err, &ce) || errors.Is(err, ErrTooLarge) && c != Snappy {
				t.Errorf("%s, %s: %v", c, name, err)
			}
		}
	}
}

// TestReset: a batch kept for later holds nothing of the response it was decoded from.
func TestReset(t *testing.T) {
	var b Batch
	raw := mustEncode(t, variety(), WithoutProducer(None))
	if err := NewDecoder(testLimit).Decode(raw, &b); err != nil {
		t.Fatal(err)
	}
	held := b.Footprint()
	b.Reset()
	if b.Header != (Header{}) || len(b.Records) != 0 || b.Footprint() != held || held == 0 {
		t.Errorf("after Reset: header %+v, %d records, footprint %d, before %d", b.Header, len(b.Records), b.Footprint(), held)
	}
	for _, r := range b.Records[:cap(b.Records)] {
		if r.Key != nil || r.Value != nil || r.Headers != nil {
			t.Error("a record still points to the raw batch")
		}
	}
	for _, h := range b.headers[:cap(b.headers)] {
		if h.Name != nil || h.Value != nil {
			t.Error("a header still points to the raw batch")
		}
	}
}
