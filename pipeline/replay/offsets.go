package replay

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
)

// offsets is a set of offsets of one partition, as spans in their order, none of which touches another.
type offsets struct{ spans []span }

// A span is the offsets from from up to, and without, end.
type span struct{ from, end int64 }

// add adds the offsets from from up to end.
func (s *offsets) add(from, end int64) {
	if from >= end {
		return
	}
	// The spans from i up to j touch the new one.
	i := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].end >= from })
	j := sort.Search(len(s.spans), func(j int) bool { return s.spans[j].from > end })
	if i < j {
		from, end = min(from, s.spans[i].from), max(end, s.spans[j-1].end)
	}
	s.spans = slices.Replace(s.spans, i, j, span{from, end})
}

func (s *offsets) has(offset int64) bool {
	i := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].end > offset })
	return i < len(s.spans) && s.spans[i].from <= offset
}

// A progress says which offsets of a partition of the quarantine are done: all before next, which is not done itself,
// and those in above.
type progress struct {
	next  int64
	above offsets
}

// done notes that the offsets from from up to end are done.
func (p *progress) done(from, end int64) {
	p.above.add(max(from, p.next), end)
	if len(p.above.spans) > 0 && p.above.spans[0].from == p.next {
		p.next = p.above.spans[0].end
		p.above.spans = p.above.spans[1:]
	}
}

func (p *progress) isDone(offset int64) bool { return offset < p.next || p.above.has(offset) }

func (p *progress) clone() *progress {
	return &progress{next: p.next, above: offsets{slices.Clone(p.above.spans)}}
}

// These are the first of the metadata that stand beside an offset: the version of what follows, and its form.
const (
	formSpans = "voile1:"
	formBits  = "voile1b:"
)

// maxMetadata is what a broker takes of metadata by default (offset.metadata.max.bytes).
const maxMetadata = 4096

// metadata encodes above: for each span how far it lies behind the one before it, or behind next, and its length, as
// varints; or, where that is shorter, a bit for each offset from next on, the lowest of a byte first. So it is short where
// little is done, and where entries that stay lie among entries that do not. fits is false where a broker would not take it.
func (p *progress) metadata() (text string, fits bool) {
	spans := p.above.spans
	if len(spans) == 0 {
		return "", true
	}
	var b []byte
	at := p.next
	for _, s := range spans {
		b = binary.AppendUvarint(b, uint64(s.from-at))
		b = binary.AppendUvarint(b, uint64(s.end-s.from))
		at = s.end
	}
	form := formSpans
	if size := (at - p.next + 7) / 8; size < int64(len(b)) {
		form, b = formBits, make([]byte, size)
		for _, s := range spans {
			for o := s.from - p.next; o < s.end-p.next; o++ {
				b[o/8] |= 1 << (o % 8)
			}
		}
	}
	text = form + base64.RawURLEncoding.EncodeToString(b)
	return text, len(text) <= maxMetadata
}

// parseProgress undoes metadata. Without any, as another tool commits an offset, it is the offset alone.
func parseProgress(next int64, text string) (*progress, error) {
	p := &progress{next: max(next, 0)}
	if text == "" {
		return p, nil
	}
	encoded, ours := strings.CutPrefix(text, formSpans)
	if bits, yes := strings.CutPrefix(text, formBits); yes {
		return p, p.parseBits(bits)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if !ours || err != nil || next < 0 {
		return nil, errForeignProgress
	}
	at := uint64(next)
	for len(b) > 0 {
		skip, n := binary.Uvarint(b)
		length, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || skip == 0 || length == 0 || skip > math.MaxInt64 || length > math.MaxInt64 ||
			at+skip > math.MaxInt64 || at+skip+length > math.MaxInt64 {
			return nil, errForeignProgress
		}
		p.above.spans = append(p.above.spans, span{int64(at + skip), int64(at + skip + length)})
		at += skip + length
		b = b[n+m:]
	}
	return p, nil
}

// parseBits reads a bit for each offset from next on, which is not done itself.
func (p *progress) parseBits(text string) error {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || p.next > math.MaxInt64-8*int64(len(b)) || len(b) == 0 || b[0]&1 != 0 {
		return errForeignProgress
	}
	for i := range 8 * int64(len(b)) {
		if b[i/8]&(1<<(i%8)) != 0 {
			p.above.add(p.next+i, p.next+i+1)
		}
	}
	return nil
}

var errForeignProgress = errors.New("what stands beside the group's offset was not written by voile")

// String is for a person.
func (p *progress) String() string { return fmt.Sprintf("%d%v", p.next, p.above.spans) }
