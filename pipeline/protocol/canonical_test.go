package protocol

import (
	"bytes"
	"slices"
	"unsafe"
)

// What follows makes one state of those that differ in nothing that can ever matter, so that the search ends.

// canonical orders what has no order, and forgets what is spent.
func (g *game) canonical(s *state) state {
	best := *s
	for n := range best.net {
		if m := &best.net[n]; m.kind != 0 && best.b.spent(m) {
			*m = message{}
		}
	}
	best.forget()
	best.order()
	base := best
	for _, p := range permutations[g.members] {
		if c := base.renamed(p); bytes.Compare(c.bytes(), best.bytes()) < 0 {
			best = c
		}
	}
	return best
}

// forget takes out of a state what cannot be told apart any more. Generations matter only by being the group's or not.
// Epochs matter by their order, and only where somebody still holds one: a member, or a delayed message.
func (s *state) forget() {
	for i := range s.m {
		relative(&s.m[i].generation, s.b.generation)
	}
	for n := range s.net {
		relative(&s.net[n].generation, s.b.generation)
	}
	relative(&s.b.generation, s.b.generation)
	for id := range uint8(partitions) {
		s.forgetEpochs(id)
	}
}

// relative makes a generation what it is to the group's: past or present.
func relative(generation *uint8, group uint8) {
	const past, present = 1, 2
	if *generation != none {
		*generation = either(*generation == group, present, past)
	}
}

func either(is bool, yes, no uint8) uint8 {
	if is {
		return yes
	}
	return no
}

// forgetEpochs numbers the epochs of one id anew.
func (s *state) forgetEpochs(id uint8) {
	var room [most + 2]*uint8
	held := room[:0] // by somebody
	for i := range s.m {
		if e := &s.m[i].epochs[id]; *e != none {
			held = append(held, e)
		}
	}
	for n := range s.net {
		if m := &s.net[n]; m.kind != 0 && m.epoch != none && m.id == id {
			held = append(held, &m.epoch)
		}
	}
	least, is := uint8(255), func(epoch uint8) bool { return false }
	if len(held) > 0 {
		for _, e := range held {
			least = min(least, *e)
		}
		is = func(epoch uint8) bool {
			return slices.ContainsFunc(held, func(e *uint8) bool { return *e == epoch })
		}
	}
	t := &s.b.ids[id]
	if !is(t.last) {
		t.last = none
	}
	if (t.state == committed || t.state == aborted) && !is(t.epoch) {
		t.state = empty
	}
	if t.offsetsEpoch <= least {
		t.offsetsEpoch = none
	}
	all := append(slices.Clone(held), &t.epoch, &t.last, &t.offsetsEpoch)
	for x := range s.b.sinks {
		w := &s.b.sinks[x].writers[id]
		if !is(w.epoch) {
			w.next = 0
		}
		if w.epoch < least {
			w.epoch = none
		}
		all = append(all, &w.epoch)
	}
	renumber(all)
}

// renumber keeps the order of epochs, and none.
func renumber(all []*uint8) {
	var values [64]bool
	for _, e := range all {
		values[*e] = true
	}
	var rank [64]uint8
	n := uint8(0)
	for e := 1; e < len(values); e++ {
		if values[e] {
			n++
			rank[e] = n
		}
	}
	for _, e := range all {
		*e = rank[*e]
	}
}

// permutations of members, without the identity.
var permutations = [...][][most]uint8{
	2: {{1, 0, 2}},
	3: {{1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}},
}

// renamed gives the members other names: i becomes p[i].
func (s *state) renamed(p [most]uint8) state {
	out := *s
	out.b.members = 0
	for i, to := range p {
		out.m[to] = s.m[i]
		out.b.members |= s.b.members >> i & 1 << to
	}
	for n := range out.net {
		if m := &out.net[n]; m.kind == commitOffsets && m.generation != none || m.kind == initID {
			m.member = p[m.member]
		}
	}
	for x, owner := range out.taken {
		if owner > 0 {
			out.taken[x] = p[owner-1] + 1
		}
	}
	out.order()
	return out
}

// order puts the delayed messages in order.
func (s *state) order() { order(&s.net[0], &s.net[1]) }

func order(a, b *message) {
	const size = unsafe.Sizeof(message{})
	if bytes.Compare((*[size]byte)(unsafe.Pointer(b))[:], (*[size]byte)(unsafe.Pointer(a))[:]) < 0 {
		*a, *b = *b, *a
	}
}

// bytes is the state as it lies in memory: all its fields are of one byte.
func (s *state) bytes() []byte { return (*[unsafe.Sizeof(state{})]byte)(unsafe.Pointer(s))[:] }
