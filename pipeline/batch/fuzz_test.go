package batch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"voile/pipeline/record"
)

// recordsFrom makes records of fuzzed bytes: as many and as odd as the bytes say.
func recordsFrom(in []byte) []record.Record {
	take := func(n int) []byte {
		n = min(n, len(in))
		out := in[:n:n]
		in = in[n:]
		return out
	}
	field := func() []byte {
		switch n := take(1); {
		case len(n) == 0 || n[0] == 0:
			return nil
		case n[0] == 0xff:
			return bytes.Repeat(append([]byte{1}, take(3)...), 40_000)
		default:
			return append([]byte{}, take(int(n[0]-1))...)
		}
	}
	var recs []record.Record
	for len(in) > 0 && len(recs) < 300 {
		var ts [8]byte
		copy(ts[:], take(8))
		r := record.Record{Offset: int64(len(recs)), Timestamp: int64(binary.BigEndian.Uint64(ts[:])), Key: field(), Value: field()}
		if n := take(1); len(n) > 0 {
			for range n[0] & 3 {
				r.Headers = append(r.Headers, record.Header{Name: append([]byte{}, field()...), Value: field()})
			}
		}
		recs = append(recs, r)
	}
	return recs
}

// The law: decode after encode is the identity, for every codec, and kmsg reads the same.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("x"), int64(-1), false)
	f.Add([]byte("\x00\x00\x01\x8b\xcf\xe5\x68\x00\x04key\x08{\"a\":1}\x02\x02a\x01\x03bc\x00"), int64(7), true)
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xffabc\xffdef\x00\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x01\x00"), int64(1<<50), false)
	var e Encoder
	d := NewDecoder(1 << 30)
	var b Batch
	f.Fuzz(func(t *testing.T, in []byte, producer int64, transactional bool) {
		recs := recordsFrom(in)
		if len(recs) == 0 {
			return
		}
		p := Params{ProducerID: producer & (1<<63 - 1), ProducerEpoch: 1, BaseSequence: 2, Transactional: transactional}
		if producer < 0 {
			p = WithoutProducer(None)
		}
		for _, c := range codecs {
			p.Codec = c
			raw, err := e.Encode(nil, recs, p)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Decode(raw, &b); err != nil {
				t.Fatalf("%s: %v", c, err)
			}
			if !reflect.DeepEqual(b.Records, recs) {
				t.Fatalf("%s: records differ", c)
			}
			if c == None {
				oracle(t, raw, &b)
			}
		}
	})
}

// oracle reads an uncompressed batch with kmsg and wants what b holds.
func oracle(t *testing.T, raw []byte, b *Batch) {
	t.Helper()
	k := kmsg.NewRecordBatch()
	if err := k.ReadFrom(raw); err != nil {
		t.Fatalf("kmsg: %v", err)
	}
	h := b.Header
	if k.FirstOffset != h.BaseOffset || k.Length != h.Length || k.PartitionLeaderEpoch != h.PartitionLeaderEpoch ||
		k.LastOffsetDelta != h.LastOffsetDelta || k.FirstTimestamp != h.BaseTimestamp || k.MaxTimestamp != h.MaxTimestamp ||
		k.ProducerID != h.ProducerID || k.ProducerEpoch != h.ProducerEpoch || k.FirstSequence != h.BaseSequence ||
		k.NumRecords != h.Count || k.Magic != 2 {
		t.Fatalf("kmsg reads the header %+v, we %+v", k, h)
	}
	in := k.Records
	for i, r := range b.Records {
		var kr kmsg.Record
		if err := kr.ReadFrom(in); err != nil {
			t.Fatalf("kmsg: record %d: %v", i, err)
		}
		if h.BaseOffset+int64(kr.OffsetDelta) != r.Offset || !h.LogAppendTime && h.BaseTimestamp+kr.TimestampDelta64 != r.Timestamp {
			t.Fatalf("kmsg reads another offset or timestamp of record %d", i)
		}
		if !same(kr.Key, r.Key) || !same(kr.Value, r.Value) || len(kr.Headers) != len(r.Headers) {
			t.Fatalf("kmsg reads another record %d", i)
		}
		for j, kh := range kr.Headers {
			if kh.Key != string(r.Headers[j].Name) || !same(kh.Value, r.Headers[j].Value) {
				t.Fatalf("kmsg reads another header %d of record %d", j, i)
			}
		}
		_, n := varint(in)
		in = in[n+int(kr.Length):]
	}
}

// same is bytes.Equal that keeps null and empty apart.
func same(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }

