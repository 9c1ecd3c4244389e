package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"

	"voile/pipeline/record"
)

// Params says how a batch is written.
type Params struct {
	Codec Codec
	// ProducerID, ProducerEpoch and BaseSequence are an idempotent producer's, all of them at least 0, or all -1:
	// Go's zeros are a valid producer, see WithoutProducer. BaseSequence is the first record's sequence number.
	ProducerID    int64
	ProducerEpoch int16
	BaseSequence  int32
	// Transactional demands a producer, and that the request names the transactional id: a broker stores the batch
	// of a request that has the one without the other as it comes.
	Transactional bool
}

// WithoutProducer gives the Params of a batch that no idempotent producer writes.
func WithoutProducer(c Codec) Params {
	return Params{Codec: c, ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1}
}

// Joined is how many bytes of records, as SizeOf estimates them, are joined to one batch: below the brokers' default
// max.message.bytes of 1,048,588 with room for what the estimate does not see.
const Joined = 900 << 10

// NextSequence is the base sequence after a batch of n records that began at base: sequences run to 2^31-1 and go on
// with 0.
func NextSequence(base int32, n int) int32 {
	return int32((int64(base) + int64(n)) & math.MaxInt32)
}

func (p *Params) check() error {
	none := p.ProducerID == -1 && p.ProducerEpoch == -1 && p.BaseSequence == -1
	whole := p.ProducerID >= 0 && p.ProducerEpoch >= 0 && p.BaseSequence >= 0
	switch {
	case !p.Codec.known():
		return fmt.Errorf("batch: compression %d is unknown", int8(p.Codec))
	case !none && !whole:
		return fmt.Errorf("batch: producer id %d, epoch %d and sequence %d: all are -1 or none is negative",
			p.ProducerID, p.ProducerEpoch, p.BaseSequence)
	case p.Transactional && none:
		return errors.New("batch: a transactional batch needs a producer id")
	}
	return nil
}

// An Encoder writes batches. It keeps its compressors and a Builder between batches. It is not safe for concurrent use.
type Encoder struct {
	builder    Builder
	compressor compressor
}

// Encode appends one batch of recs to dst. The records' offsets are not used: they are numbered from 0, and the broker
// gives them theirs. It keeps nothing of recs. On an error dst comes back as it was. Who can hand over one record at a time
// spares a copy with a [Builder].
//
// The result is checked before it is returned: the header as read back, the lengths and the number of the records before
// compression.
func (e *Encoder) Encode(dst []byte, recs []record.Record, p Params) ([]byte, error) {
	e.builder.Reset()
	for i := range recs {
		if err := e.builder.Append(&recs[i]); err != nil {
			return dst, fmt.Errorf("%w (%d of %d)", err, i+1, len(recs))
		}
	}
	out, err := e.Seal(&e.builder, p)
	if err != nil {
		return dst, err
	}
	return append(dst, out...), nil
}

// Seal gives the batch of what b holds, in b's own memory: it is valid until b is appended to, reset, or sealed again, which
// may be for another producer. It checks what [Encoder.Encode] checks.
func (e *Encoder) Seal(b *Builder, p Params) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if b.count == 0 {
		return nil, errors.New("batch: no records to encode")
	}
	out, plain := b.buf, b.buf[HeaderSize:]
	if p.Codec != None {
		var err error
		if out, err = e.compressor.compress(append(b.sealed[:0], b.buf[:HeaderSize]...), plain, p.Codec); err != nil {
			return nil, fmt.Errorf("%w: %s", err, p.Codec)
		}
		b.sealed = out
	}
	if len(out)-posLeaderEpoch > math.MaxInt32 {
		return nil, fmt.Errorf("batch: %d bytes are more than a batch can hold", len(out))
	}
	h := b.header(p)
	h.Length = int32(len(out) - posLeaderEpoch)
	h.put(out)
	if err := selfCheck(out, plain, h); err != nil {
		return nil, err
	}
	return out, nil
}

// put writes the header and the checksum of a batch whose records are in place.
func (h *Header) put(raw []byte) {
	be := binary.BigEndian
	attr := uint16(h.Codec)
	if h.Transactional {
		attr |= attrTransactional
	}
	be.PutUint64(raw, uint64(h.BaseOffset))
	be.PutUint32(raw[posLength:], uint32(h.Length))
	be.PutUint32(raw[posLeaderEpoch:], uint32(h.PartitionLeaderEpoch))
	raw[posMagic] = magic
	be.PutUint16(raw[posAttributes:], attr)
	be.PutUint32(raw[posLastDelta:], uint32(h.LastOffsetDelta))
	be.PutUint64(raw[posBaseTime:], uint64(h.BaseTimestamp))
	be.PutUint64(raw[posMaxTime:], uint64(h.MaxTimestamp))
	be.PutUint64(raw[posProducerID:], uint64(h.ProducerID))
	be.PutUint16(raw[posProducerEpoch:], uint16(h.ProducerEpoch))
	be.PutUint32(raw[posBaseSequence:], uint32(h.BaseSequence))
	be.PutUint32(raw[posCount:], uint32(h.Count))
	be.PutUint32(raw[posCRC:], crc32.Checksum(raw[posAttributes:], castagnoli))
}

// SizeOf is an upper bound of the bytes that r takes in a batch before compression, without allocation. A batch takes
// at most HeaderSize and the sum of its records' sizes, uncompressed.
func SizeOf(r *record.Record) int {
	n := maxVarint + 1 + maxVarlong + maxVarint + // length, attributes, deltas
		maxVarint + len(r.Key) + maxVarint + len(r.Value) + maxVarint
	for i := range r.Headers {
		n += 2*maxVarint + len(r.Headers[i].Name) + len(r.Headers[i].Value)
	}
	return n
}

// selfCheck reads back what was written: a broker checks little of it, and what it stores stays.
func selfCheck(raw, plain []byte, want Header) error {
	got, err := ParseHeader(raw)
	if err != nil {
		return fmt.Errorf("batch: self-check of an encoded batch: %w", err)
	}
	if got != want || len(raw) == HeaderSize {
		return errors.New("batch: self-check of an encoded batch: its header is not what was meant")
	}
	for i := range want.Count {
		size, n := varint(plain)
		if n == 0 || size < minRecord-1 || int(size) > len(plain)-n {
			return fmt.Errorf("batch: self-check of an encoded batch: the length of record %d is wrong", i+1)
		}
		plain = plain[n+int(size):]
	}
	if len(plain) > 0 {
		return errors.New("batch: self-check of an encoded batch: bytes follow the last record")
	}
	return nil
}
