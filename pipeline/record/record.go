// Package record holds the one type that every step of the pipeline hands on.
//
// It knows no Kafka client, no codec and no cipher, so that a step can be read and tested alone.
package record

// A Record is one Kafka record.
//
// Kafka tells null from empty: a nil slice is null, a slice that is empty and not nil is empty. Every step MUST keep
// the two apart: an empty value that becomes null is a tombstone, and deletes somebody on a compacted topic.
type Record struct {
	// Offset is the record's place in its source partition.
	Offset int64
	// Timestamp counts milliseconds since the Unix epoch; -1 means none.
	Timestamp int64
	// Key and Value are nil for null.
	Key, Value []byte
	// Headers keep their order and their duplicates.
	Headers []Header
}

// A Header is one header of a record. Name is never nil; Value is nil for null.
type Header struct {
	Name, Value []byte
}

// Tombstone says whether the record's value is null, which on a compacted topic deletes its key.
func (r *Record) Tombstone() bool { return r.Value == nil }
