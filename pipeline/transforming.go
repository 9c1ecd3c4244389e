package pipeline

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/batch"
	"voile/pipeline/quarantine"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// transforming is the state of a partition's second stage: chunks in, loads out.
type transforming struct {
	p       *partition
	ctx     context.Context
	out     chan<- *load
	rewrite *transform.Transformer
	arena   *transform.Arena // while a chunk is in hand
	decoder *batch.Decoder
	aborted batch.AbortedFilter
	flushed []transform.RuleStats
	filling filling

	cur   *load // nil before it gets its first record
	codec batch.Codec
	from  int64 // the first offset of cur
	next  int64 // the next source offset that is wanted
	began int64 // what next was when the chunk began
}

func (p *partition) newTransforming(ctx context.Context, out chan<- *load) *transforming {
	t := &transforming{
		p: p, ctx: ctx, out: out,
		rewrite: p.route.rules.NewTransformer(),
		decoder: batch.NewDecoder(p.route.maxUnpacked),
		next:    p.next.Load(),
	}
	t.flushed = make([]transform.RuleStats, len(t.rewrite.Stats()))
	t.from = t.next
	t.filling.growth = 1.25 // tokens are longer than what they replace
	return t
}

// load gives the load in hand: a partition that has nothing to do holds none.
func (t *transforming) load() *load {
	if t.cur == nil {
		t.cur = t.p.route.memory.loads.take()
		t.cur.codec = t.codec
	}
	return t.cur
}

// flush hands the load on, if it moves anything, were it only the offset.
func (t *transforming) flush() error {
	if t.next == t.from {
		return nil
	}
	l := t.load()
	l.next = t.next
	t.cur, t.from = nil, t.next
	select {
	case t.out <- l:
		return nil
	case <-t.ctx.Done():
		t.p.recycle(l)
		return t.ctx.Err()
	}
}

// errDamaged is of a batch nothing of which is to be believed.
var errDamaged = errors.New("the batch's checksum (CRC32C) is wrong")

// errLater leaves a damaged batch to the next fetch, which begins at it and shows what follows.
var errLater = errors.New("the next fetch begins at this batch")

// errNoWholeBatch is what a broker of today never gives: since KIP-74 the first batch of a response comes whole.
var errNoWholeBatch = errors.New("the broker's answer holds no whole batch")

// chunk takes every batch of one fetch.
func (t *transforming) chunk(c *chunk) error {
	t.arena = t.p.route.memory.arenas.take()
	t.filling.begin(len(c.set))
	defer func() {
		t.filling.end(len(c.set))
		t.p.leaveArena(t.arena)
		t.p.route.metrics.flush(t.rewrite.Stats(), t.flushed)
		t.p.route.guard.take(t.rewrite.Guard())
	}()
	t.aborted.Start(c.aborted)
	t.began = t.next
	whole := 0
	for set := c.set; ; whole++ {
		raw, rest, ok, err := batch.Next(set)
		if err != nil {
			return t.undecodable(c, set, nil, err)
		}
		if !ok {
			break
		}
		switch err := t.batch(c, raw, rest, c.intact[whole]); {
		case errors.Is(err, errLater):
			return nil
		case err != nil:
			return err
		}
		set = rest
	}
	if whole == 0 && len(c.set) > 0 {
		return t.undecodable(c, c.set, nil, errNoWholeBatch)
	}
	return nil
}

// batch takes one batch. Control batches and those of aborted transactions only move the offset.
func (t *transforming) batch(c *chunk, raw, rest []byte, intact bool) error {
	h, err := batch.ParseHeader(raw)
	if err == nil && !intact { // its header would mislead the filter, or move the offset over good records
		err = errDamaged
	}
	if err != nil {
		return t.undecodable(c, raw, rest, err)
	}
	data, err := t.aborted.Data(raw, h)
	if err != nil {
		return t.undecodable(c, raw, rest, err)
	}
	if h.NextOffset() <= t.next {
		return nil // it lies before the wanted offset
	}
	if !data {
		t.moveTo(h.NextOffset())
		return nil
	}
	if err := t.room(); err != nil {
		return err
	}
	b := t.p.open()
	defer t.p.close(b)
	if err := t.decode(raw, b); err != nil {
		return t.undecodable(c, raw, rest, err)
	}
	b.unpacked()
	if err := t.wear(h.Codec); err != nil {
		return err
	}
	t.p.route.metrics.recordsIn.Observe(float64(len(b.Records)))
	t.p.route.metrics.bytesIn.Observe(float64(len(raw)))
	for i := range b.Records {
		if r := &b.Records[i]; r.Offset >= t.next {
			if err := t.record(c, b, r); err != nil {
				return err
			}
		}
	}
	t.moveTo(h.NextOffset())
	return nil
}

