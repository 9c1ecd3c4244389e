package batch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

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

// An Encoder writes batches. It keeps its compressors and one buffer between batches. It is not safe for concurrent use.
type Encoder struct {
	plain      []byte
	compressor compressor
}

// Encode appends one batch of recs to dst. The records' offsets are not used: they are numbered from 0, and the broker
// gives them theirs. It keeps nothing of recs. On an error dst comes back as it was.
//
// The result is checked before it is returned: the header as read back, the checksum, the lengths and the number of
// the records before compression.
func (e *Encoder) Encode(dst []byte, recs []record.Record, p Params) ([]byte, error) {
	if err := p.check(); err != nil {
		return dst, err
	}
	h, err := headerOf(recs, p)
	if err != nil {
		return dst, err
	}
	start := len(dst)
	body := start + HeaderSize
	out := append(dst, make([]byte, HeaderSize)...)
	var plain []byte
	if p.Codec == None {
		out = appendRecords(out, recs, h.BaseTimestamp)
		plain = out[body:]
	} else {
		e.plain = appendRecords(e.plain[:0], recs, h.BaseTimestamp)
		plain = e.plain
		if out, err = e.compressor.compress(out, plain, p.Codec); err != nil {
			return dst, fmt.Errorf("%w: %s", err, p.Codec)
		}
	}
	length := len(out) - start - posLeaderEpoch
	if length > math.MaxInt32 {
		return dst, fmt.Errorf("batch: %d bytes are more than a batch can hold", length)
	}
	h.Length = int32(length)
	h.put(out[start:])
	if err := selfCheck(out[start:], plain, h); err != nil {
		return dst, err
	}
	return out, nil
}

// headerOf gives the header of a batch of recs; its length is still open.
func headerOf(recs []record.Record, p Params) (Header, error) {
	if len(recs) == 0 {
		return Header{}, errors.New("batch: no records to encode")
	}
	if len(recs) > math.MaxInt32 {
		return Header{}, fmt.Errorf("batch: %d records are more than a batch can hold", len(recs))
	}
	h := Header{
		PartitionLeaderEpoch: -1,
		Codec:                p.Codec,
		Transactional:        p.Transactional,
		LastOffsetDelta:      int32(len(recs) - 1),
		BaseTimestamp:        recs[0].Timestamp,
		MaxTimestamp:         recs[0].Timestamp,
		ProducerID:           p.ProducerID,
		ProducerEpoch:        p.ProducerEpoch,
		BaseSequence:         p.BaseSequence,
		Count:                int32(len(recs)),
	}
	for i := range recs {
		r := &recs[i]
		h.MaxTimestamp = max(h.MaxTimestamp, r.Timestamp)
		if SizeOf(r) > math.MaxInt32 || len(r.Headers) > math.MaxInt32 {
			return Header{}, fmt.Errorf("batch: record %d of %d is larger than a batch can be", i+1, len(recs))
		}
	}
	return h, nil
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

func appendRecords(dst []byte, recs []record.Record, base int64) []byte {
	for i := range recs {
		dst = appendRecord(dst, &recs[i], recs[i].Timestamp-base, int64(i))
	}
	return dst
}

func appendRecord(dst []byte, r *record.Record, sinceBase, delta int64) []byte {
	size := 1 + sizeVarlong(sinceBase) + sizeVarlong(delta) + sizeNullable(r.Key) + sizeNullable(r.Value) +
		sizeVarlong(int64(len(r.Headers)))
	for _, h := range r.Headers {
		size += sizeVarlong(int64(len(h.Name))) + len(h.Name) + sizeNullable(h.Value)
	}
	dst = slices.Grow(dst, maxVarint+size)
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
	if got != want || !checkCRC(raw) || len(raw) == HeaderSize {
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
