package batch

import (
	"slices"
	"unsafe"

	"voile/pipeline/record"
)

// A Batch is one decoded batch. Its zero value is ready to be decoded into, and it is worth keeping: decoding into it
// again reuses its memory.
type Batch struct {
	Header  Header
	Records []record.Record

	arena   []byte          // what the records alias, where the batch was compressed
	headers []record.Header // what the records' Headers alias
}

// Reset empties the batch and drops every reference to the raw bytes, so that a batch kept for later holds no fetch
// response in memory. Its own memory it keeps.
func (b *Batch) Reset() {
	b.Header = Header{}
	clear(b.Records)
	clear(b.headers)
	b.Records, b.headers, b.arena = b.Records[:0], b.headers[:0], b.arena[:0]
}

// Footprint is the number of bytes that the batch holds, the raw batch not counted. A caller that keeps batches may
// drop one that a single large batch has grown.
func (b *Batch) Footprint() int {
	return cap(b.arena) +
		cap(b.Records)*int(unsafe.Sizeof(record.Record{})) +
		cap(b.headers)*int(unsafe.Sizeof(record.Header{}))
}

// Unpacked is how many bytes the batch was unpacked to, which is 0 where it was not compressed: its records are in the raw batch
// then.
func (b *Batch) Unpacked() int { return len(b.arena) }

// A Decoder decodes batches. It keeps the state of its decompressors between batches, and nothing else. It is not safe
// for concurrent use.
type Decoder struct {
	decompressor decompressor
}

// NewDecoder returns a Decoder that refuses a batch whose records take more than maxUncompressed bytes once
// decompressed. The limit is at least 1; an uncompressed batch is in memory already, and is not bounded.
func NewDecoder(maxUncompressed int) *Decoder {
	return &Decoder{decompressor{limit: max(maxUncompressed, 1)}}
}

// Decode decodes the one whole batch raw into dst, in place of what was there. See the package's contract for whose
// memory the records are. After an error dst holds the header, as far as it was read, and no records.
//
// Control batches are decoded as well: look at Header.Control, or at AbortedFilter, before taking a record for data.
func (d *Decoder) Decode(raw []byte, dst *Batch) error {
	dst.Reset()
	h, err := ParseHeader(raw)
	dst.Header = h
	if err != nil {
		return err
	}
	if !checkCRC(raw) {
		return corrupt(h.BaseOffset, "its checksum (CRC32C) is wrong")
	}
	return d.DecodeIntact(raw, dst)
}

// DecodeIntact is Decode of a batch that [Intact] was already asked about: it does not compute the checksum again.
func (d *Decoder) DecodeIntact(raw []byte, dst *Batch) error {
	dst.Reset()
	h, err := ParseHeader(raw)
	dst.Header = h
	if err != nil {
		return err
	}
	body := raw[HeaderSize:]
	// A batch that compaction emptied keeps its header for the producer's state, and has nothing to decompress.
	if h.Codec != None && len(body) > 0 {
		dst.arena, err = d.decompressor.decompress(dst.arena[:0], body, h.Codec)
		if err != nil {
			return d.decompressor.corrupt(h, err)
		}
		body = dst.arena
	}
	if err := dst.parse(body); err != nil {
		dst.Reset()
		dst.Header = h
		return err
	}
	return nil
}

// parse reads the records of the batch, whose header is set, from body.
func (b *Batch) parse(body []byte) error {
	h := &b.Header
	// The count is believed only as far as the bytes go, or a header alone could ask for gigabytes.
	if int64(h.Count)*minRecord > int64(len(body)) {
		return corrupt(h.BaseOffset, "%d bytes are too few for %d records", len(body), h.Count)
	}
	b.Records = slices.Grow(b.Records, int(h.Count))
	previous := int32(-1)
	for i := range h.Count {
		size, n := varint(body)
		if n == 0 || size < minRecord-1 || int(size) > len(body)-n {
			return b.corrupt(i, "its length is wrong")
		}
		end := n + int(size)
		delta, what := b.parseRecord(body[n:end:end])
		if what != "" {
			return b.corrupt(i, what)
		}
		if delta <= previous || delta > h.LastOffsetDelta {
			return b.corrupt(i, "its offset delta does not ascend or is larger than the last one")
		}
		previous = delta
		body = body[end:]
	}
	if len(body) > 0 {
		return corrupt(h.BaseOffset, "%d bytes follow its last record", len(body))
	}
	return nil
}

func (b *Batch) corrupt(index int32, what string) error {
	return corrupt(b.Header.BaseOffset, "record %d of %d: %s", index+1, b.Header.Count, what)
}

// parseRecord appends the record whose body, without its length, is rest. It returns the record's offset delta, and
// what is wrong, if anything.
func (b *Batch) parseRecord(rest []byte) (delta int32, what string) {
	rest = rest[1:] // attributes, which no version of Kafka uses
	sinceBase, n := varlong(rest)
	if n == 0 {
		return 0, "its timestamp delta is wrong"
	}
	rest = rest[n:]
	if delta, n = varint(rest); n == 0 {
		return 0, "its offset delta is wrong"
	}
	r := record.Record{Offset: b.Header.BaseOffset + int64(delta), Timestamp: b.Header.BaseTimestamp + sinceBase}
	if b.Header.LogAppendTime {
		r.Timestamp = b.Header.MaxTimestamp
	}
	var ok bool
	if r.Key, rest, ok = nullable(rest[n:]); !ok {
		return 0, "its key's length is wrong"
	}
	if r.Value, rest, ok = nullable(rest); !ok {
		return 0, "its value's length is wrong"
	}
	if r.Headers, rest, ok = b.parseHeaders(rest); !ok {
		return 0, "its headers are wrong"
	}
	if len(rest) > 0 {
		return 0, "bytes follow its headers"
	}
	b.Records = append(b.Records, r)
	return delta, ""
}

// parseHeaders reads a record's headers off the start of in. They are nil where there are none.
func (b *Batch) parseHeaders(in []byte) (headers []record.Header, rest []byte, ok bool) {
	count, n := varint(in)
	rest = in[min(n, len(in)):]
	// A header has at least the lengths of its name and of its value.
	if n == 0 || count < 0 || int64(count)*2 > int64(len(rest)) {
		return nil, nil, false
	}
	if count == 0 {
		return nil, rest, true
	}
	// When the slice moves, headers of earlier records stay where they are: nobody writes to them any more.
	b.headers = slices.Grow(b.headers, int(count))
	start := len(b.headers)
	for range count {
		var h record.Header
		if h.Name, rest, ok = nullable(rest); !ok || h.Name == nil {
			return nil, nil, false
		}
		if h.Value, rest, ok = nullable(rest); !ok {
			return nil, nil, false
		}
		b.headers = append(b.headers, h)
	}
	return b.headers[start:len(b.headers):len(b.headers)], rest, true
}

// nullable reads a length and as many bytes off the start of in: nil for the length -1, never nil for the length 0.
func nullable(in []byte) (field, rest []byte, ok bool) {
	size, n := varint(in)
	if n == 0 || size < -1 || int(size) > len(in)-n {
		return nil, nil, false
	}
	if size == -1 {
		return nil, in[n:], true
	}
	end := n + int(size)
	return in[n:end:end], in[end:], true
}
