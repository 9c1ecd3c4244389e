package wire

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// nodes remembers the brokers of the cluster, so that what any of them can answer is asked of one that answers, and so that
// the Transport, which knows the configured addresses alone, finds the cluster again when none of these is left.
type nodes struct {
	mu     sync.Mutex
	known  []Node
	silent map[int32]time.Time // by id, until when a node that failed to answer is passed over
	muted  map[int32]time.Time // by id, until when a node reads nothing from a connection of ours
}

// passedOver is how long a node that did not answer is not asked what others can answer as well.
const passedOver = 30 * time.Second

// learn notes what the cluster says of itself.
func (s *nodes) learn(known []Node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(known) > 0 {
		s.known = known
	}
}

// any chooses a node that has not failed lately, another one where all have, and anyNode where none is known yet.
func (s *nodes) any() int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) == 0 {
		return anyNode
	}
	now := time.Now()
	first := rand.IntN(len(s.known)) //nolint:gosec // which broker is asked first is no secret
	for i := range s.known {
		if n := s.known[(first+i)%len(s.known)]; !now.Before(s.silent[n.ID]) {
			return n.ID
		}
	}
	return s.known[first].ID
}

// heard notes that a node has answered a request, or has failed to.
func (s *nodes) heard(node int32, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case node == anyNode:
	case answered:
		delete(s.silent, node)
	case s.silent == nil:
		s.silent = map[int32]time.Time{node: time.Now().Add(passedOver)}
	default:
		s.silent[node] = time.Now().Add(passedOver)
	}
}

// suspects says whether a node has failed lately.
func (s *nodes) suspects(node int32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.silent[node])
}

// throttle notes that a node has answered by a throttle_time_ms. For that long it reads nothing more from the connection
// (KIP-219): what is sent on it meanwhile is not lost, and must not be taken for a request to a node that hangs.
func (s *nodes) throttle(node, ms int32) {
	if ms <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.muted == nil {
		s.muted = map[int32]time.Time{}
	}
	if until := time.Now().Add(time.Duration(ms) * time.Millisecond); until.After(s.muted[node]) {
		s.muted[node] = until
	}
}

// mutedFor is how long a node may not read what is sent to it.
func (s *nodes) mutedFor(node int32) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(0, time.Until(s.muted[node]))
}

// addresses gives the configured addresses, and behind them those that the cluster has besides.
func (s *nodes) addresses(configured []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(configured)
	for _, n := range s.known {
		if !slices.Contains(all, n.Address) {
			all = append(all, n.Address)
		}
	}
	return all
}
