package batch

import (
	"encoding/binary"
	"io"
	"slices"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// snappyBlock is the size of a xerial block before compression. Snappy finds nothing that lies further back anyway.
const snappyBlock = 64 << 10

// zstdWindow is how far back zstd looks. The encoder holds twice as much.
const zstdWindow = 1 << 20

// A compressor holds one compressor of each kind, made when first needed. No format's own checksum is written where
// that can be helped: the batch's CRC32C covers the compressed bytes.
type compressor struct {
	out  appender
	gzip *gzip.Writer
	lz4  *lz4.Writer
	zstd *zstd.Encoder
}

// An appender is a writer to the end of a slice.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// compress appends src, compressed, to dst.
func (c *compressor) compress(dst, src []byte, codec Codec) ([]byte, error) {
	switch codec {
	case None:
		return append(dst, src...), nil
	case Gzip:
		if c.gzip == nil {
			c.gzip = gzip.NewWriter(nil)
		}
		c.gzip.Reset(&c.out)
		return c.stream(dst, src, c.gzip)
	case LZ4:
		if c.lz4 == nil {
			// Blocks of 64 KB as Java's producer writes them, because a Java consumer buys a buffer of the block size.
			c.lz4 = lz4.NewWriter(nil)
			if c.lz4.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false), lz4.ConcurrencyOption(1)) != nil {
				c.lz4 = nil
				return dst, ErrCompress
			}
		}
		c.lz4.Reset(&c.out)
		return c.stream(dst, src, c.lz4)
	case Snappy:
		return appendXerial(dst, src), nil
	case Zstd:
		if c.zstd == nil {
			// The fastest level: on JSON events the default one took about 1.4 times as long, for no smaller batch. The level's
			// own window would hold 8 MiB for as long as the encoder lives; batches are seldom larger than this one.
			z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false),
				zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstdWindow))
			if err != nil {
				return dst, ErrCompress
			}
			c.zstd = z
		}
		return c.zstd.EncodeAll(src, dst), nil
	}
	return dst, ErrCompress
}

// stream appends to dst what w, which writes to c.out, makes of src.
func (c *compressor) stream(dst, src []byte, w io.WriteCloser) ([]byte, error) {
	c.out.b = dst
	defer func() { c.out.b = nil }()
	if _, err := w.Write(src); err != nil {
		return dst, ErrCompress
	}
	if err := w.Close(); err != nil {
		return dst, ErrCompress
	}
	return c.out.b, nil
}

// appendXerial appends src as snappy in xerial framing.
func appendXerial(dst, src []byte) []byte {
	dst = append(dst, xerialMagic...)
	for block := range slices.Chunk(src, snappyBlock) {
		start := len(dst)
		dst = slices.Grow(dst, 4+s2.MaxEncodedLen(len(block)))
		out := s2.EncodeSnappy(dst[start+4:cap(dst)], block)
		dst = dst[:start+4+len(out)]
		binary.BigEndian.PutUint32(dst[start:], uint32(len(out)))
	}
	return dst
}
