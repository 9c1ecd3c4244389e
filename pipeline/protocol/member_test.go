package protocol

import (
	"fmt"
	"math/bits"
)

// The members, as voile is to be: doc.go tells the steps.

// The phases of a member.
const (
	down       uint8 = iota
	joining          // it has nothing
	taking           // the transactional ids, one after the other
	confirming       // that the generation still is the group's: Heartbeat
	reading          // the committed offsets
	running          // a transaction is open or not
	closing          // nothing is begun any more; AddOffsetsToTxn
	sending          // TxnOffsetCommit
	finishing        // what was under way at the close is written
	ending           // EndTxn
	undoing          // EndTxn, to abort
	retaking         // InitProducerID by its own epoch, behind an abort; then reading
	renewing         // the same behind a commit; then running
)

var phases = [...]string{"down", "joining", "taking", "confirming", "reading", "running", "closing", "sending", "finishing", "ending", "undoing", "retaking", "renewing"}

// A member is one process. What it does not use in its phase is zero.
type member struct {
	phase      uint8
	generation uint8
	assigned   uint8 // bits
	taken      uint8 // bits, in taking
	under      uint8 // the transactional id that it writes under
	epochs     [partitions]uint8
	stale      uint8 // bits: ids that have to be taken anew before they are used
	next       [partitions]uint8
	sequence   [partitions]uint8
	added      uint8 // bits: partitions of the open transaction, that of the group's offsets among them
	wrote      uint8 // bits: partitions with records in it
	ahead      uint8 // bits: partitions with a record that was under way at the close, and is not written yet
	unanswered uint8 // bits: a batch was sent and is to be sent again
	doubtful   bool  // a request to a coordinator was sent again: its first copy may still arrive
}

// epoch is that of the id that it writes under.
func (m *member) epoch() uint8 { return m.epochs[m.under] }

func (m *member) up() bool { return m.phase != down }

// The kinds of requests that may be delayed.
const (
	initID uint8 = 1 + iota
	addPart
	produce
	commitOffsets
	endCommit
	endAbort
	plainCommit
)

var kinds = [...]string{"", "InitProducerID", "AddPartitionsToTxn", "Produce", "TxnOffsetCommit", "EndTxn commit", "EndTxn abort", "OffsetCommit"}

// A message is a request.
type message struct {
	kind, id, epoch    uint8
	part               uint8
	sequence, offset   uint8
	generation, member uint8
	offsets            [partitions]uint8 // +1; 0 not among them
}

// step is who sends a message, for a trace.
func (m *message) step(who int, how string) step {
	part := -1
	if m.kind == produce || m.kind == addPart && m.part != offsets {
		part = int(m.part)
	}
	return step{who, m.name(), int(m.id), part, how}
}

func (m *message) name() string {
	if m.kind == addPart && m.part == offsets {
		return "AddOffsetsToTxn"
	}
	return kinds[m.kind]
}

// execute has the brokers do a request.
func (b *broker) execute(m *message) (epoch uint8, c code) {
	switch m.kind {
	case initID:
		return b.initProducerID(m.id, m.epoch)
	case addPart:
		return none, b.add(m.id, m.epoch, m.part)
	case produce:
		return none, b.produce(m)
	case commitOffsets:
		return none, b.commit(m)
	}
	return none, b.end(m.id, m.epoch, m.kind == endCommit)
}

// spent says that a message cannot do anything any more whenever it arrives, so that it is forgotten.
func (b *broker) spent(m *message) bool {
	switch m.kind {
	case addPart, endCommit, endAbort:
		return m.epoch < b.ids[m.id].epoch
	case produce:
		return m.epoch < b.sinks[m.part].writers[m.id].epoch
	case commitOffsets:
		return m.epoch < b.ids[m.id].offsetsEpoch || m.generation != none && m.generation != b.generation
	}
	return false
}

