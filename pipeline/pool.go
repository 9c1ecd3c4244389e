package pipeline

import (
	"context"

	"voile/pipeline/batch"
	"voile/pipeline/wire"
)

// maxIdle is how much memory a chunk or an arena may keep when nothing is in it. A rare giant is left to the garbage
// collector.
const maxIdle = 4 << 20

// chunk gives an empty chunk with a claim for one fetch, as soon as the budget has room.
func (p *partition) chunk(ctx context.Context) (*chunk, error) {
	cl, err := p.budget.claim(ctx, int64(p.route.fetchBytes))
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
	c.set, c.buf, c.aborted = res.Records, res.Buffer, res.Aborted
	c.claim.set(int64(len(c.set)))
}

// grow notes what a batch unpacked to, and as much again for what the transform writes.
func (c *chunk) grow(b *batch.Batch) { c.claim.set(c.claim.bytes + 2*int64(b.Footprint())) }

// release lets go of a chunk; the last one to do so gives its memory back.
func (p *partition) release(c *chunk) {
	if c.refs.Add(-1) > 0 {
		return
	}
	c.claim.set(0)
	for _, b := range c.batches[:c.used] {
		b.Reset()
	}
	c.set, c.aborted, c.claim, c.used = nil, nil, nil, 0
	if c.idle() > maxIdle {
		return
	}
	p.route.chunks.Put(c)
}

// recycle gives a load's memory back, and that of the chunks that only it still held.
func (p *partition) recycle(l *load) {
	for _, c := range l.chunks {
		p.release(c)
	}
	l.reset()
	p.route.loads.Put(l)
}

// idle is the memory that an empty chunk keeps.
func (c *chunk) idle() int {
	n := cap(c.buf)
	for _, b := range c.batches {
		n += b.Footprint()
	}
	return n
}
