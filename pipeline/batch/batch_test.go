package batch

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"strings"
	"testing"

	"voile/pipeline/record"
)

var codecs = []Codec{None, Gzip, Snappy, LZ4, Zstd}

const testLimit = 16 << 20

// oneRecord is a batch of one record, byte by byte as KIP-98 lays it out.
const oneRecord = "" +
	"0000000000000000" + // base offset
	"00000041" + // length: 49 and 16 bytes
	"ffffffff" + // leader epoch
	"02" + // magic
	"CCCCCCCC" + // CRC32C
	"0000" + // attributes
	"00000000" + // last offset delta
	"0000018bcfe56800" + // base timestamp 1700000000000
	"0000018bcfe56800" + // max timestamp
	"0000000000000007" + // producer id
	"0001" + // producer epoch
	"00000009" + // base sequence
	"00000001" + // count
	"1e" + // length 15
	"00" + // attributes
	"00" + // timestamp delta
	"00" + // offset delta
	"02" + "6b" + // key k
	"01" + // value null
	"04" + // two headers
	"02" + "61" + "00" + // a: empty
	"06" + "626363" + "01" // bcc: null

// A second opinion on CRC32C: bit by bit, no table.
func crc32cBitwise(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78&-(crc&1)
		}
	}
	return ^crc
}

func fixed(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.Replace(text, "CCCCCCCC", "00000000", 1))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(raw[posCRC:], crc32cBitwise(raw[posAttributes:]))
	return raw
}

// reseal makes length and checksum of raw right again after a test changed it.
func reseal(raw []byte) []byte {
	binary.BigEndian.PutUint32(raw[posLength:], uint32(len(raw)-posLeaderEpoch))
	binary.BigEndian.PutUint32(raw[posCRC:], crc32.Checksum(raw[posAttributes:], castagnoli))
	return raw
}

