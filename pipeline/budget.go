package pipeline

import (
	"context"
	"slices"
	"sync"
)

// A budget bounds the bytes of records that are in memory: fetched and not yet acknowledged. Whoever wants to fetch
// waits until there is room, so back pressure reaches the broker.
//
// A claim that is made already may grow without waiting: a compressed batch tells its size only once it is open, and to
// wait then, holding what others wait for, could stop everybody for good. So the bound may be passed by one open batch
// of each partition, and nothing new is fetched or opened (transforming.room) until it holds again. Only a quiet partition
// fetches without a claim, because it expects nothing; what comes all the same, one batch at most, waits for room before it goes on.
//
// Who waits is served in order. Else whoever gives room back and asks again at once, as a busy partition does with
// every fetch, would keep out all others for good.
//
// Two budgets stand in line: the partition's own, so that one busy partition cannot starve the others, and that of the
// whole process.
type budget struct {
	max  int64
	next *budget // the process's, or nil

	mu    sync.Mutex
	used  int64
	queue []*waiter
	room  chan struct{} // closed when something was released
}

// A waiter wants n bytes.
type waiter struct {
	n    int64
	turn chan struct{} // closed when it has them
}

func newBudget(bytes int64, next *budget) *budget {
	return &budget{max: bytes, next: next, room: make(chan struct{})}
}

// claim waits until n bytes fit, here and in the budget behind. An idle budget lets any n pass: what is larger than the
// whole must still get through, alone. The claim is to be set to 0 once. The error is the context's.
func (b *budget) claim(ctx context.Context, n int64) (*claim, error) {
	if err := b.wait(ctx, n); err != nil {
		return nil, err
	}
	if b.next != nil {
		if err := b.next.wait(ctx, n); err != nil {
			b.add(-n)
			return nil, err
		}
	}
	return &claim{of: b, bytes: n}, nil
}

// none gives a claim of nothing, to be set.
func (b *budget) none() *claim { return &claim{of: b} }

// over gives nil where the bound holds, here and in the budget behind; else a channel that is closed when something is
// released.
func (b *budget) over() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.used > b.max:
		return b.room
	case b.next != nil:
		return b.next.over()
	}
	return nil
}

// A claim is a held part of a budget. It belongs to one goroutine at a time.
type claim struct {
	of    *budget
	bytes int64
}

// set makes the claim n bytes, more or less than it was, without waiting. 0 gives all of it back.
func (c *claim) set(n int64) {
	d := n - c.bytes
	c.bytes = n
	for b := c.of; b != nil && d != 0; b = b.next {
		b.add(d)
	}
}

func (b *budget) wait(ctx context.Context, n int64) error {
	w := &waiter{n: n, turn: make(chan struct{})}
	b.mu.Lock()
	b.queue = append(b.queue, w)
	b.serve()
	b.mu.Unlock()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	i := slices.Index(b.queue, w)
	if i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		b.serve() // who stood behind it may fit
	}
	b.mu.Unlock()
	if i < 0 { // its turn came at the same time
		b.add(-n)
	}
	return ctx.Err()
}

// serve gives the room that is there to those who wait, in order. The caller holds mu.
func (b *budget) serve() {
	for len(b.queue) > 0 && (b.used == 0 || b.used+b.queue[0].n <= b.max) {
		b.used += b.queue[0].n
		close(b.queue[0].turn)
		b.queue = slices.Delete(b.queue, 0, 1)
	}
}

// add changes what is used, without waiting.
func (b *budget) add(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used += n
	if n < 0 {
		close(b.room)
		b.room = make(chan struct{})
		b.serve()
	}
}
