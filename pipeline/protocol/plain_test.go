package protocol

import "fmt"

// At least once: one partition, plain batches under the epoch of a transactional id, offsets committed by the generation.

// A plainVariant is the protocol with something left out, or, the last ones, done otherwise.
type plainVariant struct {
	noEpoch      bool // every owner has a producer id of its own
	unconfirmed  bool // after the id is taken nobody asks whether the generation still is the group's
	noGeneration bool // offsets are committed without generation and member
	ackEarly     bool // offsets are committed when a batch is sent, not when it is acknowledged
	resumeAlways bool // a process goes on behind its own acknowledged records in any later generation

	readFirst bool // the group's offset is that of the join
	resume    bool // it does so in the very next generation, as route.resume does
}

const epochs = 12 // more than any search needs

// A plain is a state. The log is told by where it ends: a record may be written behind it only if none is left out.
type plain struct {
	generation, members uint8
	committed           uint8
	epoch, last         uint8 // of the transactional id
	end                 uint8 // behind the last record in the log
	gap                 bool
	writer              writer
	writers             [epochs]writer // by epoch, where each is an id of its own

	m    [2]sender
	net  [2]message
	left faults
}

// A sender is a member. next is behind its last acknowledged record.
type sender struct {
	phase, generation, epoch uint8
	next, sequence, told     uint8
	left, leftNext, leftTold uint8 // what it knows of its last generation; left is one of the list below
}

// left is whether a member may go on behind its own records.
const (
	lately = 1 + iota // it was in the group's generation, and in no later one
	resuming
)

type plainGame struct {
	v       plainVariant
	records uint8
	faults  faults
}

func (g *plainGame) system() *system[plain] {
	return &system[plain]{first: plain{left: g.faults}, next: g.next, wrong: g.wrong,
		goal: func(s *plain) bool { return s.end == g.records }, canonical: g.canonical}
}

func (g *plainGame) wrong(s *plain) string {
	switch {
	case s.gap:
		return "a run starts behind the end of the one before it"
	case s.committed > s.end:
		return fmt.Sprintf("the group's offset is %d, and the sink ends with record %d", s.committed, int(s.end)-1)
	}
	return ""
}

// execute has the brokers do a request.
func (g *plainGame) execute(s *plain, m *message) (epoch uint8, c code) {
	switch m.kind {
	case initID:
		switch {
		case m.epoch == none:
			s.last, s.epoch = none, s.epoch+1
		case m.epoch == s.epoch:
			s.last, s.epoch = s.epoch, s.epoch+1
		case m.epoch != s.last:
			return none, fenced
		}
		return s.epoch, ok
	case produce:
		return none, g.produce(s, m)
	}
	if m.generation != none {
		c = s.heartbeat(m.generation, int(m.member))
	}
	if c == ok {
		s.committed = m.offset
	}
	return none, c
}

func (s *plain) heartbeat(generation uint8, member int) code {
	if generation != s.generation || s.members&(1<<member) == 0 {
		return expelled
	}
	return ok
}

func (g *plainGame) produce(s *plain, m *message) code {
	w := &s.writer
	if g.v.noEpoch {
		w = &s.writers[m.epoch]
		w.epoch = m.epoch
	}
	switch {
	case m.epoch < w.epoch:
		return fenced
	case m.epoch > w.epoch:
		*w = writer{epoch: m.epoch}
	}
	switch {
	case m.sequence < w.next:
		return ok
	case m.sequence > w.next:
		return invalid
	}
	w.next++
	s.gap = m.offset > s.end
	s.end = m.offset + 1
	return ok
}

func (g *plainGame) next(s *plain, emit func(to *plain, by step, calm bool)) {
	for i := range s.m {
		g.life(s, i, emit)
		g.act(s, i, emit)
	}
	g.rebalance(s, emit)
	for n := range s.net {
		if m := s.net[n]; m.kind != 0 {
			to := *s
			to.net[n] = message{}
			_, c := g.execute(&to, &m)
			emit(&to, m.step(byBrokers, "arrives late: "+c.String()), false)
		}
	}
}

func (g *plainGame) life(s *plain, i int, emit func(to *plain, by step, calm bool)) {
	m, other := &s.m[i], &s.m[1-i]
	if m.phase == down {
		to := *s
		to.m[i].phase = joining
		emit(&to, step{i, "start", -1, -1, ""}, other.phase == down)
		return
	}
	if s.left.crashes > 0 {
		to := *s
		to.left.crashes--
		to.m[i] = sender{}
		emit(&to, step{i, "crash", -1, -1, phases[m.phase]}, false)
	}
	missing := s.members&(1<<(1-i)) != 0 && other.phase == down
	if m.phase != joining && (m.generation != s.generation || other.phase == joining || missing) {
		to := *s
		g.giveUp(&to, i)
		emit(&to, step{i, "notice that the generation ends, and give up", -1, -1, phases[m.phase]}, true)
	}
}

func (g *plainGame) giveUp(s *plain, i int) {
	m := &s.m[i]
	next := sender{phase: joining}
	if g.v.resumeAlways || g.v.resume && m.generation == s.generation && m.epoch != none {
		next.left, next.leftNext, next.leftTold = lately, m.next, m.told
	}
	*m = next
}