func mustEncode(t testing.TB, recs []record.Record, p Params) []byte {
	t.Helper()
	raw, err := new(Encoder).Encode(nil, recs, p)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// numbered gives recs as they come out of a batch: offsets from 0.
func numbered(recs []record.Record) []record.Record {
	out := append([]record.Record(nil), recs...)
	for i := range out {
		out[i].Offset = int64(i)
	}
	return out
}

func variety() []record.Record {
	return []record.Record{
		{Timestamp: 1_700_000_000_000, Key: []byte("key"), Value: []byte(`{"a":1}`)},
		{Timestamp: 0, Key: nil, Value: nil},
		{Timestamp: -1, Key: []byte{}, Value: []byte{}},
		{Timestamp: math.MaxInt64, Value: bytes.Repeat([]byte("voile "), 50_000)},
		{Timestamp: math.MinInt64, Key: []byte{0}, Headers: []record.Header{
			{Name: []byte("dup"), Value: []byte("1")}, {Name: []byte("dup"), Value: []byte("2")},
			{Name: []byte{}, Value: nil}, {Name: []byte("empty"), Value: []byte{}},
		}},
	}
}

func TestKnownAnswer(t *testing.T) {
	raw := fixed(t, oneRecord)
	want := []record.Record{{
		Timestamp: 1_700_000_000_000, Key: []byte("k"),
		Headers: []record.Header{{Name: []byte("a"), Value: []byte{}}, {Name: []byte("bcc")}},
	}}
	var b Batch
	if err := NewDecoder(testLimit).Decode(raw, &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(b.Records, want) {
		t.Errorf("decoded %+v, want %+v", b.Records, want)
	}
	p := Params{ProducerID: 7, ProducerEpoch: 1, BaseSequence: 9}
	if got := mustEncode(t, want, p); !bytes.Equal(got, raw) {
		t.Errorf("encoded\n%x, want\n%x", got, raw)
	}
}

func TestRoundTrip(t *testing.T) {
	var e Encoder
	d := NewDecoder(testLimit)
	var b Batch
	for _, c := range codecs {
		t.Run(c.String(), func(t *testing.T) {
			prefix := []byte("before")
			p := Params{Codec: c, ProducerID: 1 << 40, ProducerEpoch: 3, BaseSequence: math.MaxInt32, Transactional: true}
			out, err := e.Encode(prefix, variety(), p)
			if err != nil {
				t.Fatal(err)
			}
			raw := out[len(prefix):]
			if string(out[:len(prefix)]) != "before" {
				t.Error("what stood before the batch has changed")
			}
			if err := d.Decode(raw, &b); err != nil {
				t.Fatal(err)
			}
			if want := numbered(variety()); !reflect.DeepEqual(b.Records, want) {
				t.Error("records differ")
			}
			want := Header{
				Length: int32(len(raw) - 12), PartitionLeaderEpoch: -1, Codec: c, Transactional: true, LastOffsetDelta: 4,
				BaseTimestamp: 1_700_000_000_000, MaxTimestamp: math.MaxInt64,
				ProducerID: 1 << 40, ProducerEpoch: 3, BaseSequence: math.MaxInt32, Count: 5,
			}
			if b.Header != want {
				t.Errorf("header %+v, want %+v", b.Header, want)
			}
			for _, r := range b.Records {
				if cap(r.Key) != len(r.Key) || cap(r.Value) != len(r.Value) || cap(r.Headers) != len(r.Headers) {
					t.Error("an append to a record's bytes would write into its neighbor")
				}
			}
		})
	}
}

func TestBrokerForms(t *testing.T) {
	three := mustEncode(t, []record.Record{{Timestamp: 5}, {Timestamp: 6}, {Timestamp: 4}}, WithoutProducer(None))
	edit := func(f func(raw []byte)) []byte {
		raw := bytes.Clone(three)
		f(raw)
		return reseal(raw)
	}
	offsets := func(recs []record.Record) (out []int64) {
		for _, r := range recs {
			out = append(out, r.Offset, r.Timestamp)
		}
		return out
	}
	tests := []struct {
		name string
		raw  []byte
		want []int64 // offset and timestamp of each record
		next int64
	}{
		{"base offset", edit(func(raw []byte) { binary.BigEndian.PutUint64(raw, 100) }), []int64{100, 5, 101, 6, 102, 4}, 103},
		{"log append time", edit(func(raw []byte) {
			raw[posAttributes+1] |= attrLogAppendTime
			binary.BigEndian.PutUint64(raw[posMaxTime:], 99)
		}), []int64{0, 99, 1, 99, 2, 99}, 3},
		{"compacted", edit(func(raw []byte) {
			raw[posLastDelta+3] = 9
			raw[HeaderSize+3] = 2 << 1
			raw[HeaderSize+7+3] = 4 << 1
			raw[HeaderSize+14+3] = 5 << 1
		}), []int64{2, 5, 4, 6, 5, 4}, 10},
		{"emptied", reseal(func() []byte {
			raw := bytes.Clone(three[:HeaderSize])
			raw[posAttributes+1] = byte(Zstd)
			raw[posCount+3] = 0
			return raw
		}()), nil, 3},
		{"delete horizon and unused bits", edit(func(raw []byte) { raw[posAttributes], raw[posAttributes+1] = 0xff, 0xc0 }),
			[]int64{0, 5, 1, 6, 2, 4}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b Batch
			if err := NewDecoder(testLimit).Decode(tt.raw, &b); err != nil {
				t.Fatal(err)
			}
			if got := offsets(b.Records); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("offsets and timestamps %v, want %v", got, tt.want)
			}
			if got := b.Header.NextOffset(); got != tt.next {
				t.Errorf("next offset %d, want %d", got, tt.next)
			}
		})
	}
}

