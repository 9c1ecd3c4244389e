package batch

// Varints are zigzag-coded, seven bits a byte, least significant first. A varint has at most 5 bytes, a varlong at
// most 10, and no bit beyond the 32nd or the 64th. Leading zero groups within that length are taken, as Java takes them.

const (
	maxVarint  = 5
	maxVarlong = 10
)

// varint reads a varint at the start of b; n is 0 where there is none.
func varint(b []byte) (v int32, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return int32(b[0]>>1) ^ -int32(b[0]&1), 1
	}
	var u uint32
	for i := 0; i < len(b) && i < maxVarint; i++ {
		c := b[i]
		if i == maxVarint-1 && c > 0x0f {
			return 0, 0
		}
		u |= uint32(c&0x7f) << (7 * i)
		if c < 0x80 {
			return int32(u>>1) ^ -int32(u&1), i + 1
		}
	}
	return 0, 0
}

// varlong reads a varlong at the start of b; n is 0 where there is none.
func varlong(b []byte) (v int64, n int) {
	var u uint64
	for i := 0; i < len(b) && i < maxVarlong; i++ {
		c := b[i]
		if i == maxVarlong-1 && c > 0x01 {
			return 0, 0
		}
		u |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return int64(u>>1) ^ -int64(u&1), i + 1
		}
	}
	return 0, 0
}

// appendVarlong appends v. A varint is written by the same bytes as the varlong of its value.
func appendVarlong(dst []byte, v int64) []byte {
	u := uint64(v)<<1 ^ uint64(v>>63)
	for u >= 0x80 {
		dst = append(dst, byte(u)|0x80)
		u >>= 7
	}
	return append(dst, byte(u))
}

// sizeVarlong is the number of bytes that appendVarlong appends.
func sizeVarlong(v int64) int {
	u := uint64(v)<<1 ^ uint64(v>>63)
	n := 1
	for u >= 0x80 {
		u >>= 7
		n++
	}
	return n
}
