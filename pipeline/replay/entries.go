package replay

import (
	"context"
	"slices"

	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

// A found is a whole entry of the quarantine, opened.
type found struct {
	*quarantine.Entry
	source  *source
	offsets []int64 // of its parts in the quarantine topic, the first one's first
}

// A visitor is told what lies in a partition of the quarantine, as far as it is selected and not done.
type visitor interface {
	// wants says whether an entry that claims these facts is to be opened.
	wants(ctx context.Context, claims *quarantine.Facts) (bool, error)
	// entry has one whole entry. It is called in the order in which entries become whole: for one source partition that
	// is the order in which its records were set aside, and mostly that of its offsets.
	entry(ctx context.Context, f *found) error
	// stays has a record that is no entry: one that does not open, or has not the form of a part.
	stays(o Outcome)
	// pieces has parts of an entry that is not whole.
	pieces(src *source, offset int64, at []int64)
}

// walk visits a partition.
func (r *replay) walk(ctx context.Context, p *partition, v visitor) error {
	parts := joining{sealings: map[string]*sealing{}}
	err := r.rest(ctx, r.reader, p, func(rec *record.Record) error {
		r.seen(1)
		if !r.which.at(p.partition, rec.Offset) {
			return nil
		}
		claims, err := quarantine.Claimed(rec)
		switch {
		case err != nil && r.which.byOffsetOnly():
			v.stays(Foreign)
			return nil
		case err != nil || !r.which.facts(&claims):
			return nil
		}
		if wanted, err := v.wants(ctx, &claims); err != nil || !wanted {
			return err
		}
		part, err := quarantine.Open(r.opener, rec)
		if err != nil {
			v.stays(Unopened)
			return nil
		}
		// From here on the facts are those that were sealed, and the claims are the same.
		whole := parts.take(r.of(&claims), part, rec.Offset)
		if whole == nil {
			return nil
		}
		e, err := quarantine.Join(whole.parts)
		if err != nil {
			v.stays(Unopened)
			return nil
		}
		return v.entry(ctx, &found{Entry: e, source: whole.source, offsets: whole.at})
	})
	if err != nil {
		return err
	}
	for _, s := range parts.left() {
		v.pieces(s.source, s.offset, s.at)
	}
	return nil
}

// joining puts parts together. Parts of one sealing lie in one partition, perhaps among others'.
type joining struct {
	sealings map[string]*sealing
	order    []*sealing // not whole, by their first part
	bytes    int
	given    []*sealing // given up, because too much was open at once
}

// A sealing is some of the parts of one.
type sealing struct {
	id     string
	source *source
	offset int64
	parts  []*quarantine.Part
	have   map[int]bool // by number
	at     []int64
	bytes  int
}

// maxOpen bounds the bytes of entries that are not whole yet: what one may hold at most.
const maxOpen = quarantine.MaxEntry

// take takes a part, and gives its sealing where that is whole. A part that is there twice, as a producer leaves it that had to
// take another identity in between, has the fate of the first.
func (j *joining) take(src *source, part *quarantine.Part, at int64) *sealing {
	n, of := part.Number()
	s := j.sealings[part.ID()]
	if s == nil {
		s = &sealing{id: part.ID(), source: src, offset: part.Facts().Offset, have: map[int]bool{}}
		if of > 1 {
			j.sealings[s.id], j.order = s, append(j.order, s)
		}
	}
	s.at = append(s.at, at)
	if s.have[n] {
		return nil
	}
	s.parts, s.have[n] = append(s.parts, part), true
	s.bytes += part.Size()
	j.bytes += part.Size()
	if len(s.parts) == of {
		j.drop(s)
		return s
	}
	for j.bytes > maxOpen {
		oldest := j.order[0]
		oldest.parts = nil
		j.given = append(j.given, oldest)
		j.drop(oldest)
	}
	return nil
}

// drop forgets a sealing.
func (j *joining) drop(s *sealing) {
	j.bytes -= s.bytes
	delete(j.sealings, s.id)
	if i := slices.Index(j.order, s); i >= 0 {
		j.order = slices.Delete(j.order, i, i+1)
	}
}

// left gives the sealings that never became whole.
func (j *joining) left() []*sealing { return append(j.given, j.order...) }