func (g *plainGame) rebalance(s *plain, emit func(to *plain, by step, calm bool)) {
	var ready, well uint8
	for i := range s.m {
		ready |= either(s.m[i].phase == joining, 1<<i, 0)
		well |= either(s.m[i].phase != down, 1<<i, 0)
	}
	for set := ready; set > 0; set = (set - 1) & ready {
		for i := range s.m {
			if set&(1<<i) == 0 || set != well && s.left.expulsion == 0 {
				continue
			}
			to := *s
			if set != well {
				to.left.expulsion--
			}
			to.generation++
			to.members = set
			for j := range to.m {
				m := &to.m[j]
				switch {
				case set&(1<<j) != 0 && j == i:
					m.phase, m.generation, m.left = either(g.v.readFirst, reading, taking), to.generation, either(m.left > 0, resuming, 0)
				case set&(1<<j) != 0:
					*m = sender{phase: running, generation: to.generation} // without a partition
				case !g.v.resumeAlways:
					m.left, m.leftNext, m.leftTold = 0, 0, 0
				}
			}
			emit(&to, step{byBrokers, "a new generation", -1, -1, names[0][i]}, set == well)
		}
	}
}

// act is what a member may do next of itself.
func (g *plainGame) act(s *plain, i int, emit func(to *plain, by step, calm bool)) {
	switch m := &s.m[i]; m.phase {
	case taking:
		g.call(s, i, message{kind: initID}, emit)
	case retaking:
		g.call(s, i, message{kind: initID, epoch: m.epoch}, emit)
	case confirming:
		to := *s
		c := s.heartbeat(m.generation, i)
		if to.m[i].phase = either(g.v.readFirst, running, reading); c != ok {
			g.giveUp(&to, i)
		}
		emit(&to, step{i, "Heartbeat", -1, -1, c.String()}, true)
	case reading:
		to := *s
		n := &to.m[i]
		n.phase, n.next, n.told = either(g.v.readFirst, taking, running), s.committed, s.committed
		if m.left == resuming && m.leftTold <= s.committed && m.leftNext > s.committed {
			n.next = m.leftNext
		}
		n.left, n.leftNext, n.leftTold = 0, 0, 0
		emit(&to, step{i, "read the committed offset", -1, -1, ""}, true)
	case running:
		if m.epoch == none {
			return // without a partition
		}
		if m.next < g.records {
			g.call(s, i, message{kind: produce, epoch: m.epoch, sequence: m.sequence, offset: m.next}, emit)
		}
		upTo := m.next
		if g.v.ackEarly && upTo < g.records {
			upTo++
		}
		if upTo > m.told {
			out := message{kind: plainCommit, offset: upTo, generation: m.generation, member: uint8(i)}
			if g.v.noGeneration {
				out.generation, out.member = none, 0
			}
			g.call(s, i, out, emit)
		}
	}
}

// call makes a request in the three ways that it can go; without an answer it is made again, or, a batch, given up.
func (g *plainGame) call(s *plain, i int, out message, emit func(to *plain, by step, calm bool)) {
	to := *s
	epoch, c := g.execute(&to, &out)
	g.answer(&to, i, &out, epoch, c)
	emit(&to, out.step(i, c.String()), true)

	unsure := func(to *plain, how string) {
		emit(to, out.step(i, how+", to be sent again"), true)
		if out.kind == produce {
			to.m[i].phase, to.m[i].sequence = retaking, 0
			emit(to, out.step(i, how+", given up"), true)
		}
	}
	if s.left.answers > 0 {
		to := *s
		to.left.answers--
		g.execute(&to, &out)
		unsure(&to, "executed, the answer lost")
	}
	if s.left.late > 0 {
		to := *s
		to.left.late--
		for n := range to.net {
			if to.net[n].kind == 0 {
				to.net[n] = out
				break
			}
		}
		unsure(&to, "delayed")
	}
}

func (g *plainGame) answer(s *plain, i int, out *message, epoch uint8, c code) {
	m := &s.m[i]
	if c != ok {
		g.giveUp(s, i)
		return
	}
	switch out.kind {
	case initID:
		m.epoch = epoch
		m.phase = either(m.phase == taking, either(g.v.unconfirmed, reading, confirming), running)
	case produce:
		m.next++
		m.sequence++
	default:
		m.told = out.offset
	}
}

// canonical is what it is for a game's state.
func (g *plainGame) canonical(s *plain) plain {
	out := *s
	held := make([]*uint8, 0, 8)
	least := uint8(255)
	for i := range out.m {
		m := &out.m[i]
		relative(&m.generation, s.generation)
		if m.epoch != none {
			held = append(held, &m.epoch)
			least = min(least, m.epoch)
		}
	}
	for n := range out.net {
		m := &out.net[n]
		if m.kind == plainCommit && m.generation != none && m.generation != s.generation || m.kind == produce && m.epoch < s.writer.epoch {
			*m = message{} // it cannot do anything any more
		}
		relative(&m.generation, s.generation)
		if m.epoch != none {
			held = append(held, &m.epoch)
			least = min(least, m.epoch)
		}
	}
	relative(&out.generation, s.generation)
	if out.writer.epoch < least {
		out.writer = writer{}
	}
	if !g.v.noEpoch {
		renumber(append(held, &out.epoch, &out.last, &out.writer.epoch))
	}
	order(&out.net[0], &out.net[1])
	return out
}
