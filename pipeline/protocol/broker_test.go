package protocol

// The brokers, as far as the protocol sees them: the consumer group's coordinator, the transactions' coordinator, and the
// leaders of the sink's partitions. They are what Apache Kafka 4.1 does with the requests of voile's versions
// (TransactionCoordinator and TransactionMetadata, ProducerAppendInfo, OffsetMetadataManager, and the verification of
// KIP-890, part 1). Coordinators and leaders that fail over keep their state in Kafka, so here they do not fail.

const (
	partitions = 2 // p and q; partition x of the source goes to partition x of the sink, and has transactional id x
	offsets    = 2 // beside the sink's partitions 0 and 1: the partition of the group's offsets, in a transaction's set
	most       = 3 // members
	none       = 0 // no epoch, no generation
)

// A code is what a request is answered.
type code uint8

const (
	ok         code = iota
	concurrent      // [51]: the last transaction of the id is not at its end; the same again
	unstable        // [88]: a transaction that commits an offset is not at its end; the same again
	fenced          // [47], [90]: the epoch is not the id's
	expelled        // [22], [25]: the generation is not the group's
	invalid         // [48], [45]: cannot be in this state
)

func (c code) String() string {
	return [...]string{"ok", "concurrent transactions", "unstable offset", "fenced", "generation ended", "refused"}[c]
}

// The states of a transactional id.
const (
	empty uint8 = iota
	ongoing
	committing // decided, markers are being written
	aborting
	committed
	aborted
)

// A transactional is what the coordinator knows of a transactional id, and what hangs on it in the group's offsets.
type transactional struct {
	epoch uint8
	last  uint8 // the epoch before, where its owner has raised it by itself (KIP-360)
	state uint8
	parts uint8 // bits of the partitions in the transaction

	pending      [partitions]uint8 // offsets+1 that the open transaction commits; 0 none
	offsetsEpoch uint8             // the last one seen in the partition of the group's offsets
}

// A sink is a partition of the sink. What a consumer that reads committed sees is checked as it becomes visible: it must
// be the source's records from the first on, so their number says all.
type sink struct {
	visible uint8
	log     [depth]entry // what follows: undecided, or committed behind something undecided; the rest zero
	writers [partitions]writer
}

// depth bounds the log of what is not visible yet; no search comes near.
const depth = 6

// An entry is one record in the log. What is aborted is taken out.
type entry struct {
	record uint8 // its source offset+1; 0 there is none
	id     uint8
	done   bool
}

// A writer is what a sink's partition knows of a producer id.
type writer struct{ epoch, next uint8 }

type broker struct {
	generation uint8
	members    uint8 // bits
	committed  [partitions]uint8
	ids        [partitions]transactional
	sinks      [partitions]sink
	wrong      uint8 // what the sink shows that it must not; a number of the list below

	unverified bool // the brokers do not verify (Kafka before 3.7)
}

const (
	doubled = 1 + iota
	lost
)

func (t *transactional) deciding() bool { return t.state == committing || t.state == aborting }

// initProducerID raises the epoch: unconditionally, or from the one that is expected. In the middle of a transaction it
// only aborts that; then the epoch that is expected is not looked at.
func (b *broker) initProducerID(id, expected uint8) (epoch uint8, c code) {
	t := &b.ids[id]
	switch {
	case t.deciding():
		return none, concurrent
	case t.state == ongoing:
		t.expire()
		return none, concurrent
	case expected == none:
		t.last, t.epoch = none, t.epoch+1
	case expected == t.epoch:
		t.last, t.epoch = t.epoch, t.epoch+1
	case expected != t.last:
		return none, fenced
	}
	t.state = empty
	return t.epoch, ok
}

// expire aborts the open transaction and fences its owner.
func (t *transactional) expire() { t.epoch, t.last, t.state = t.epoch+1, none, aborting }

// add makes a partition part of the transaction: AddPartitionsToTxn, AddOffsetsToTxn.
func (b *broker) add(id, epoch, part uint8) code {
	t := &b.ids[id]
	switch {
	case t.epoch != epoch:
		return fenced
	case t.deciding():
		return concurrent
	}
	t.state, t.parts = ongoing, t.parts|1<<part
	return ok
}

// end decides the transaction: EndTxn. Markers are written later, by mark.
func (b *broker) end(id, epoch uint8, commit bool) code {
	t := &b.ids[id]
	deciding, decided := aborting, aborted
	if commit {
		deciding, decided = committing, committed
	}
	switch {
	case t.epoch != epoch:
		return fenced
	case t.state == ongoing:
		t.state = deciding
	case t.state == deciding:
		return concurrent
	case t.state != decided:
		return invalid
	}
	return ok
}

