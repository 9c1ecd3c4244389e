package pipeline

import "sync"

// A shelf keeps memory that is used again: buffers of up to megabytes that one stage after the other fills. In a sync.Pool
// they would not last: every second collection of garbage empties a pool, so that megabytes would be allocated, cleared and
// grown again instead. A shelf lets go of nothing by itself; sweep does, of what nobody has needed for a while.
type shelf[T any] struct {
	new func() T

	mu    sync.Mutex
	idle  []T
	least int // how few of them there were at one time since the last sweep: so many nobody needed
}

// take gives what was put last, which is the likeliest to be in the processor's cache, or something new.
func (s *shelf[T]) take() T {
	s.mu.Lock()
	n := len(s.idle) - 1
	if n < 0 {
		s.mu.Unlock()
		return s.new()
	}
	x := s.idle[n]
	var none T
	s.idle[n] = none
	s.idle = s.idle[:n]
	s.least = min(s.least, n)
	s.mu.Unlock()
	return x
}

func (s *shelf[T]) put(x T) {
	s.mu.Lock()
	s.idle = append(s.idle, x)
	s.mu.Unlock()
}

// sweep leaves to the garbage collector what has been idle since the last sweep.
func (s *shelf[T]) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none T
	kept := copy(s.idle, s.idle[s.least:]) // those at the bottom were idle the longest
	for i := kept; i < len(s.idle); i++ {
		s.idle[i] = none
	}
	s.idle = s.idle[:kept]
	s.least = kept
}