func TestCorrupt(t *testing.T) {
	base := fixed(t, oneRecord)
	// record replaces the record's bytes by its parts, in hex.
	rec := func(parts string) []byte {
		body, err := hex.DecodeString(strings.ReplaceAll(parts, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return reseal(append(bytes.Clone(base[:HeaderSize]), body...))
	}
	head := func(pos int, b ...byte) []byte {
		raw := bytes.Clone(base)
		copy(raw[pos:], b)
		return reseal(raw)
	}
	tests := []struct {
		name, want string
		raw        []byte
	}{
		{"checksum", "checksum", append(bytes.Clone(base[:len(base)-1]), 3)},
		{"nothing", "no batch", nil},
		{"short header", "shorter than a header", base[:60]},
		{"length", "its length says", base[:len(base)-1]},
		{"negative base offset", "base offset is negative", head(0, 0x80)},
		{"offsets overflow", "past the largest", head(0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)},
		{"negative last delta", "last offset delta", head(posLastDelta, 0xff)},
		{"negative count", "record count", head(posCount, 0xff)},
		{"count beyond the delta", "do not fit", head(posCount+3, 2)},
		{"too few bytes", "too few", func() []byte { return reseal(head(posLastDelta, 0x7f, 0, 0, 0, 0)[:HeaderSize]) }()},
		{"trailing byte", "follow its last record", rec("0c 00 00 00 01 01 00 00")},
		{"no record, bytes", "follow its last record", head(posCount+3, 0)},
		{"record too short", "its length is wrong", rec("0a 00 00 00 01 01 00")},
		{"record too long", "its length is wrong", rec("0e 00 00 00 01 01 00")},
		{"negative record length", "its length is wrong", rec("01 00 00 00 01 01 00")},
		{"varint of six bytes", "its length is wrong", rec("8c 80 80 80 80 00 00 00 00 01 01 00")},
		{"varint of 33 bits", "its length is wrong", rec("8c 80 80 80 10 00 00 00 01 01 00")},
		{"varlong of eleven bytes", "timestamp delta", rec("20 00 80 80 80 80 80 80 80 80 80 80 00 00 01 01 00")},
		{"varlong of 65 bits", "timestamp delta", rec("1e 00 80 80 80 80 80 80 80 80 80 02 00 01 01 00")},
		{"offset delta cut", "offset delta is wrong", rec("0c 00 00 80 80 80 80")},
		{"negative offset delta", "does not ascend", rec("0c 00 00 01 01 01 00")},
		{"offset delta beyond the last", "does not ascend", rec("0c 00 00 02 01 01 00")},
		{"key length -2", "key's length", rec("0c 00 00 00 03 01 00")},
		{"key beyond the record", "key's length", rec("0c 00 00 00 06 01 00")},
		{"value length -2", "value's length", rec("0c 00 00 00 01 03 00")},
		{"value beyond the record", "value's length", rec("0c 00 00 00 01 04 00")},
		{"negative header count", "headers are wrong", rec("0c 00 00 00 01 01 01")},
		{"header count beyond the record", "headers are wrong", rec("0c 00 00 00 01 01 02")},
		{"header count of gigabytes", "headers are wrong", rec("14 00 00 00 01 01 fe ff ff ff 0f")},
		{"null header name", "headers are wrong", rec("10 00 00 00 01 01 02 01 01")},
		{"header value -2", "headers are wrong", rec("10 00 00 00 01 01 02 00 03")},
		{"bytes behind the headers", "bytes follow its headers", rec("0e 00 00 00 01 01 00 00")},
		{"gzip of nothing", "does not decompress", func() []byte { return head(posAttributes+1, byte(Gzip)) }()},
		{"lz4 of nothing", "does not decompress", func() []byte { return head(posAttributes+1, byte(LZ4)) }()},
		{"snappy of nothing", "does not decompress", func() []byte { return head(posAttributes+1, byte(Snappy)) }()},
		{"zstd of nothing", "does not decompress", func() []byte { return head(posAttributes+1, byte(Zstd)) }()},
	}
	d := NewDecoder(testLimit)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b Batch
			err := d.Decode(tt.raw, &b)
			var ce *CorruptError
			if !errors.As(err, &ce) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want a CorruptError with %q", err, tt.want)
			}
			if len(b.Records) != 0 {
				t.Error("records were handed out")
			}
		})
	}
	t.Run("descending offsets", func(t *testing.T) {
		raw := mustEncode(t, []record.Record{{}, {}}, WithoutProducer(None))
		raw[HeaderSize+7+3] = 0
		var b Batch
		if err := d.Decode(reseal(raw), &b); err == nil || !strings.Contains(err.Error(), "does not ascend") {
			t.Errorf("error %v", err)
		}
	})
}

func TestUnsupported(t *testing.T) {
	for _, tt := range []struct {
		pos  int
		b    byte
		want string
	}{
		{posMagic, 0, "magic 0"}, {posMagic, 1, "magic 1"}, {posMagic, 3, "magic 3"},
		{posAttributes + 1, 5, "compression 5"}, {posAttributes + 1, 7, "compression 7"},
	} {
		raw := fixed(t, oneRecord)
		raw[tt.pos] = tt.b
		var ue *UnsupportedError
		err := NewDecoder(testLimit).Decode(reseal(raw), new(Batch))
		if !errors.As(err, &ue) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
		if tt.pos == posMagic {
			// An old message is far shorter than a header of format 2.
			if _, _, _, err := Next(raw[:26]); !errors.As(err, &ue) || ue.Magic != int8(tt.b) {
				t.Errorf("Next: error %v, want %q", err, tt.want)
			}
		}
	}
}