// verify asks whether a partition is in the producer's transaction, before the first write there (KIP-890, part 1).
func (b *broker) verify(id, epoch, part uint8) code {
	t := &b.ids[id]
	switch {
	case b.unverified:
		return ok
	case t.epoch != epoch:
		return fenced
	case t.deciding():
		return concurrent
	case t.parts&(1<<part) == 0:
		return invalid
	}
	return ok
}

// produce writes one record to a sink's partition.
func (b *broker) produce(m *message) code {
	s := &b.sinks[m.part]
	w := &s.writers[m.id]
	if m.epoch < w.epoch {
		return fenced
	}
	if !s.open(m.id) {
		if c := b.verify(m.id, m.epoch, m.part); c != ok {
			return c
		}
	}
	if m.epoch > w.epoch {
		w.epoch, w.next = m.epoch, 0
	}
	switch {
	case m.sequence < w.next:
		return ok // a repetition, which is not written again
	case m.sequence > w.next:
		return invalid
	}
	w.next++
	for i := range s.log {
		if s.log[i].record == 0 {
			s.log[i] = entry{record: m.offset + 1, id: m.id}
			return ok
		}
	}
	panic("the log is too deep for the model")
}

func (s *sink) open(id uint8) bool {
	for _, e := range s.log {
		if e.record > 0 && e.id == id && !e.done {
			return true
		}
	}
	return false
}

// heartbeat says whether a generation is the group's, and a member in it.
func (b *broker) heartbeat(generation uint8, member int) code {
	if generation != b.generation || b.members&(1<<member) == 0 {
		return expelled
	}
	return ok
}

// commit makes offsets pending in the transaction: TxnOffsetCommit.
func (b *broker) commit(m *message) code {
	t := &b.ids[m.id]
	switch {
	case m.epoch < t.offsetsEpoch:
		return fenced
	case m.generation != none && b.heartbeat(m.generation, int(m.member)) != ok:
		return expelled
	}
	if t.pending == [partitions]uint8{} {
		if c := b.verify(m.id, m.epoch, offsets); c != ok {
			return c
		}
	}
	t.offsetsEpoch = m.epoch
	for x, o := range m.offsets {
		if o > 0 {
			t.pending[x] = o
		}
	}
	return ok
}

// fetch gives the committed offsets of the partitions in set.
func (b *broker) fetch(set uint8, stable bool) ([partitions]uint8, code) {
	for _, t := range b.ids {
		for x, o := range t.pending {
			if stable && o > 0 && set&(1<<x) != 0 {
				return b.committed, unstable
			}
		}
	}
	return b.committed, ok
}

// mark writes the marker of a decided transaction to one of its partitions.
func (b *broker) mark(id, part uint8) {
	t := &b.ids[id]
	commit := t.state == committing
	if part == offsets {
		for x, o := range t.pending {
			if commit && o > 0 {
				b.committed[x] = o - 1
			}
		}
		t.pending, t.offsetsEpoch = [partitions]uint8{}, t.epoch
	} else {
		s := &b.sinks[part]
		s.decide(id, commit)
		if w := &s.writers[id]; t.epoch > w.epoch {
			w.epoch, w.next = t.epoch, 0
		}
		b.show(s)
	}
	if t.parts &^= 1 << part; t.parts != 0 {
		return
	}
	if t.state = aborted; commit {
		t.state = committed
	}
}

// decide lets the open records of a producer id stay or takes them out.
func (s *sink) decide(id uint8, commit bool) {
	var log [depth]entry
	n := 0
	for _, e := range s.log {
		if e.record == 0 {
			break
		}
		if !e.done && e.id == id {
			if !commit {
				continue
			}
			e.done = true
		}
		log[n] = e
		n++
	}
	s.log = log
}

// show moves what has become visible out of the log, and judges it.
func (b *broker) show(s *sink) {
	for s.log[0].done {
		switch r := s.log[0].record; {
		case r <= s.visible:
			b.wrong = doubled
		case r > s.visible+1:
			b.wrong = lost
		default:
			s.visible++
		}
		copy(s.log[:], s.log[1:])
		s.log[depth-1] = entry{}
	}
}

// settled says whether all of a partition is decided and shown, so that the group's offset must be the sink's end.
func (b *broker) settled(x int) bool {
	for i := range b.ids {
		if t := &b.ids[i]; t.deciding() || t.pending[x] > 0 {
			return false
		}
	}
	return b.sinks[x].log[0].record == 0
}
