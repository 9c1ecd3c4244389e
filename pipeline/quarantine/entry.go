// Package quarantine is the sealed form of a record that could not be transformed.
//
// The contract: what is set aside is whole (key, value and headers, null told from empty), is readable only with the
// private keyset, which no proxy has, and says in the clear no more than where it came from and why it was set aside.
// An Entry becomes one or more Kafka records (parts), because it may be larger than what the quarantine topic takes.
//
// Headers of a part are for people and for filters. Whoever opens an entry MUST trust only what Open returns: the same
// facts stand inside the sealed text, and the headers are bound to it as HPKE context information (RFC 9180 §5.1), so
// that a part whose headers were changed, added or dropped does not open at all.
//
// The sealed text shows its length, after compression; nothing else.
package quarantine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"voile/pipeline/record"
)

// A Sealer encrypts to the quarantine's public keyset (HPKE). voile/crypto.Sealer is one.
type Sealer interface {
	Seal(plaintext, contextInfo []byte) (ciphertext []byte, err error)
}

// An Opener decrypts with the quarantine's private keyset (HPKE). voile/crypto.Opener is one.
type Opener interface {
	Open(ciphertext, contextInfo []byte) (plaintext []byte, err error)
}

// An Entry is what is set aside, and where it came from: one record, or one whole batch that could not be decoded.
type Entry struct {
	Route     string
	Topic     string
	Partition int32
	// Offset is the record's, or the first of the batch.
	Offset int64
	// Time is when the record was set aside.
	Time time.Time
	// Reason is a word: see transform.Reason.
	Reason string
	// Where names the rule or the place in the program, if it is known; never a value.
	Where string
	// Sink is the topic that the record was on its way to, and Before where it would have stood there, by partition:
	// what the source partition's earlier records became lies before the offset, and what its later ones become does
	// not. Where a partition is missing, that is not known.
	Sink   string
	Before []SinkOffset
	// Record is the source's record, untouched; nil where Batch is set.
	Record *record.Record
	// Batch is the source's batch as it came, where it could not be decoded.
	Batch []byte
}

// A SinkOffset is a place in a partition of the sink.
type SinkOffset struct {
	Partition int32
	Offset    int64
}

// The names of a part's headers. Their values are text.
const (
	HeaderFormat    = "voile-format"
	HeaderRoute     = "voile-route"
	HeaderTopic     = "voile-topic"
	HeaderPartition = "voile-partition"
	HeaderOffset    = "voile-offset"
	HeaderTime      = "voile-time"
	HeaderReason    = "voile-reason"
	HeaderPart      = "voile-part" // "2/3": the second of three parts
)

// format is the version of a part's layout. A reader refuses what it does not know.
const format = "1"

// ErrRefused is returned for a part that does not open: a changed header, another key, or a damaged text.
var ErrRefused = errors.New("quarantine: the part does not open: it was changed, or is sealed for another key")

// Facts are what stands in the clear on a part, and again inside it.
type Facts struct {
	Route     string    `json:"route"`
	Topic     string    `json:"topic"` // of the source, as are Partition and Offset
	Partition int32     `json:"partition"`
	Offset    int64     `json:"offset"`
	Time      time.Time `json:"time"` // when the record was set aside
	Reason    string    `json:"reason"`
	Part      int       `json:"part"` // from 1
	Parts     int       `json:"parts"`
}

// headers gives a part's headers, in their fixed order.
func (f *Facts) headers() []record.Header {
	h := func(name, value string) record.Header {
		return record.Header{Name: []byte(name), Value: []byte(value)}
	}
	return []record.Header{
		h(HeaderFormat, format),
		h(HeaderRoute, f.Route),
		h(HeaderTopic, f.Topic),
		h(HeaderPartition, strconv.FormatInt(int64(f.Partition), 10)),
		h(HeaderOffset, strconv.FormatInt(f.Offset, 10)),
		h(HeaderTime, f.Time.UTC().Format(time.RFC3339Nano)),
		h(HeaderReason, f.Reason),
		h(HeaderPart, strconv.Itoa(f.Part)+"/"+strconv.Itoa(f.Parts)),
	}
}

// contextInfo encodes headers injectively: each name and value behind its length. It is the HPKE `info` of the part.
func contextInfo(headers []record.Header) []byte {
	info := []byte("voile quarantine part v" + format)
	for _, h := range headers {
		info = appendSized(info, h.Name)
		if h.Value == nil {
			info = append(info, 0)
			continue
		}
		info = appendSized(append(info, 1), h.Value)
	}
	return info
}

// key names the entry that a part belongs to, in the clear; equal for all parts of one entry.
func (f *Facts) key() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s/%d/%d", f.Route, f.Topic, f.Partition, f.Offset)
	return []byte(b.String())
}