func TestNext(t *testing.T) {
	a := mustEncode(t, []record.Record{{Value: []byte("one")}}, WithoutProducer(None))
	b := mustEncode(t, []record.Record{{Value: []byte("two")}}, WithoutProducer(LZ4))
	set := append(bytes.Clone(a), b...)
	raw, rest, ok, err := Next(set)
	if err != nil || !ok || !bytes.Equal(raw, a) || !bytes.Equal(rest, b) || cap(raw) != len(raw) {
		t.Fatalf("first batch: ok %v, error %v", ok, err)
	}
	raw, rest, ok, err = Next(rest)
	if err != nil || !ok || !bytes.Equal(raw, b) || len(rest) != 0 {
		t.Fatalf("second batch: ok %v, error %v", ok, err)
	}
	for n := range len(a) {
		if _, rest, ok, err := Next(a[:n]); ok || err != nil || len(rest) != n {
			t.Fatalf("tail of %d bytes: ok %v, error %v", n, ok, err)
		}
	}
	binary.BigEndian.PutUint32(set[posLength:], HeaderSize-posLeaderEpoch-1)
	var ce *CorruptError
	if _, _, ok, err = Next(set); ok || !errors.As(err, &ce) {
		t.Errorf("a length shorter than a header: ok %v, error %v", ok, err)
	}
}

func TestParams(t *testing.T) {
	one := []record.Record{{Value: []byte("v")}}
	for _, tt := range []struct {
		p    Params
		recs []record.Record
		ok   bool
	}{
		{WithoutProducer(None), one, true},
		{Params{}, one, true},
		{Params{ProducerID: 1, Transactional: true}, one, true},
		{Params{ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1, Transactional: true}, one, false},
		{Params{ProducerID: -1}, one, false},
		{Params{ProducerEpoch: -1}, one, false},
		{Params{BaseSequence: -1}, one, false},
		{Params{ProducerID: -2, ProducerEpoch: -2, BaseSequence: -2}, one, false},
		{Params{Codec: 5}, one, false},
		{Params{Codec: -1}, one, false},
		{WithoutProducer(None), nil, false},
	} {
		out, err := new(Encoder).Encode([]byte("x"), tt.recs, tt.p)
		if (err == nil) != tt.ok {
			t.Errorf("%+v with %d records: error %v, want ok %v", tt.p, len(tt.recs), err, tt.ok)
		}
		if err != nil && string(out) != "x" {
			t.Errorf("%+v: after the error dst is %d bytes", tt.p, len(out))
		}
	}
}

func TestNextSequence(t *testing.T) {
	for _, tt := range []struct {
		base int32
		n    int
		want int32
	}{{0, 1, 1}, {math.MaxInt32, 1, 0}, {math.MaxInt32 - 1, 1, math.MaxInt32}, {math.MaxInt32, 5, 4}} {
		if got := NextSequence(tt.base, tt.n); got != tt.want {
			t.Errorf("after %d and %d records: %d, want %d", tt.base, tt.n, got, tt.want)
		}
	}
}

func TestSizeOf(t *testing.T) {
	sum := HeaderSize
	recs := variety()
	for i := range recs {
		sum += SizeOf(&recs[i])
	}
	if got := len(mustEncode(t, recs, WithoutProducer(None))); got > sum || sum > got+len(recs)*80 {
		t.Errorf("SizeOf gives %d, the batch takes %d", sum, got)
	}
}

func TestCodecNames(t *testing.T) {
	for _, c := range codecs {
		if got, err := ParseCodec(c.String()); err != nil || got != c {
			t.Errorf("%s: %v, %v", c, got, err)
		}
	}
	for _, s := range []string{"", "GZIP", "source", "codec 5"} {
		if _, err := ParseCodec(s); err == nil {
			t.Errorf("%q is taken for a codec", s)
		}
	}
	if got := fmt.Sprint(Codec(6)); got != "codec 6" {
		t.Errorf("codec 6 prints as %q", got)
	}
}
