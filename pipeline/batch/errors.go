package batch

import (
	"errors"
	"fmt"
)

// ErrTooLarge is in the chain of a CorruptError when a batch decompresses to more than the Decoder's limit.
var ErrTooLarge = errors.New("larger than the limit")

// ErrCompress says that a compressor failed; it names no reason, because compressors only fail by a mistake of ours.
var ErrCompress = errors.New("batch: compression failed")

// A CorruptError says that a batch is not what its format demands. The same bytes will never decode.
type CorruptError struct {
	Offset int64  // base offset of the batch, -1 where not even that could be read
	Reason string // what is wrong and where, without a byte of a record
	Err    error  // ErrTooLarge or nil
}

// Error gives the offset and the reason.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("batch: corrupt batch at offset %d: %s", e.Offset, e.Reason)
}

// Unwrap returns Err.
func (e *CorruptError) Unwrap() error { return e.Err }

// An UnsupportedError says that a batch is in a format or a compression that this package does not know.
type UnsupportedError struct {
	Offset int64 // base offset of the batch
	Magic  int8  // the format; 2 is the one that is read
	Codec  Codec // the compression
}

// Error names the magic, or the compression where the magic is right.
func (e *UnsupportedError) Error() string {
	switch {
	case e.Magic < magic:
		return fmt.Sprintf("batch: batch at offset %d has message format magic %d, and only magic 2 is read: "+
			"it was written before Kafka 0.11; copy the topic with a current client, or start after this offset", e.Offset, e.Magic)
	case e.Magic > magic:
		return fmt.Sprintf("batch: batch at offset %d has message format magic %d, and only magic 2 is read: "+
			"it is newer than this program", e.Offset, e.Magic)
	}
	return fmt.Sprintf("batch: batch at offset %d has compression %d, which is unknown: "+
		"none, gzip, snappy, lz4 and zstd (0 to 4) are read", e.Offset, int8(e.Codec))
}

// corrupt builds a CorruptError for the batch at offset.
func corrupt(offset int64, format string, args ...any) *CorruptError {
	return &CorruptError{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}
