package batch

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// HeaderSize is the size in bytes of a batch without its records.
const HeaderSize = 61

// Places of a batch's fields (KIP-98). The length counts what follows it, the CRC covers what follows it.
const (
	posLength        = 8
	posLeaderEpoch   = 12
	posMagic         = 16
	posCRC           = 17
	posAttributes    = 21
	posLastDelta     = 23
	posBaseTime      = 27
	posMaxTime       = 35
	posProducerID    = 43
	posProducerEpoch = 51
	posBaseSequence  = 53
	posCount         = 57

	magic = 2

	// A record has at least a length, attributes, two deltas, a key, a value and a header count of one byte each.
	minRecord = 7
)

// Bits of the attributes. Bit 6 marks a delete horizon in place of the base timestamp (KIP-534): deltas count from it
// just the same. It and the unused bits above are passed over, as the Java client does.
const (
	attrCodec         = 0x07
	attrLogAppendTime = 0x08
	attrTransactional = 0x10
	attrControl       = 0x20
)

// castagnoli is the polynomial of CRC32C. A table of constants.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A Header is the fixed part of a batch.
type Header struct {
	BaseOffset           int64
	Length               int32 // bytes after the length field
	PartitionLeaderEpoch int32
	Codec                Codec
	LogAppendTime        bool // all records have MaxTimestamp, which the broker set
	Transactional        bool
	Control              bool // a marker of the broker, never data
	LastOffsetDelta      int32
	BaseTimestamp        int64 // milliseconds since the Unix epoch
	MaxTimestamp         int64 // milliseconds since the Unix epoch
	ProducerID           int64 // -1 none
	ProducerEpoch        int16 // -1 none
	BaseSequence         int32 // -1 none
	Count                int32 // records that are there; fewer than LastOffsetDelta+1 after compaction, even 0
}

// LastOffset is the offset of the batch's last record, also where compaction removed it.
func (h Header) LastOffset() int64 { return h.BaseOffset + int64(h.LastOffsetDelta) }

// NextOffset is the offset to go on from after the batch, also where records are missing or all are control records.
func (h Header) NextOffset() int64 { return h.LastOffset() + 1 }

// Next cuts the first whole batch off a fetched record set. ok is false when nothing or only a truncated batch is left,
// as brokers cut a response at its size. (Since KIP-74 the first batch of a response is never truncated: a caller that
// finds a set without one whole batch asks again with a larger size.) An error says that no further batch can be
// found in the set.
func Next(set []byte) (raw, rest []byte, ok bool, err error) {
	if len(set) <= posMagic {
		return nil, set, false, nil
	}
	offset := int64(binary.BigEndian.Uint64(set))
	if m := int8(set[posMagic]); m != magic {
		return nil, set, false, &UnsupportedError{Offset: offset, Magic: m}
	}
	length := int32(binary.BigEndian.Uint32(set[posLength:]))
	if length < HeaderSize-posLeaderEpoch {
		return nil, set, false, corrupt(offset, "its length %d is shorter than a header", length)
	}
	if int64(length) > int64(len(set)-posLeaderEpoch) {
		return nil, set, false, nil
	}
	end := posLeaderEpoch + int(length)
	return set[:end:end], set[end:], true, nil
}

// ParseHeader reads the header of one whole batch, as Next cuts it, and checks what can be checked without its records.
// The CRC is Decode's to check.
func ParseHeader(raw []byte) (Header, error) {
	if len(raw) <= posMagic {
		return Header{}, corrupt(-1, "%d bytes are no batch", len(raw))
	}
	be := binary.BigEndian
	h := Header{
		BaseOffset:           int64(be.Uint64(raw)),
		Length:               int32(be.Uint32(raw[posLength:])),
		PartitionLeaderEpoch: int32(be.Uint32(raw[posLeaderEpoch:])),
	}
	if m := int8(raw[posMagic]); m != magic {
		return h, &UnsupportedError{Offset: h.BaseOffset, Magic: m}
	}
	if len(raw) < HeaderSize {
		return h, corrupt(h.BaseOffset, "%d bytes are shorter than a header", len(raw))
	}
	attr := be.Uint16(raw[posAttributes:])
	h.Codec = Codec(attr & attrCodec)
	h.LogAppendTime = attr&attrLogAppendTime != 0
	h.Transactional = attr&attrTransactional != 0
	h.Control = attr&attrControl != 0
	h.LastOffsetDelta = int32(be.Uint32(raw[posLastDelta:]))
	h.BaseTimestamp = int64(be.Uint64(raw[posBaseTime:]))
	h.MaxTimestamp = int64(be.Uint64(raw[posMaxTime:]))
	h.ProducerID = int64(be.Uint64(raw[posProducerID:]))
	h.ProducerEpoch = int16(be.Uint16(raw[posProducerEpoch:]))
	h.BaseSequence = int32(be.Uint32(raw[posBaseSequence:]))
	h.Count = int32(be.Uint32(raw[posCount:]))
	return h, h.check(len(raw))
}

// check says what is wrong with the header of a batch of size bytes.
func (h *Header) check(size int) error {
	switch {
	case int64(h.Length) != int64(size-posLeaderEpoch):
		return corrupt(h.BaseOffset, "its length says %d bytes and %d are there", h.Length, size-posLeaderEpoch)
	case h.BaseOffset < 0:
		return corrupt(h.BaseOffset, "its base offset is negative")
	case h.LastOffsetDelta < 0:
		return corrupt(h.BaseOffset, "its last offset delta %d is negative", h.LastOffsetDelta)
	case h.BaseOffset > math.MaxInt64-int64(h.LastOffsetDelta)-1:
		return corrupt(h.BaseOffset, "its offsets run past the largest one")
	case h.Count < 0:
		return corrupt(h.BaseOffset, "its record count %d is negative", h.Count)
	case int64(h.Count) > int64(h.LastOffsetDelta)+1:
		return corrupt(h.BaseOffset, "%d records do not fit a last offset delta of %d", h.Count, h.LastOffsetDelta)
	case !h.Codec.known():
		return &UnsupportedError{Offset: h.BaseOffset, Magic: magic, Codec: h.Codec}
	}
	return nil
}

// Intact says whether the CRC of one whole batch, as Next cuts it, is right. Only then is its header to be believed,
// except for the base offset and the length, which the CRC does not cover.
func Intact(raw []byte) bool { return len(raw) >= HeaderSize && checkCRC(raw) }

// checkCRC says whether the checksum of raw, at least a header long, is right.
func checkCRC(raw []byte) bool {
	return crc32.Checksum(raw[posAttributes:], castagnoli) == binary.BigEndian.Uint32(raw[posCRC:])
}
