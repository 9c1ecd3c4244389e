package pipeline

import (
	"fmt"
	"sort"
	"sync"
)

// health is what /readyz asks: has every route joined its group, and does any partition stand still?
type health struct {
	mu     sync.Mutex
	joined map[string]bool
	stops  map[string]string
}

// Status is the pipeline's state at one moment.
type Status struct {
	// Joined says whether every route is a member of its consumer group.
	Joined bool
	// Waiting names the routes that are not.
	Waiting []string
	// Stopped says of each partition that stands still why, as `route topic/partition: error`. It holds no value of a record.
	Stopped []string
}

func newHealth() *health {
	return &health{joined: map[string]bool{}, stops: map[string]string{}}
}

func (h *health) setJoined(route string, joined bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.joined[route] = joined
}

func (p *partition) name() string { return fmt.Sprintf("%s %s/%d", p.route.cfg.Name, p.topic, p.id) }

func (h *health) stopped(p *partition, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stops[p.name()] = err.Error()
}

func (h *health) gone(p *partition) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.stops, p.name())
}

// halts are the partitions of a route that stand still. They stay so in later generations of this process: a rebalance
// puts nothing right, and each new start would seal or send some more.
type halts struct {
	mu sync.Mutex
	by map[string]error
}

func (h *halts) add(p *partition, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.by == nil {
		h.by = map[string]error{}
	}
	h.by[p.name()] = err
}

// of gives why p stands still, or nil.
func (h *halts) of(p *partition) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.by[p.name()]
}

func (h *health) status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Status{Joined: true}
	for route, joined := range h.joined {
		if !joined {
			s.Joined = false
			s.Waiting = append(s.Waiting, route)
		}
	}
	for name, why := range h.stops {
		s.Stopped = append(s.Stopped, name+": "+why)
	}
	sort.Strings(s.Waiting)
	sort.Strings(s.Stopped)
	return s
}
