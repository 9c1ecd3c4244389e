package quarantine

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"voile/pipeline/batch"
	"voile/pipeline/record"
)

// MaxEntry bounds what an opened entry may hold, decompressed, in bytes. A source record cannot be larger than its
// broker's batch limit; the bound is far above what brokers are set to, and keeps a forged entry from filling memory.
const MaxEntry = 256 << 20

// maxParts bounds the parts of an entry, so that a forged number cannot make a reader reserve memory.
const maxParts = 1 << 16

// idSize is the length of the random name that the parts of one sealing share.
const idSize = 16

// inner is what stands inside a part, in front of its chunk.
type inner struct {
	Facts
	// ID is the same in all parts of one sealing, so that parts of two sealings of one record cannot be mixed.
	ID []byte `json:"id"`
	// Where names the rule or the line of the program.
	Where string `json:"where,omitempty"`
	// Batch says that the payload is a batch as it came; else it is one record, as a batch of our own.
	Batch bool `json:"batch,omitempty"`
	// Sink is the topic, and Before the places in it: see appendBefore.
	Sink   string `json:"sink,omitempty"`
	Before []byte `json:"before,omitempty"`
	// Timestamp is the record's, in milliseconds since the Unix epoch.
	Timestamp int64 `json:"timestamp"`
}

// maxBefore bounds the places in the sink, so that they leave room in the smallest part. It is passed by a route of
// `partition: key` to many hundred partitions; whoever opens its entries has to do without.
const maxBefore = 4 << 10

// A Writer seals entries. It keeps its compressor between them and is not safe for concurrent use.
type Writer struct {
	sealer  Sealer
	encoder batch.Encoder
}

// NewWriter gives a Writer that seals with s.
func NewWriter(s Sealer) *Writer { return &Writer{sealer: s} }

// Seal makes the records that hold e, in order, for the quarantine topic. No part's sealed value is larger than
// maxValue bytes. The parts share one key, so that a partitioner keeps them together.
//
// Errors carry nothing of the entry's record.
func (w *Writer) Seal(e *Entry, maxValue int) ([]record.Record, error) {
	payload, err := w.payload(e)
	if err != nil {
		return nil, err
	}
	in := inner{
		Facts: Facts{
			Route: e.Route, Topic: e.Topic, Partition: e.Partition, Offset: e.Offset,
			Time: e.Time.UTC(), Reason: e.Reason,
		},
		ID: make([]byte, idSize), Where: e.Where, Batch: e.Record == nil,
		Sink: e.Sink, Before: appendBefore(nil, e.Before),
	}
	if len(in.Before) > maxBefore {
		in.Before = nil
	}
	if e.Record != nil {
		in.Timestamp = e.Record.Timestamp
	}
	if _, err := rand.Read(in.ID); err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return sealParts(w.sealer, &in, payload, maxValue)
}

// overhead bounds what a part adds to its chunk: the facts inside and HPKE's key, tag and prefix.
const overhead = 2048

func sealParts(s Sealer, in *inner, payload []byte, maxValue int) ([]record.Record, error) {
	facts, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	room := maxValue - overhead - len(facts)
	if room < 1 {
		return nil, fmt.Errorf("quarantine: no room for a part in %d bytes: raise max.message.bytes of the quarantine topic", maxValue)
	}
	in.Parts = max(1, (len(payload)+room-1)/room)
	parts := make([]record.Record, 0, in.Parts)
	for in.Part = 1; in.Part <= in.Parts; in.Part++ {
		chunk := payload[:min(room, len(payload))]
		payload = payload[len(chunk):]
		part, err := sealPart(s, in, chunk)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func sealPart(s Sealer, in *inner, chunk []byte) (record.Record, error) {
	facts, err := json.Marshal(in)
	if err != nil {
		return record.Record{}, fmt.Errorf("quarantine: %w", err)
	}
	headers := in.headers()
	plaintext := append(appendSized(nil, facts), chunk...)
	sealed, err := s.Seal(plaintext, contextInfo(headers))
	if err != nil {
		return record.Record{}, fmt.Errorf("quarantine: cannot seal: %w", err)
	}
	return record.Record{Timestamp: in.Time.UnixMilli(), Key: in.key(), Value: sealed, Headers: headers}, nil
}

// payload is the entry's record as a compressed batch of one, or the batch as it came.
func (w *Writer) payload(e *Entry) ([]byte, error) {
	if e.Record == nil {
		return e.Batch, nil
	}
	out, err := w.encoder.Encode(nil, []record.Record{*e.Record}, batch.WithoutProducer(batch.Zstd))
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return out, nil
}

// appendSized appends b behind its length, so that what follows cannot be taken for a part of it.
func appendSized(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}

// appendBefore encodes places in the sink: the partition and the offset of each, as varints.
func appendBefore(dst []byte, places []SinkOffset) []byte {
	for _, p := range places {
		dst = binary.AppendUvarint(dst, uint64(p.Partition))
		dst = binary.AppendUvarint(dst, uint64(p.Offset))
	}
	return dst
}

// parseBefore undoes appendBefore.
func parseBefore(b []byte) ([]SinkOffset, error) {
	var places []SinkOffset
	for len(b) > 0 {
		partition, n := binary.Uvarint(b)
		offset, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || partition > math.MaxInt32 || offset > math.MaxInt64 {
			return nil, ErrRefused
		}
		places = append(places, SinkOffset{Partition: int32(partition), Offset: int64(offset)})
		b = b[n+m:]
	}
	return places, nil
}