// TestKmsgWrites reads what kmsg writes.
func TestKmsgWrites(t *testing.T) {
	recs := numbered(variety())
	k := kmsg.NewRecordBatch()
	k.Magic, k.PartitionLeaderEpoch = 2, -1
	k.ProducerID, k.ProducerEpoch, k.FirstSequence = 3, 4, 5
	k.FirstTimestamp, k.MaxTimestamp = recs[0].Timestamp, recs[3].Timestamp
	k.NumRecords, k.LastOffsetDelta = int32(len(recs)), int32(len(recs)-1)
	for i, r := range recs {
		kr := kmsg.NewRecord()
		kr.TimestampDelta64, kr.OffsetDelta, kr.Key, kr.Value = r.Timestamp-k.FirstTimestamp, int32(i), r.Key, r.Value
		kr.TimestampDelta = int32(kr.TimestampDelta64)
		for _, h := range r.Headers {
			kr.Headers = append(kr.Headers, kmsg.Header{Key: string(h.Name), Value: h.Value})
		}
		body := kr.AppendTo(nil)[1:] // without the length 0, which takes one byte
		k.Records = append(appendVarlong(k.Records, int64(len(body))), body...)
	}
	raw := reseal(k.AppendTo(nil))
	var b Batch
	if err := NewDecoder(testLimit).Decode(raw, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(b.Records, recs) {
		t.Error("records differ")
	}
	if got := mustEncode(t, recs, Params{ProducerID: 3, ProducerEpoch: 4, BaseSequence: 5}); !bytes.Equal(got, raw) {
		t.Error("our bytes differ from kmsg's")
	}
}

// The law: whatever bytes come, with a right checksum, Decode does not panic, keeps to its limit, and what it accepts
// is a batch whose records survive being written and read again.
func FuzzDecode(f *testing.F) {
	for _, c := range codecs {
		f.Add(mustEncode(f, []record.Record{
			{Timestamp: 1, Key: []byte("k"), Value: []byte("value value value")},
			{Timestamp: 2, Headers: []record.Header{{Name: []byte("h"), Value: []byte("x")}, {Name: []byte{}}}},
		}, WithoutProducer(c)))
	}
	f.Add(fixed(f, oneRecord))
	const limit = 64 << 10
	d := NewDecoder(limit)
	var e Encoder
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = bytes.Clone(raw)
		if len(raw) >= HeaderSize {
			raw[posMagic] = magic
			reseal(raw)
		}
		var b Batch
		err := d.Decode(raw, &b)
		if most := 40*(limit+len(raw)) + 1<<20; b.Footprint() > most {
			t.Fatalf("%d bytes held for %d", b.Footprint(), len(raw))
		}
		if err != nil {
			var ce *CorruptError
			var ue *UnsupportedError
			if !errors.As(err, &ce) && !errors.As(err, &ue) || len(b.Records) != 0 {
				t.Fatalf("error %v with %d records", err, len(b.Records))
			}
			return
		}
		h := b.Header
		previous := h.BaseOffset - 1
		for _, r := range b.Records {
			if r.Offset <= previous || r.Offset > h.LastOffset() {
				t.Fatalf("offset %d after %d", r.Offset, previous)
			}
			previous = r.Offset
		}
		if int(h.Count) != len(b.Records) || h.NextOffset() <= previous {
			t.Fatalf("count %d, next offset %d", h.Count, h.NextOffset())
		}
		if h.Codec == None {
			oracle(t, raw, &b)
		}
		if len(b.Records) == 0 {
			return
		}
		again, err := e.Encode(nil, b.Records, WithoutProducer(h.Codec))
		if err != nil {
			t.Fatal(err)
		}
		var b2 Batch
		if err := NewDecoder(1<<20).Decode(again, &b2); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(b2.Records, numbered(b.Records)) {
			t.Fatal("records differ after another round")
		}
	})
}

// The law: no changed byte that the checksum covers is accepted, and one that it does not cover changes no record.
func FuzzFlip(f *testing.F) {
	f.Add(uint8(0), uint16(70), uint8(1))
	f.Add(uint8(4), uint16(posMagic), uint8(1))
	f.Add(uint8(1), uint16(3), uint8(0x40))
	good := make([][]byte, len(codecs))
	for i, c := range codecs {
		good[i] = mustEncode(f, variety(), WithoutProducer(c))
	}
	want := numbered(variety())
	d := NewDecoder(testLimit)
	f.Fuzz(func(t *testing.T, codec uint8, pos uint16, mask uint8) {
		raw := bytes.Clone(good[int(codec)%len(good)])
		if mask == 0 {
			return
		}
		checkFlip(t, d, raw, int(pos)%len(raw), mask, want)
	})
}

func checkFlip(t *testing.T, d *Decoder, raw []byte, pos int, mask byte, want []record.Record) {
	t.Helper()
	raw[pos] ^= mask
	defer func() { raw[pos] ^= mask }()
	var b Batch
	if err := d.Decode(raw, &b); err != nil {
		return
	}
	// Only the base offset and the leader epoch may differ: the broker sets both after the checksum.
	if pos >= posMagic || pos >= posLength && pos < posLeaderEpoch {
		t.Fatalf("byte %d changed by %#x is accepted", pos, mask)
	}
	for i := range b.Records {
		b.Records[i].Offset -= b.Header.BaseOffset
	}
	if !reflect.DeepEqual(b.Records, want) {
		t.Fatalf("byte %d changed by %#x changes a record", pos, mask)
	}
}

// TestFlipAll flips every bit of a small batch of each codec.
func TestFlipAll(t *testing.T) {
	recs := []record.Record{{Key: []byte("k"), Value: bytes.Repeat([]byte("v"), 40)}}
	d := NewDecoder(testLimit)
	for _, c := range codecs {
		raw := mustEncode(t, recs, WithoutProducer(c))
		for pos := range raw {
			for bit := range 8 {
				checkFlip(t, d, raw, pos, 1<<bit, recs)
			}
		}
	}
}

// The law: Next and ParseHeader never panic, and what Next cuts off is what was there.
func FuzzNext(f *testing.F) {
	one := fixed(f, oneRecord)
	f.Add(append(bytes.Clone(one), one...))
	f.Add(one[:30])
	f.Fuzz(func(t *testing.T, set []byte) {
		for rest := set; ; {
			raw, after, ok, err := Next(rest)
			if !ok {
				if raw != nil || !bytes.Equal(after, rest) {
					t.Fatal("a refused batch moved the set")
				}
				return
			}
			if err != nil || len(raw) < HeaderSize || !bytes.Equal(append(bytes.Clone(raw), after...), rest) {
				t.Fatalf("cut %d of %d bytes, error %v", len(raw), len(rest), err)
			}
			if h, err := ParseHeader(raw); err == nil && h.NextOffset() <= h.BaseOffset {
				t.Fatal("the next offset does not advance")
			}
			rest = after
		}
	})
}
