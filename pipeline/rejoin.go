package pipeline

import (
	"math/rand/v2"
	"sync"
	"time"
)

// A rejoining says how long a member that was put out stays as it is, without a record, before it joins its group again:
// the first time not at all, for another one has its work then; longer and longer where it is put out again and again. Each
// joining makes the whole group stand still for a moment, and whoever is put out for ever must not keep it so.
type rejoining struct {
	mu   sync.Mutex
	step time.Duration
	last time.Time // that it was put out
}

const (
	rejoinFirst  = 250 * time.Millisecond
	rejoinLast   = 10 * time.Second
	rejoinForget = time.Minute // after which it counts as the first time
)

// pause gives the wait of a member that is put out now: between half of the step and the whole of it.
func (r *rejoining) pause(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.last) > rejoinForget {
		r.step = 0
	}
	d := r.step/2 + rand.N(r.step/2+1)
	r.last, r.step = now, min(max(2*r.step, rejoinFirst), rejoinLast)
	return d
}
