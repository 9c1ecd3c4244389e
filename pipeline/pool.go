package pipeline

import (
	"context"
	"unsafe"

	"voile/pipeline/record"
	"voile/pipeline/wire"
)

// maxIdle is how much memory a chunk or a batch may keep when nothing is in it. A rare giant is left to the garbage
// collector.
const maxIdle = 4 << 20

// chunk gives an empty chunk with a claim for a fetch of so many bytes, as soon as the budget has room.
func (p *partition) chunk(ctx context.Context, bytes int) (*chunk, error) {
	cl, err := p.budget.claim(ctx, int64(bytes))
	if err != nil {
		return nil, err
	}
	c := p.route.chunks.Get().(*chunk)
	c.claim = cl
	c.refs.Store(1)
	return c, nil
}

// adopt takes what was fetched.
func (c *chunk) adopt(res *wire.FetchResult) {
	c.set, c.buf, c.aborted, c.end = res.Records, res.Buffer, res.Aborted, res.LastStableOffset
	c.claim.set(int64(len(c.set)))
}

// release lets go of a chunk; the last one to do so gives its memory back.
func (p *partition) release(c *chunk) {
	if c.refs.Add(-1) > 0 {
		return
	}
	c.claim.set(0)
	c.set, c.aborted, c.claim = nil, nil, nil
	if cap(c.buf) <= maxIdle {
		p.route.chunks.Put(c)
	}
}

// open gives an empty batch to decode into, whose claim is empty as well.
func (p *partition) open() *opened {
	b := p.route.batches.Get().(*opened)
	b.claim = p.budget.none()
	b.refs.Store(1)
	p.opened.Add(1)
	return b
}

// unpacked notes what a batch unpacked to, and as much again for what the transform writes.
func (b *opened) unpacked() { b.claim.set(2 * int64(b.Footprint())) }

// close lets go of a batch; the last one to do so gives its memory back.
func (p *partition) close(b *opened) {
	if b.refs.Add(-1) > 0 {
		return
	}
	b.Reset()
	p.opened.Add(-1)
	b.claim.set(0) // last: it wakes whoever looks at opened
	b.claim = nil
	if b.Footprint() <= maxIdle {
		p.route.batches.Put(b)
	}
}

// recycle gives a load's memory back, and that of the chunks and batches that only it still held.
func (p *partition) recycle(l *load) {
	for _, b := range l.opened {
		p.close(b)
	}
	for _, c := range l.chunks {
		p.release(c)
	}
	if l.reset(); l.idle() <= maxIdle {
		p.route.loads.Put(l)
	}
}

// idle is about what an empty load keeps.
func (l *load) idle() int {
	n := l.arena.Cap()
	for i := range l.lanes {
		n += cap(l.lanes[i].records) * int(unsafe.Sizeof(record.Record{}))
	}
	return n
}
