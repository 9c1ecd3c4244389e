package protocol

import (
	"fmt"
	"math/bits"
)

// A variant is the protocol with something left out.
type variant struct {
	joinOffset     bool // the offset is the one of the join, read before the ids are taken
	unstableRead   bool // offsets are read without RequireStable
	unconfirmed    bool // after the ids are taken nobody asks whether the generation still is the group's
	ownIDOnly      bool // of the assigned partitions' ids only the unit's own is taken
	noGeneration   bool // offsets are sent without generation and member
	ignoreExpelled bool // a refused TxnOffsetCommit is passed over
	endEarly       bool // the transaction is ended before what was under way at its close is written
	noAbort        bool // after an error the offsets are read again, and the transaction goes on
	abortOnly      bool // after an abort no new epoch is taken
	keepEpoch      bool // after a commit in doubt no new epoch is taken
	retakeAlways   bool // fenced or not, the id is taken anew without a condition
	unverified     bool // not the protocol: brokers before Kafka 3.7
}

// faults are how many of each may still happen.
type faults struct {
	crashes   uint8
	answers   uint8 // lost
	late      uint8 // requests that are delayed, and delivered at any time or never
	expulsion uint8 // rebalances without a member that is well: it was silent for longer than the session
	timeouts  uint8 // of open transactions
}

type state struct {
	b     broker
	m     [most]member
	net   [2]message // delayed, in order, so that equal sets are equal
	left  faults
	taken [partitions]uint8 // member+1 that took the id in the generation, where intrusions are counted
	intru uint8
}

// A game is a scope of the search: a variant, and bounds.
type game struct {
	v       variant
	members int
	records [partitions]uint8 // of the source
	faults  faults
	// patient lets the brokers abort a transaction that nobody goes on with, which takes them the time-out of it; else it
	// must not be needed.
	patient bool
	// switches lets a member go on under another of its ids where the one that it has does not become free.
	switches bool
	// intrusions counts how often a member of a generation that ended takes an id from an owner in the group's
	// generation, up to this many.
	intrusions uint8
}

type emitter = func(to *state, by step, calm bool)

func (g *game) system() *system[state] {
	first := state{left: g.faults}
	first.b.unverified = g.v.unverified
	return &system[state]{first: first, next: g.next, wrong: g.wrong, goal: g.done, canonical: g.canonical}
}

// next is everything that can happen.
func (g *game) next(s *state, emit emitter) {
	for i := range g.members {
		g.life(s, i, emit)
		g.act(s, i, emit)
	}
	g.rebalance(s, emit)
	for id := range uint8(partitions) {
		t := &s.b.ids[id]
		for part := range uint8(offsets + 1) {
			if t.deciding() && t.parts&(1<<part) != 0 {
				to := *s
				to.b.mark(id, part)
				emit(&to, marker(id, part), true)
			}
		}
		if t.state != ongoing {
			continue
		}
		if forsaken := g.patient && g.forsaken(s, id); forsaken || s.left.timeouts > 0 {
			to := *s
			if !forsaken {
				to.left.timeouts--
			}
			to.b.ids[id].expire()
			emit(&to, step{byBrokers, "the transaction times out", int(id), -1, ""}, forsaken)
		}
	}
	for n := range s.net {
		if m := s.net[n]; m.kind != 0 {
			to := *s
			to.net[n] = message{}
			if m.kind == initID {
				g.intrude(&to, int(m.member), &m)
			}
			_, c := to.b.execute(&m)
			emit(&to, m.step(byBrokers, "arrives late: "+c.String()), false)
		}
	}
}

func marker(id, part uint8) step {
	if part == offsets {
		return step{byBrokers, "a marker to the group's offsets", int(id), -1, ""}
	}
	return step{byBrokers, "a marker", int(id), int(part), ""}
}

// forsaken says that an open transaction has no owner that may commit it.
func (g *game) forsaken(s *state, id uint8) bool {
	for i := range g.members {
		m := &s.m[i]
		if m.epochs[id] == s.b.ids[id].epoch && m.generation == s.b.generation {
			return false
		}
	}
	return true
}

