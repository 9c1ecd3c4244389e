package quarantine

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"voile/pipeline/batch"
	"voile/pipeline/record"
)

// A Part is one opened part of an entry. Only what Open made it of is to be trusted.
type Part struct {
	in    inner
	chunk []byte
}

// Number gives the part's number, from 1, and how many parts the entry has.
func (p *Part) Number() (part, parts int) { return p.in.Part, p.in.Parts }

// ID names the sealing: the parts of one entry share it.
func (p *Part) ID() string { return string(p.in.ID) }

// Facts gives what the part says, and what was sealed.
func (p *Part) Facts() Facts { return p.in.Facts }

// Size is how many bytes of its entry the part holds.
func (p *Part) Size() int { return len(p.chunk) }

// Open opens one record of the quarantine topic. It returns ErrRefused where the record does not open, also where it
// only fails to say the same inside and outside.
func Open(o Opener, r *record.Record) (*Part, error) {
	plaintext, err := o.Open(r.Value, contextInfo(r.Headers))
	if err != nil {
		return nil, ErrRefused
	}
	facts, chunk, err := cutSized(plaintext)
	if err != nil {
		return nil, ErrRefused
	}
	p := &Part{chunk: chunk}
	dec := json.NewDecoder(bytes.NewReader(facts))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p.in); err != nil {
		return nil, ErrRefused
	}
	if p.in.Part < 1 || p.in.Part > p.in.Parts || p.in.Parts > maxParts || len(p.in.ID) != idSize {
		return nil, ErrRefused
	}
	// The context information already binds the headers; what a sealer put inside must still be the same facts.
	if !bytes.Equal(contextInfo(p.in.headers()), contextInfo(r.Headers)) || !bytes.Equal(r.Key, p.in.key()) {
		return nil, ErrRefused
	}
	return p, nil
}

// Join puts the parts of one entry together, in any order. The entry's Record has the offset and the timestamp that it
// had in its source.
func Join(parts []*Part) (*Entry, error) {
	if len(parts) == 0 {
		return nil, errors.New("quarantine: no part to join")
	}
	first := parts[0].in
	chunks := make([][]byte, first.Parts)
	for _, p := range parts {
		if !bytes.Equal(p.in.ID, first.ID) || p.in.Parts != first.Parts {
			return nil, errors.New("quarantine: the parts are of different entries")
		}
		if chunks[p.in.Part-1] != nil {
			return nil, fmt.Errorf("quarantine: part %d of %d is there twice", p.in.Part, p.in.Parts)
		}
		chunks[p.in.Part-1] = p.chunk
	}
	for i, c := range chunks {
		if c == nil {
			return nil, fmt.Errorf("quarantine: part %d of %d is missing", i+1, first.Parts)
		}
	}
	return entry(&first, bytes.Join(chunks, nil))
}

func entry(in *inner, payload []byte) (*Entry, error) {
	e := &Entry{
		Route: in.Route, Topic: in.Topic, Partition: in.Partition, Offset: in.Offset,
		Time: in.Time, Reason: in.Reason, Where: in.Where, Sink: in.Sink,
	}
	var err error
	if e.Before, err = parseBefore(in.Before); err != nil {
		return nil, err
	}
	if in.Batch {
		e.Batch = payload
		return e, nil
	}
	var b batch.Batch
	if err := batch.NewDecoder(MaxEntry).Decode(payload, &b); err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	if len(b.Records) != 1 {
		return nil, fmt.Errorf("quarantine: an entry of %d records", len(b.Records))
	}
	rec := b.Records[0]
	rec.Offset, rec.Timestamp = in.Offset, in.Timestamp
	e.Record = &rec
	return e, nil
}

// cutSized undoes appendSized.
func cutSized(b []byte) (sized, rest []byte, err error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, ErrRefused
	}
	end := used + int(n) //nolint:gosec // n is at most len(b)
	return b[used:end], b[end:], nil
}
