package replay

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// What one transaction takes: well below what a broker's transaction time-out leaves time for.
const (
	maxItems = 2000
	maxBytes = 4 << 20
)

// An item is an entry on its way to its sink, in the transaction that is being made.
type item struct {
	*found
	sink    *sink
	records []bound
	// also are the offsets of further sealings of the same record, which have this one's fate; twins is how many.
	also  []int64
	twins int
	fate  Outcome // "" undecided
	now   string  // why it fails
}

// A transaction is what is read of one partition of the quarantine and not committed yet.
type transaction struct {
	*replay
	at    *partition
	items []*item
	by    map[sealedAt]*item
	bytes int
	arena transform.Arena
}

func (t *transaction) reset() {
	t.items, t.by, t.bytes = nil, map[sealedAt]*item{}, 0
	t.arena.Reset()
}

func (t *transaction) stays(o Outcome) { t.tally.add(o, "", "", "", 1) }

// pieces has parts of an entry that never became whole. They have the fate of a whole one of the same record.
func (t *transaction) pieces(src *source, offset int64, at []int64) {
	switch whole := t.by[sealedAt{src, offset}]; {
	case whole != nil:
		whole.also = append(whole.also, at...)
	case t.isDone(src, offset):
		for _, o := range at {
			t.at.progress.done(o, o+1)
		}
	case t.stayed[src] == nil || !t.stayed[src].has(offset):
		t.tally.add(Incomplete, "", "", "", 1)
	}
}

// entry decides what can be decided of an entry before it is written.
func (t *transaction) entry(ctx context.Context, f *found) error {
	name := sealedAt{f.source, f.Offset}
	if first := t.by[name]; first != nil {
		first.also = append(first.also, f.offsets...)
		first.twins++
		return nil
	}
	it := &item{found: f}
	switch {
	case t.isDone(f.source, f.Offset):
		it.fate = SealedTwice
	case t.stayed[f.source] != nil && t.stayed[f.source].has(f.Offset):
		return nil // its first sealing stays, and was counted
	default:
		if err := t.decide(ctx, it); err != nil {
			return err
		}
	}
	if it.fate != "" {
		it.records, it.Record, it.Batch = nil, nil, nil // the memory is not needed until the end of the transaction
	}
	t.items, t.by[name] = append(t.items, it), it
	if len(t.items) >= maxItems || t.bytes >= maxBytes {
		return t.flush(ctx)
	}
	return nil
}

func (t *transaction) decide(ctx context.Context, it *item) (err error) {
	if it.sink, err = t.sink(ctx, it.Route); err != nil {
		return err
	}
	if it.sink == nil {
		it.fate = UnknownRoute
		return nil
	}
	var reason string
	it.records, reason = t.transform(it.sink, it.found, &t.arena, t.at.place)
	switch {
	case reason != "":
		it.fate, it.now = Fails, reason
	case len(it.records) == 0:
		it.fate = Dropped
	}
	for i := range it.records {
		t.bytes += 2 * batch.SizeOf(&it.records[i].Record) // it, and what it was made of
		if o := t.judge(it.sink, it, &it.records[i]); o != "" {
			it.fate = o
		}
	}
	return nil
}

// wants has every entry.
func (t *transaction) wants(context.Context, *quarantine.Facts) (bool, error) { return true, nil }

// flush writes and commits, all or nothing, until that succeeds or cannot. An entry that turns out to be refused or stale
// on the way is left out, and if something of it is written already the transaction is begun again without it.
func (t *transaction) flush(ctx context.Context) error {
	inOrder(t.items)
	for {
		again := false
		if t.tx != nil {
			var err error
			if again, err = t.write(ctx); err != nil {
				return err
			}
		}
		if !again {
			break
		}
		if err := t.tx.Abort(ctx); err != nil {
			return err
		}
	}
	next := t.at.progress.clone()
	for _, it := range t.items {
		if it.fate == "" {
			it.fate = Replayed
		}
		if it.fate.Done() {
			for _, o := range append(it.offsets, it.also...) {
				next.done(o, o+1)
			}
		}
	}
	if err := t.commit(ctx, next); err != nil {
		return err
	}
	t.at.progress = next
	t.settle()
	return nil
}

// inOrder puts the items of each source partition in the order of its offsets, in the places that they have. A proxy that was
// started again may have set a record aside behind later ones.
func inOrder(items []*item) {
	by := map[*source][]*item{}
	for _, it := range items {
		by[it.source] = append(by[it.source], it)
	}
	for _, of := range by {
		slices.SortStableFunc(of, func(a, b *item) int { return cmp.Compare(a.Offset, b.Offset) })
	}
	for i, it := range items {
		of := by[it.source]
		items[i], by[it.source] = of[0], of[1:]
	}
}

// settle counts what is now so.
func (t *transaction) settle() {
	for _, it := range t.items {
		t.tally.add(it.fate, it.Route, it.Reason, it.now, 1)
		if !it.fate.Done() {
			addTo(t.stayed, it.source, it.Offset)
			continue
		}
		t.tally.add(SealedTwice, it.Route, it.Reason, "", it.twins)
		t.setDone(it.source, it.Offset)
		if it.fate == Replayed {
			t.written += len(it.records)
			t.wrote(it)
		}
	}
	t.reset()
}

