package batch

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"voile/pipeline/record"
)

// A Builder collects the records of one batch, each written at once as the batch holds it: so a record that was made in a
// small piece of memory is copied once, while that is still in the processor's cache. Its zero value is empty and ready. It is
// not safe for concurrent use, and allocates nothing once it has grown.
type Builder struct {
	buf       []byte // room for the header, and the records
	sealed    []byte // the batch, where it is compressed
	count     int32
	base, max int64 // timestamps: the first record's, and the largest
}

// Append adds a record, of which it keeps nothing. Its offset is not used: records are numbered from 0.
func (b *Builder) Append(r *record.Record) error {
	switch {
	case SizeOf(r) > math.MaxInt32 || len(r.Headers) > math.MaxInt32:
		return errors.New("batch: a record is larger than a batch can be")
	case b.count == math.MaxInt32:
		return fmt.Errorf("batch: more than %d records are more than a batch can hold", b.count)
	case b.count == 0:
		b.buf = slices.Grow(b.buf[:0], HeaderSize)[:HeaderSize]
		b.base, b.max = r.Timestamp, r.Timestamp
	}
	b.max = max(b.max, r.Timestamp)
	b.buf = appendRecord(b.buf, r, r.Timestamp-b.base, int64(b.count))
	b.count++
	return nil
}

// Count is how many records there are.
func (b *Builder) Count() int { return int(b.count) }

// Size is how many bytes the batch takes, uncompressed.
func (b *Builder) Size() int { return len(b.buf) }

// Reset makes the builder empty. Its memory is used again.
func (b *Builder) Reset() { b.buf, b.sealed, b.count = b.buf[:0], b.sealed[:0], 0 }

// Cap is how many bytes of memory the builder has.
func (b *Builder) Cap() int { return cap(b.buf) + cap(b.sealed) }

// Expect gives the builder room for n bytes in all. Growing there by itself it would leave as much behind.
func (b *Builder) Expect(n int) {
	if cap(b.buf) < n {
		b.buf = append(make([]byte, 0, n), b.buf...)
	}
}

// Records reads back what was appended, into dst. The records are in the builder's memory, and valid until it is appended to,
// or reset.
func (b *Builder) Records(dst *Batch) error {
	dst.Reset()
	if b.count == 0 {
		return nil
	}
	dst.Header = b.header(WithoutProducer(None))
	return dst.parse(b.buf[HeaderSize:])
}

// header gives the header; its length is still open.
func (b *Builder) header(p Params) Header {
	return Header{
		PartitionLeaderEpoch: -1,
		Codec:                p.Codec,
		Transactional:        p.Transactional,
		LastOffsetDelta:      b.count - 1,
		BaseTimestamp:        b.base,
		MaxTimestamp:         b.max,
		ProducerID:           p.ProducerID,
		ProducerEpoch:        p.ProducerEpoch,
		BaseSequence:         p.BaseSequence,
		Count:                b.count,
	}
}

func appendRecord(dst []byte, r *record.Record, sinceBase, delta int64) []byte {
	size := 1 + sizeVarlong(sinceBase) + sizeVarlong(delta) + sizeNullable(r.Key) + sizeNullable(r.Value) +
		sizeVarlong(int64(len(r.Headers)))
	for _, h := range r.Headers {
		size += sizeVarlong(int64(len(h.Name))) + len(h.Name) + sizeNullable(h.Value)
	}
	dst = appendVarlong(dst, int64(size))
	dst = append(dst, 0) // attributes
	dst = appendVarlong(dst, sinceBase)
	dst = appendVarlong(dst, delta)
	dst = appendNullable(dst, r.Key)
	dst = appendNullable(dst, r.Value)
	dst = appendVarlong(dst, int64(len(r.Headers)))
	for _, h := range r.Headers {
		dst = appendVarlong(dst, int64(len(h.Name)))
		dst = append(dst, h.Name...)
		dst = appendNullable(dst, h.Value)
	}
	return dst
}

func appendNullable(dst, b []byte) []byte {
	if b == nil {
		return appendVarlong(dst, -1)
	}
	return append(appendVarlong(dst, int64(len(b))), b...)
}

func sizeNullable(b []byte) int {
	return sizeVarlong(int64(len(b))) + len(b) // -1 takes one byte, as 0 does
}
