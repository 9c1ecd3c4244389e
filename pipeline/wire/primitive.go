package wire

import "encoding/binary"

// Kafka's primitive types in requests that are not flexible: big-endian integers, strings with a 16-bit length, arrays
// and byte strings with a 32-bit length, -1 for null.

func putInt16(b []byte, v int16) []byte { return binary.BigEndian.AppendUint16(b, uint16(v)) }
func putInt32(b []byte, v int32) []byte { return binary.BigEndian.AppendUint32(b, uint32(v)) }
func putInt64(b []byte, v int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(v)) }

func putString(b []byte, s string) []byte { return append(putInt16(b, int16(len(s))), s...) }

func putBytes(b, v []byte) []byte { return append(putInt32(b, int32(len(v))), v...) }

func putBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// putNullable writes the empty string as null.
func putNullable(b []byte, s string) []byte {
	if s == "" {
		return putInt16(b, -1)
	}
	return putString(b, s)
}

// Requests that are flexible (KIP-482) write lengths as unsigned varints, one more than the length so that 0 is null, and
// end every structure with its tagged fields, of which voile sends none and reads none.

func putCompact(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))+1), s...)
}

func putCompactCount(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)+1) }

// putNoTags ends a structure.
func putNoTags(b []byte) []byte { return append(b, 0) }

// A reader reads an answer. The first read beyond its end makes all that follow zero, and fail true: it is asked once,
// at the end. It never allocates by a length that the answer claims.
type reader struct {
	b    []byte
	fail bool
}

func (r *reader) next(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.b, r.fail = nil, true
		return nil
	}
	out := r.b[:n:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) int8() int8 {
	if b := r.next(1); b != nil {
		return int8(b[0])
	}
	return 0
}

func (r *reader) int16() int16 {
	if b := r.next(2); b != nil {
		return int16(binary.BigEndian.Uint16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.next(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (r *reader) int64() int64 {
	if b := r.next(8); b != nil {
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// text reads a string, null as empty. The bytes alias the answer.
func (r *reader) text() []byte {
	n := r.int16()
	if n < 0 {
		return nil
	}
	return r.next(int(n))
}

// bytes reads a byte string, null as nil. The bytes alias the answer.
func (r *reader) bytes() []byte {
	n := r.int32()
	if n < 0 {
		return nil
	}
	return r.next(int(n))
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.b, r.fail = nil, true
		return 0
	}
	r.b = r.b[n:]
	return v
}

// compact reads a string of a flexible answer, null as empty. The bytes alias the answer.
func (r *reader) compact() []byte {
	n := r.uvarint()
	if n == 0 {
		return nil
	}
	return r.next(int(min(n-1, 1<<31)))
}

// compactCount is count for a flexible answer.
func (r *reader) compactCount(size int) int {
	n := r.uvarint()
	if n == 0 {
		return 0
	}
	if n-1 > uint64(len(r.b)/size) {
		r.b, r.fail = nil, true
		return 0
	}
	return int(n - 1)
}

// tags passes over the tagged fields at the end of a structure.
func (r *reader) tags() {
	for range r.uvarint() {
		if r.uvarint(); r.fail {
			return
		}
		r.next(int(min(r.uvarint(), 1<<31)))
	}
}

// count reads an array's length, null as 0. Each element has at least size bytes, so that a length which the rest of the
// answer cannot hold fails here.
func (r *reader) count(size int) int {
	n := int(r.int32())
	if n < 0 {
		return 0
	}
	if n > len(r.b)/size {
		r.b, r.fail = nil, true
		return 0
	}
	return n
}

// skipInt32s passes over an array of int32 and gives its length.
func (r *reader) skipInt32s() int {
	n := r.count(4)
	r.next(4 * n)
	return n
}

// err says whether the whole answer was understood.
func (r *reader) err() error {
	if r.fail {
		return errAnswer
	}
	return nil
}