// act is what a member may do next of itself, in the calm and with faults in the network.
func (g *game) act(s *state, i int, emit emitter) {
	m := &s.m[i]
	switch m.phase {
	case taking:
		want := m.assigned
		if g.v.ownIDOnly {
			want = 1 << m.under
		}
		g.call(s, i, message{kind: initID, id: uint8(bits.TrailingZeros8(want &^ m.taken))}, emit)
	case confirming:
		to := *s
		c := s.b.heartbeat(m.generation, i)
		if to.m[i].phase = reading; c != ok {
			to.m[i] = member{phase: joining}
		}
		emit(&to, step{i, "Heartbeat", -1, -1, c.String()}, true)
	case reading:
		g.read(s, i, emit)
	case running:
		g.write(s, i, m.assigned, emit)
		if m.wrote != 0 && m.added&(1<<offsets) == 0 {
			g.call(s, i, message{kind: addPart, id: m.under, epoch: m.epoch(), part: offsets}, emit)
		}
		g.close(s, i, emit)
	case finishing:
		g.write(s, i, m.ahead, emit)
	case closing:
		g.call(s, i, message{kind: addPart, id: m.under, epoch: m.epoch(), part: offsets}, emit)
	case sending:
		out := message{kind: commitOffsets, id: m.under, epoch: m.epoch(), generation: m.generation, member: uint8(i)}
		if g.v.noGeneration {
			out.generation, out.member = none, 0
		}
		for x := range partitions {
			if bit := uint8(1 << x); (m.wrote|m.ahead)&bit != 0 {
				out.offsets[x] = m.next[x] + 1 + either(m.ahead&bit != 0, 1, 0)
			}
		}
		g.call(s, i, out, emit)
	case ending:
		g.call(s, i, message{kind: endCommit, id: m.under, epoch: m.epoch()}, emit)
	case undoing:
		g.call(s, i, message{kind: endAbort, id: m.under, epoch: m.epoch()}, emit)
	case retaking, renewing:
		if other := m.assigned &^ (1 << m.under); g.switches && m.phase == retaking && other != 0 {
			to := *s
			to.m[i].change(uint8(bits.TrailingZeros8(other)))
			emit(&to, step{i, "go on under another id", int(to.m[i].under), -1, ""}, true)
		}
		out := message{kind: initID, id: m.under, epoch: m.epoch()}
		if g.v.retakeAlways {
			out.epoch = none
		}
		g.call(s, i, out, emit)
	}
}

// write writes the next record of a partition in set.
func (g *game) write(s *state, i int, set uint8, emit emitter) {
	m := &s.m[i]
	for x := range uint8(partitions) {
		if set&(1<<x) == 0 || m.next[x] == g.records[x] {
			continue
		}
		if m.added&(1<<x) == 0 {
			g.call(s, i, message{kind: addPart, id: m.under, epoch: m.epoch(), part: x}, emit)
			continue
		}
		g.call(s, i, message{kind: produce, id: m.under, epoch: m.epoch(), part: x, sequence: m.sequence[x], offset: m.next[x]}, emit)
	}
}

// close begins no record any more. Those under way, the next ones of any partitions, are still to be written: that their
// requests are sent after those for the offsets stands for all ways in which they may pass each other.
func (g *game) close(s *state, i int, emit emitter) {
	m := &s.m[i]
	for ahead := range uint8(1 << partitions) {
		if m.wrote|ahead == 0 || m.unanswered&^ahead != 0 || ahead&^m.assigned != 0 {
			continue
		}
		left := true
		for x := range partitions {
			left = left && (ahead&(1<<x) == 0 || m.next[x] < g.records[x])
		}
		if !left {
			continue
		}
		to := *s
		to.m[i].phase, to.m[i].ahead = closing, ahead
		if m.added&(1<<offsets) != 0 {
			to.m[i].phase = sending
		}
		emit(&to, step{i, "close the transaction", -1, -1, fmt.Sprintf("%d records under way", bits.OnesCount8(ahead))}, true)
	}
}

// read takes the committed offsets as the places to go on from.
func (g *game) read(s *state, i int, emit emitter) {
	to := *s
	m := &to.m[i]
	next, c := s.b.fetch(m.assigned, !g.v.unstableRead)
	if c != ok {
		return // and asks again
	}
	for x := range partitions {
		m.next[x] = none
		if m.assigned&(1<<x) != 0 {
			m.next[x] = next[x]
		}
	}
	m.phase = running
	emit(&to, step{i, "read the committed offsets", -1, -1, ""}, true)
}

