package pipeline

import (
	"context"
	"time"
	"unsafe"

	"voile/pipeline/batch"
	"voile/pipeline/record"
	"voile/pipeline/transform"
	"voile/pipeline/wire"
)

// maxIdle is how much memory a chunk, a batch, a load or a buffer may keep when nothing is in it. A rare giant is left to
// the garbage collector.
const maxIdle = 4 << 20

// A memory is what the partitions of a route use in turn.
type memory struct {
	chunks   shelf[*chunk]
	small    shelf[*chunk] // for fetches that nothing is expected of
	batches  shelf[*opened]
	loads    shelf[*load]
	encoders shelf[*batch.Encoder]   // a compressor holds megabytes, and a partition needs one only while it encodes
	encoded  shelf[[]byte]           // batches made of records once more, and of sealed ones, until they are acknowledged
	arenas   shelf[*transform.Arena] // what a record becomes, until it is in its load
}

func newMemory(lanes int) *memory {
	newChunk := func() *chunk { return new(chunk) }
	return &memory{
		chunks:   shelf[*chunk]{new: newChunk},
		small:    shelf[*chunk]{new: newChunk},
		batches:  shelf[*opened]{new: func() *opened { return new(opened) }},
		loads:    shelf[*load]{new: func() *load { return &load{lanes: make([]lane, lanes)} }},
		encoders: shelf[*batch.Encoder]{new: func() *batch.Encoder { return new(batch.Encoder) }},
		encoded:  shelf[[]byte]{new: func() []byte { return nil }},
		arenas:   shelf[*transform.Arena]{new: func() *transform.Arena { return new(transform.Arena) }},
	}
}

// sweep gives back what nobody has needed since the last sweep.
func (m *memory) sweep() {
	m.chunks.sweep()
	m.small.sweep()
	m.batches.sweep()
	m.loads.sweep()
	m.encoders.sweep()
	m.encoded.sweep()
	m.arenas.sweep()
}

// sweepUntil sweeps now and then, and gives all back that is idle when done is closed.
func (m *memory) sweepUntil(done <-chan struct{}) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.sweep()
		case <-done:
			m.sweep() // from here on nobody needs any
			m.sweep()
			return
		}
	}
}

// sweepEvery is long beside the time that a load takes, and short beside the pauses of a stream.
const sweepEvery = time.Second

// held is how many times the bytes of a record are in memory between fetch and acknowledgement: as they came, and as they
// will be sent.
const held = 2

// chunk gives an empty chunk for a fetch of so many bytes, with a claim for it as soon as the budget has room. Where nothing is
// expected it has none: thousands of quiet partitions must not take the room of the busy ones.
func (p *partition) chunk(ctx context.Context, bytes int) (*chunk, error) {
	var c *chunk
	if bytes <= minFetch {
		c = p.route.memory.small.take()
		c.small = true
	} else {
		cl, err := p.budget.claim(ctx, held*int64(bytes))
		if err != nil {
			return nil, err
		}
		c = p.route.memory.chunks.take()
		c.claim = cl
	}
	c.refs.Store(1)
	return c, nil
}

// adopt takes what was fetched. Where it came unexpectedly it waits for room first, for no more than another fetch does: a batch
// that is larger than all there is would wait until nobody holds anything, and everybody behind it.
func (p *partition) adopt(ctx context.Context, c *chunk, res *wire.FetchResult) error {
	c.set, c.buf, c.aborted, c.end = res.Records, res.Buffer, res.Aborted, res.LastStableOffset
	n := held * int64(len(c.set))
	if c.claim != nil {
		c.claim.set(n)
		return nil
	}
	if n == 0 {
		return nil
	}
	cl, err := p.budget.claim(ctx, min(n, held*int64(p.route.fetchBytes)))
	if err != nil {
		return err
	}
	c.claim = cl
	cl.set(n)
	return nil
}

// release lets go of a chunk; the last one to do so gives its memory back.
func (p *partition) release(c *chunk) {
	if c.refs.Add(-1) > 0 {
		return
	}
	if c.claim != nil {
		c.claim.set(0)
	}
	c.set, c.aborted, c.claim = nil, nil, nil
	switch {
	case c.small && cap(c.buf) <= 4*minFetch:
		p.route.memory.small.put(c)
	case cap(c.buf) <= maxIdle:
		c.small = false
		p.route.memory.chunks.put(c)
	}
}

// open gives an empty batch to decode into, whose claim is empty as well.
func (p *partition) open() *opened {
	b := p.route.memory.batches.take()
	b.claim = p.budget.none()
	b.refs.Store(1)
	p.opened.Add(1)
	return b
}

// unpacked notes what a batch unpacked to, and as much again for what is made of it; one byte at least, because to give it back
// wakes who waits in room.
func (b *opened) unpacked() { b.claim.set(1 + held*int64(b.Unpacked())) }

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
		p.route.memory.batches.put(b)
	}
}

// leaveArena gives an arena back.
func (p *partition) leaveArena(a *transform.Arena) {
	if a.Reset(); a.Cap() <= maxIdle {
		p.route.memory.arenas.put(a)
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
		p.route.memory.loads.put(l)
	}
}

// idle is about what an empty load keeps.
func (l *load) idle() int {
	n := 0
	for i := range l.lanes {
		n += l.lanes[i].batch.Cap() + cap(l.lanes[i].sources)*int(unsafe.Sizeof((*record.Record)(nil)))
	}
	return n
}