// errDecodePanic keeps a batch that breaks a decompressor from ending the process again and again.
var errDecodePanic = errors.New("the decoder panicked")

// decode reads one batch whose checksum is right. The text of a panic is dropped: it could quote the batch.
func (t *transforming) decode(raw []byte, b *opened) (err error) {
	defer func() {
		if recover() != nil {
			t.decoder = batch.NewDecoder(t.p.route.maxUnpacked)
			err = errDecodePanic
		}
	}()
	return t.decoder.DecodeIntact(raw, &b.Batch)
}

// room waits until the budget holds, before a batch is opened: what a fetch unpacks to is known only then. The wait ends
// at the latest when none of the partition's batches is open, so it depends on nobody but the partition's own sink.
func (t *transforming) room() error {
	for {
		released := t.p.budget.over()
		if released == nil || t.p.opened.Load() == 0 {
			return nil
		}
		if err := t.flush(); err != nil { // it may hold what is waited for
			return err
		}
		select {
		case <-released:
		case <-t.ctx.Done():
			return t.ctx.Err()
		}
	}
}

// moveTo notes that every record before offset is in a load.
func (t *transforming) moveTo(offset int64) {
	t.next = max(t.next, offset)
}

// wear makes the load one of the codec that the sink's batch is to have.
func (t *transforming) wear(source batch.Codec) error {
	codec := source
	if !t.p.route.sourceCodec {
		codec = t.p.route.codec
	}
	if t.codec != codec && t.cur != nil {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.codec = codec
	return nil
}

// record transforms one record and adds what becomes of it to the load.
func (t *transforming) record(c *chunk, b *opened, r *record.Record) error {
	t.arena.Reset()
	verdict := t.rewrite.Transform(r, t.arena)
	size := 0
	for i := range verdict.Records {
		out := &verdict.Records[i]
		if t.p.route.cfg.SourceHeader {
			out.Headers = t.arena.SourceHeader(out.Headers, t.p.topic, t.p.id, r.Offset)
		}
		size += batch.SizeOf(out)
	}
	if l := t.cur; l != nil && !l.empty() && (l.size+size > t.filling.limit || len(l.marks) >= maxMarks) {
		if err := t.flush(); err != nil {
			return err
		}
	}
	l := t.load()
	l.keep(c, b)
	setAside := verdict.Reason != ""
	switch {
	case setAside:
		t.setAside(r, verdict)
	case len(verdict.Records) == 0:
		l.dropped++
	default:
		if err := t.add(l, verdict.Records, r); err != nil {
			return err
		}
	}
	t.moveTo(r.Offset + 1)
	if t.p.window.judge(r.Offset, setAside) {
		return t.p.tooMany(r.Offset, verdict.Reason)
	}
	return nil
}

// add adds what a record became to the load.
func (t *transforming) add(l *load, records []record.Record, source *record.Record) error {
	l.expect(t.filling.room)
	before := l.size
	for i := range records {
		if err := l.add(t.p.route.destination(&records[i], t.p.id), &records[i], source); err != nil {
			return t.p.stopped(source.Offset, "a record cannot be encoded", reportBug, err)
		}
	}
	l.passed++
	t.filling.loaded += l.size - before
	return nil
}

// leave gives back what a load that is not handed on holds.
func (t *transforming) leave() {
	if t.cur != nil {
		t.p.recycle(t.cur)
		t.cur = nil
	}
}

// tooMany is why the partition stops at the quarantine limit.
func (p *partition) tooMany(offset int64, last transform.Reason) error {
	limit := p.route.cfg.QuarantineLimit
	return p.stopped(offset,
		fmt.Sprintf("more than %.4g %% of the last %d records were set aside, the last one for %s", limit.Share*100, limit.Over, last),
		"look at voile_quarantined_total by reason and at the rules of the route; if the stream really is like this, raise quarantine_limit", nil)
}

func (t *transforming) setAside(r *record.Record, v transform.Verdict) {
	t.cur.setAside(t.p.entry(r, v.Reason, v.Where))
	if v.Reason == transform.ReasonPanic {
		t.p.log.Error("the transform panicked; the record is in the quarantine", zap.Int64("offset", r.Offset), zap.String("where", v.Where))
	}
}

// entry is what is sealed of a source record.
func (p *partition) entry(r *record.Record, reason transform.Reason, where string) quarantine.Entry {
	return quarantine.Entry{
		Route: p.route.cfg.Name, Topic: p.topic, Partition: int32(p.id), Offset: r.Offset, //nolint:gosec // Kafka counts partitions in 32 bits
		Time: p.route.now(), Reason: string(reason), Where: where, Record: r,
	}
}

// undecodable seals a batch that cannot be read, if the route says so and the next batch can be found; else it stops.
func (t *transforming) undecodable(c *chunk, raw, rest []byte, cause error) error {
	seals := t.p.route.cfg.OnUndecodable == config.UndecodableSeal
	next, found := behind(raw, rest, c.end)
	switch {
	case found && next <= t.next: // dealt with: a broker that looks offsets up by the damaged header gives it again
		return nil
	case seals && rest != nil && t.next > t.began && !batch.Intact(raw) && !leads(rest):
		return errLater
	case !seals || !found:
		return t.p.stopped(t.next, "a batch cannot be decoded", undecodableHint(found, cause), cause)
	}
	t.p.log.Error("a batch cannot be decoded; it is sealed raw in the quarantine", zap.Int64("offset", t.next), zap.Int64("next_offset", next), zap.Error(cause))
	t.load().keep(c, nil)
	e := t.p.entry(&record.Record{Offset: t.next}, transform.ReasonUndecodable, "")
	e.Record, e.Batch = nil, raw
	t.cur.setAside(e)
	t.moveTo(next)
	if t.p.window.judge(next-1, true) {
		return t.p.tooMany(next-1, transform.ReasonUndecodable)
	}
	if len(c.aborted) > 0 {
		return errMarker
	}
	return nil
}

// leads says whether a set has a batch behind which fetching would go on.
func leads(set []byte) bool {
	next, _ := endOf(set, -1, nil)
	return next >= 0
}

// undecodableHint says what to do about a batch that stops its partition.
func undecodableHint(found bool, cause error) string {
	const seal = "`on_undecodable: quarantine` on the route seals the raw batch and goes on behind it"
	switch {
	case !found:
		return "where the next batch begins cannot be told from it: move the group's offset behind it by hand (kafka-consumer-groups --reset-offsets)"
	case errors.Is(cause, batch.ErrTooLarge):
		return "raise limits.partition_bytes, which bounds what one batch may unpack to. " + seal
	}
	return "the batch is damaged at the broker, or of a format that voile does not read. " + seal
}

// behind finds the offset behind a batch that cannot be decoded. Its header says so, if the CRC is right. A damaged
// header says anything, and believing it could skip good records unseen: then only where the next batch begins counts, or
// the end of the partition, if that is what the header says.
func behind(raw, rest []byte, end int64) (offset int64, found bool) {
	if rest == nil {
		return 0, false
	}
	// ParseHeader gives the header along with an error about what is in it, such as an unknown codec.
	h, _ := batch.ParseHeader(raw)
	if batch.Intact(raw) {
		return h.NextOffset(), true
	}
	if following, _, ok, err := batch.Next(rest); err == nil && ok && batch.Intact(following) {
		f, err := batch.ParseHeader(following)
		return f.BaseOffset, err == nil && f.BaseOffset > h.BaseOffset
	}
	return end, h.NextOffset() == end
}
