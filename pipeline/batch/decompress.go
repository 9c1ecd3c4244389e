package batch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

const (
	// firstArena is what an unknown size is first read into.
	firstArena = 64 << 10
	// minZstdWindow is the window that every zstd decoder should support (RFC 8878 §3.1.1.1.2).
	minZstdWindow = 8 << 20

	// Xerial framing of snappy: a magic, two versions, then blocks, each behind its length (big-endian).
	xerialHeaderSize = 16
	xerialMagicSize  = 8
)

// xerialMagic opens xerial framing; the versions that follow are what snappy-java writes. Never written to.
var xerialMagic = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1}

var errDecompress = errors.New("does not decompress")

// A decompressor holds one decompressor of each kind, made when first needed. Errors of the libraries are not passed
// on, since nobody promises that they hold no data: only errDecompress and ErrTooLarge come out.
type decompressor struct {
	limit int

	src  bytes.Reader
	gzip *gzip.Reader
	lz4  *lz4.Reader
	zstd *zstd.Decoder
}

// corrupt puts an error of decompress in the words of the batch.
func (d *decompressor) corrupt(h Header, err error) error {
	if errors.Is(err, ErrTooLarge) {
		e := corrupt(h.BaseOffset, "its %s data decompresses to more than the limit of %d bytes", h.Codec, d.limit)
		e.Err = ErrTooLarge
		return e
	}
	return corrupt(h.BaseOffset, "its %s data does not decompress", h.Codec)
}

// decompress appends what src holds to dst, which is empty, at most limit bytes.
func (d *decompressor) decompress(dst, src []byte, c Codec) ([]byte, error) {
	defer d.src.Reset(nil) // hold no fetch response
	d.src.Reset(src)
	switch c {
	case Gzip:
		if d.gzip == nil {
			d.gzip = new(gzip.Reader)
		}
		if d.gzip.Reset(&d.src) != nil {
			return dst, errDecompress
		}
		return d.readAll(dst, d.gzip)
	case LZ4:
		if d.lz4 == nil {
			d.lz4 = lz4.NewReader(nil)
		}
		d.lz4.Reset(&d.src)
		return d.readAll(dst, d.lz4)
	case Snappy:
		return d.snappy(dst, src)
	case Zstd:
		return d.zstdAll(dst, src)
	}
	return dst, errDecompress
}

// readAll appends what r gives, which has to end where the source ends.
func (d *decompressor) readAll(dst []byte, r io.Reader) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			// One byte over the limit, to tell a batch that fills it from one that goes beyond.
			dst = grow(dst, min(max(2*cap(dst), firstArena), d.limit+1))
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > d.limit:
			return dst, ErrTooLarge
		case err == io.EOF && d.src.Len() == 0:
			return dst, nil
		case err != nil:
			return dst, errDecompress
		}
	}
}

// snappy reads xerial framing, as Java writes it, and one bare block, as librdkafka does.
func (d *decompressor) snappy(dst, src []byte) ([]byte, error) {
	if !bytes.HasPrefix(src, xerialMagic[:xerialMagicSize]) {
		return d.snappyBlock(dst, src)
	}
	if len(src) < xerialHeaderSize {
		return dst, errDecompress
	}
	src = src[xerialHeaderSize:]
	for len(src) > 0 {
		if len(src) < 4 {
			return dst, errDecompress
		}
		size := binary.BigEndian.Uint32(src)
		if src = src[4:]; int64(size) > int64(len(src)) {
			return dst, errDecompress
		}
		var err error
		if dst, err = d.snappyBlock(dst, src[:size]); err != nil {
			return dst, err
		}
		src = src[size:]
	}
	return dst, nil
}

// snappyBlock appends one block. Its length is known before, so nothing is allocated beyond the limit.
func (d *decompressor) snappyBlock(dst, block []byte) ([]byte, error) {
	n, err := s2.DecodedLen(block)
	if err != nil {
		return dst, errDecompress
	}
	total := len(dst) + n
	if total > d.limit {
		return dst, ErrTooLarge
	}
	if total > cap(dst) {
		dst = grow(dst, min(max(2*cap(dst), total), d.limit))
	}
	// The part to write to is cut to its size: the decoder would write elsewhere only if it were too small.
	if _, err := s2.Decode(dst[len(dst):total:total], block); err != nil {
		return dst, errDecompress
	}
	return dst[:total], nil
}

// zstdAll appends all frames of src.
func (d *decompressor) zstdAll(dst, src []byte) ([]byte, error) {
	if d.zstd == nil {
		// A decoder without a stream and with concurrency 1 starts no goroutine and needs no Close.
		z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxMemory(uint64(max(d.limit, minZstdWindow))))
		if err != nil {
			return dst, errDecompress
		}
		d.zstd = z
	}
	out, err := d.zstd.DecodeAll(src, dst)
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded), errors.Is(err, zstd.ErrWindowSizeExceeded), len(out) > d.limit:
		return dst, ErrTooLarge
	case err != nil:
		return dst, errDecompress
	}
	return out, nil
}

// grow moves dst to memory for n bytes in all.
func grow(dst []byte, n int) []byte {
	moved := make([]byte, len(dst), n)
	copy(moved, dst)
	return moved
}