// life is a member's start, crash, and leaving of a generation that ended.
func (g *game) life(s *state, i int, emit emitter) {
	m := &s.m[i]
	if m.phase == down {
		alone := true
		for j := range g.members {
			alone = alone && !s.m[j].up()
		}
		to := *s
		to.m[i].phase = joining
		emit(&to, step{i, "start", -1, -1, ""}, alone)
		return
	}
	if s.left.crashes > 0 {
		to := *s
		to.left.crashes--
		to.m[i] = member{}
		emit(&to, step{i, "crash", -1, -1, phases[m.phase]}, false)
	}
	if m.phase != joining && (m.generation != s.b.generation || g.unrest(s)) {
		to := *s
		to.m[i] = member{phase: joining}
		emit(&to, step{i, "notice that the generation ends, and give up", -1, -1, phases[m.phase]}, true)
	}
}

// unrest says whether the group has a reason to rebalance: a member that joins, or one that is missing.
func (g *game) unrest(s *state) bool {
	for j := range g.members {
		in := s.b.members&(1<<j) != 0
		if s.m[j].phase == joining || in && s.m[j].phase == down {
			return true
		}
	}
	return false
}

// rebalance makes a new generation of members that have given up theirs, and shares the partitions out in all ways. One
// that is up and not among them is expelled, and does not know.
func (g *game) rebalance(s *state, emit emitter) {
	var ready, well uint8
	for i := range g.members {
		if s.m[i].phase == joining {
			ready |= 1 << i
		}
		if s.m[i].up() {
			well |= 1 << i
		}
	}
	for set := ready; set > 0; set = (set - 1) & ready {
		if set != well && s.left.expulsion == 0 {
			continue
		}
		g.share(set, func(owner [partitions]int) {
			to := *s
			if set != well {
				to.left.expulsion--
			}
			to.b.generation++
			to.b.members, to.taken = set, [partitions]uint8{}
			for i := range g.members {
				if set&(1<<i) != 0 {
					to.m[i] = member{} // set below; one without a partition has nothing to do
					to.m[i].phase, to.m[i].generation = running, to.b.generation
				}
			}
			who := ""
			for x, i := range owner {
				m := &to.m[i]
				m.phase = taking
				m.assigned |= 1 << x
				m.under = uint8(bits.TrailingZeros8(m.assigned)) // the lowest
				if g.v.joinOffset {
					m.next[x] = s.b.committed[x]
				}
				who += names[x][i]
			}
			emit(&to, step{byBrokers, "a new generation", -1, -1, who}, set == well)
		})
	}
}

// names tells who has which partition, for a trace.
var names = [partitions][most]string{{"p to A ", "p to B ", "p to C "}, {"q to A", "q to B", "q to C"}}

// share goes through all ways to give each partition to one of a set of members.
func (g *game) share(set uint8, each func(owner [partitions]int)) {
	for a := set; a > 0; a &= a - 1 {
		for b := set; b > 0; b &= b - 1 {
			each([partitions]int{bits.TrailingZeros8(a), bits.TrailingZeros8(b)})
		}
	}
}

// intrude counts a request that takes an id from its rightful owner.
func (g *game) intrude(s *state, i int, m *message) {
	if g.intrusions == 0 || m.kind != initID || s.b.ids[m.id].deciding() {
		return
	}
	t := s.b.ids[m.id]
	if s.m[i].generation == s.b.generation {
		if t.state != ongoing && (m.epoch == none || m.epoch == t.epoch) {
			s.taken[m.id] = uint8(i + 1)
		}
		return
	}
	if s.taken[m.id] > 0 && (t.state == ongoing || m.epoch == none || m.epoch == t.epoch) {
		s.taken[m.id] = 0 // counted once, until the owner has taken it back
		s.intru = min(s.intru+1, g.intrusions)
	}
}

// late puts a message into the network.
func (s *state) late(m message) {
	for n := range s.net {
		if s.net[n].kind == 0 {
			s.net[n] = m
			return
		}
	}
	panic("more delayed messages than the model has room for")
}

// wrong judges a state.
func (g *game) wrong(s *state) string {
	switch s.b.wrong {
	case doubled:
		return "a record is in the sink twice"
	case lost:
		return "a record is missing in the sink, or behind a later one"
	}
	for x := range partitions {
		if end := s.b.sinks[x].visible; s.b.settled(x) && s.b.committed[x] != end {
			return fmt.Sprintf("the group's offset of %c is %d, and the sink has %d records", 'p'+x, s.b.committed[x], end)
		}
	}
	if g.intrusions > 0 && s.intru == g.intrusions {
		return fmt.Sprintf("members of generations that ended took ids from their owners %d times", s.intru)
	}
	return ""
}

// done says that all records are in the sink.
func (g *game) done(s *state) bool {
	for x := range partitions {
		if !s.b.settled(x) || s.b.sinks[x].visible != g.records[x] {
			return false
		}
	}
	return true
}