// errFragmented: what is done above the first entry that is not no longer fits beside its offset.
type errFragmented struct{ at place }

func (e errFragmented) Error() string {
	return fmt.Sprintf("%s: what is done lies in too many pieces between what is not to be remembered beside the group's offset; nothing was lost, and what was replayed until here is done. Replay what lies between as well: choose wider, or by --offsets without gaps", e.at)
}

// commit ends the transaction with the progress. Nothing of it happens where the progress cannot be kept.
func (t *transaction) commit(ctx context.Context, next *progress) error {
	text, fits := next.metadata()
	if !fits {
		return errFragmented{t.at.place}
	}
	if t.tx == nil {
		return nil
	}
	return t.tx.Commit(ctx, wire.GroupOffsets{Group: t.group, Generation: -1, Topics: map[string]map[int]wire.Committed{
		t.at.topic: {t.at.partition: {Next: next.next, Metadata: text}},
	}})
}

// A lane is what the transaction brings to one partition of a sink.
type lane struct {
	to      place
	codec   batch.Codec
	records []record.Record
	items   []*item // of each record
}

// lanes sorts the records by where they go.
func (t *transaction) lanes() []*lane {
	var lanes []*lane
	by := map[place]*lane{}
	for _, it := range t.items {
		if it.fate != "" {
			continue
		}
		for i := range it.records {
			b := &it.records[i]
			ln := by[b.to]
			if ln == nil {
				ln = &lane{to: b.to, codec: it.sink.codec}
				by[b.to], lanes = ln, append(lanes, ln)
			}
			ln.records, ln.items = append(ln.records, b.Record), append(ln.items, it)
		}
	}
	return lanes
}

// write writes the lanes. again is true where the transaction must be begun anew without what was refused or found stale.
func (t *transaction) write(ctx context.Context) (again bool, err error) {
	lanes := t.lanes()
	// First while nothing is open: there may be much to read, and the brokers abort what is open for too long.
	stale, err := t.lookAgain(ctx)
	if err != nil {
		return false, err
	}
	if stale {
		lanes = t.lanes()
	}
	for _, ln := range lanes {
		for from := 0; from < len(ln.records); {
			end, size := from, 0
			for end < len(ln.records) && (end == from || size+batch.SizeOf(&ln.records[end]) <= batch.Joined) {
				size += batch.SizeOf(&ln.records[end])
				end++
			}
			refused, err := t.produce(ctx, ln, from, end)
			if err != nil {
				return false, fmt.Errorf("cannot write to %s: %w", ln.to, err)
			}
			again, from = again || refused, end
		}
	}
	stale, err = t.lookAgain(ctx)
	return again || stale, err
}

// produce writes a part of a lane as one batch. What the broker refuses is found by halving. again is true where
// something else of the refused entry may be written already.
func (t *transaction) produce(ctx context.Context, ln *lane, from, end int) (again bool, err error) {
	records := ln.records[from:end]
	_, err = t.tx.Produce(ctx, ln.to.topic, ln.to.partition, len(records), func(id int64, epoch int16, sequence int32) ([]byte, error) {
		t.buf, err = t.encoder.Encode(t.buf[:0], records, batch.Params{Codec: ln.codec, ProducerID: id, ProducerEpoch: epoch,
			BaseSequence: sequence, Transactional: true})
		return t.buf, err
	})
	var reason transform.Reason
	switch wire.ClassOf(err) {
	case wire.ClassTooLarge:
		reason = transform.ReasonTooLarge
	case wire.ClassRefused:
		reason = transform.ReasonRefused
	default:
		return false, err
	}
	if len(records) == 1 {
		it := ln.items[from]
		it.fate, it.now = Fails, string(reason)
		return len(it.records) > 1, nil
	}
	half := (from + end) / 2
	first, err := t.produce(ctx, ln, from, half)
	if err != nil {
		return false, err
	}
	second, err := t.produce(ctx, ln, half, end)
	return first || second, err
}

// lookAgain reads what was written to compacted sinks since they were read last, up to our own records and behind them.
func (t *transaction) lookAgain(ctx context.Context) (stale bool, err error) {
	looked := map[*guard]bool{}
	for _, it := range t.items {
		for i := 0; it.fate == "" && i < len(it.records); i++ {
			for _, n := range it.records[i].names {
				g := t.guards[n.at]
				if g == nil || looked[g] {
					continue
				}
				looked[g] = true
				end, err := t.client.EndOffset(ctx, g.topic, g.partition)
				if err != nil {
					return false, err
				}
				if err := t.scan(ctx, g, end); err != nil {
					return false, err
				}
			}
		}
	}
	for _, it := range t.items {
		for i := 0; it.fate == "" && i < len(it.records); i++ {
			if o := t.judge(it.sink, it, &it.records[i]); o != "" {
				it.fate, stale = o, true
			}
		}
	}
	return stale, nil
}
