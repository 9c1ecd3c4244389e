// Package batch reads and writes Kafka record batches of format 2 (KIP-98): uncompressed, gzip, snappy, lz4, zstd.
//
// It keeps what Kafka clients lose on the way: null and empty keys, values and header values stay apart, headers keep
// their order and their duplicates, timestamps 0 and -1 stay, and the offset to go on from is known where compaction
// removed records.
//
// # Contract
//
// Reading. [Next] cuts a fetched record set into whole batches, [ParseHeader] reads the 61 bytes of one,
// [AbortedFilter] says whether its records are data, and [Decoder.Decode] gives the records. A batch is accepted whole
// or refused whole: its CRC32C, its count, all its lengths and all its varints are checked before the caller sees a
// record, and bytes left over are refused. Offsets inside a batch ascend strictly and stay within its last offset
// delta; gaps are what compaction leaves.
//
// Ownership. A record's bytes alias either the raw batch (no compression) or the memory of the [Batch] that it was
// decoded into (any other codec). They stay valid until the caller decodes into that Batch again or resets it, and,
// because of the former, the caller MUST NOT reuse the raw bytes before that. The Decoder itself keeps nothing of a
// batch: one may decode the next batch into another Batch while the first is still in use. A caller that keeps a few
// Batches and goes round allocates nothing, neither per record nor per batch. Slices are cut to their length: append
// to one never writes into its neighbour.
//
// Memory. What a batch may decompress to is bounded by the Decoder's limit; for zstd, whose frames declare a window,
// by the limit or 8 MiB, whichever is larger. The decoded records cost at most some 30 bytes beside that for each
// byte (a batch of nothing but empty headers), in practice a twentieth. [Batch.Footprint] says what one holds.
//
// Writing. [Encoder.Encode] writes the records it is given as one batch, numbered from 0; [Builder] and [Encoder.Seal] do so
// record by record. What would confuse a broker
// cannot be written: a transactional batch without a producer, a producer without a sequence, an empty batch. The
// result is checked again before it is returned. SizeOf and [HeaderSize] bound its size before compression.
//
// Errors. [*CorruptError] and [*UnsupportedError] mean that the same bytes will never decode: the partition cannot go
// on by itself. A batch that decompresses to more than the limit is a CorruptError that is [ErrTooLarge]. No error
// holds a byte of a record.
//
// Timestamps are milliseconds since the Unix epoch. Deltas to them wrap like Java's long does, both ways, so that even
// an absurd timestamp comes out as it went in.
package batch
