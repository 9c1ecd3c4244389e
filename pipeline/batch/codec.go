package batch

import (
	"fmt"
	"strings"
)

// A Codec is the compression of a batch, the low three bits of its attributes.
type Codec int8

// The codecs of format 2.
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

// names are Kafka's own, as in compression.type.
var names = [...]string{None: "none", Gzip: "gzip", Snappy: "snappy", LZ4: "lz4", Zstd: "zstd"}

// String gives Kafka's name of the codec.
func (c Codec) String() string {
	if !c.known() {
		return fmt.Sprintf("codec %d", int8(c))
	}
	return names[c]
}

func (c Codec) known() bool { return c >= None && c <= Zstd }

// ParseCodec reads the name of a codec as Kafka spells it.
func ParseCodec(s string) (Codec, error) {
	for c, name := range names {
		if s == name {
			return Codec(c), nil
		}
	}
	return 0, fmt.Errorf("batch: %q is not a compression: use one of %s", s, strings.Join(names[:], ", "))
}