// call makes a request in the three ways that it can go. When it is sent says nothing that its execution does not: the
// member waits meanwhile.
func (g *game) call(s *state, i int, out message, emit emitter) {
	to := *s
	g.intrude(&to, i, &out)
	epoch, c := to.b.execute(&out)
	if c == concurrent || c == unstable {
		emit(&to, out.step(i, c.String()), true) // and the same again
	} else {
		g.answer(&to.m[i], &out, epoch, c)
		emit(&to, out.step(i, c.String()), true)
	}

	if s.left.answers > 0 {
		to := *s
		to.left.answers--
		g.intrude(&to, i, &out)
		to.b.execute(&out)
		g.unsure(&to, i, &out, out.step(i, "executed, the answer lost"), emit)
	}
	if s.left.late > 0 {
		to := *s
		to.left.late--
		to.late(out)
		g.unsure(&to, i, &out, out.step(i, "delayed"), emit)
	}
}

// unsure is what a member does that has no answer: the same again, or, where it gives up, the abort.
func (g *game) unsure(s *state, i int, out *message, by step, emit emitter) {
	again := *s
	m := &again.m[i]
	switch {
	case out.kind == produce:
		m.unanswered |= 1 << out.part
	case m.phase >= running && m.phase <= ending:
		m.doubtful = !g.v.keepEpoch
	}
	by.how += ", to be sent again"
	emit(&again, by, true)
	if m.phase >= running && m.phase <= ending {
		g.fail(&s.m[i])
		by.how = by.how[:len(by.how)-len("to be sent again")] + "given up"
		emit(s, by, true)
	}
}

// fail is what follows an error in a transaction.
func (g *game) fail(m *member) {
	next := undoing
	switch {
	case g.v.noAbort:
		next = reading
	case g.v.retakeAlways:
		next = retaking
	}
	*m = member{phase: next, generation: m.generation, assigned: m.assigned, under: m.under, epochs: m.epochs, stale: m.stale, sequence: m.sequence}
	if next != reading {
		m.sequence = [partitions]uint8{}
	}
}

// answer is what a member makes of an answer.
func (g *game) answer(m *member, out *message, epoch uint8, c code) {
	switch {
	case c == fenced && g.v.retakeAlways && m.phase >= running:
		g.fail(m)
		return
	case c == expelled && g.v.ignoreExpelled: // as if it were well
	case c == fenced || c == expelled:
		*m = member{phase: joining}
		return
	case c == invalid && m.phase != undoing: // there it says that nothing is open
		g.fail(m)
		return
	}
	switch m.phase {
	case taking:
		m.taken |= 1 << out.id
		if out.id == m.under || g.switches {
			m.epochs[out.id] = epoch
		}
		switch {
		case m.taken != m.assigned && !g.v.ownIDOnly:
		case g.v.joinOffset:
			m.phase, m.taken = running, 0
		case g.v.unconfirmed:
			m.phase, m.taken = reading, 0
		default:
			m.phase, m.taken = confirming, 0
		}
	case running, finishing:
		if out.kind == addPart {
			m.added |= 1 << out.part
			return
		}
		m.unanswered &^= 1 << out.part
		m.wrote |= 1 << out.part
		m.ahead &^= 1 << out.part
		m.next[out.part]++
		m.sequence[out.part]++
		if m.phase == finishing && m.ahead == 0 {
			m.phase = ending
		}
	case closing:
		m.phase = sending
	case sending:
		if m.phase = finishing; m.ahead == 0 || g.v.endEarly {
			m.phase = ending
		}
	case ending:
		m.added, m.wrote, m.ahead = 0, 0, 0
		if m.phase = running; m.doubtful {
			m.phase, m.doubtful, m.sequence = renewing, false, [partitions]uint8{}
		}
	case undoing:
		if m.phase = retaking; g.v.abortOnly {
			m.phase = reading
		}
	case retaking:
		m.phase, m.epochs[m.under] = reading, epoch
	case renewing:
		m.phase, m.epochs[m.under] = running, epoch
	}
}

// change goes on under another of the member's ids, because the one it has does not become free: a partition that is in its
// last transaction takes no marker. What was open is aborted, though not at its end.
func (m *member) change(id uint8) {
	m.stale |= 1 << m.under
	m.under, m.phase = id, reading
	if m.stale&(1<<id) != 0 {
		m.stale &^= 1 << id
		m.phase = retaking
	}
}
