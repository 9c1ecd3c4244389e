package pipeline

import (
	"testing"

	"voile/pipeline/wire"
)

// TestBlockedIDsInTurn: when there are enough ids those that were let go are tried again, each in its turn, and none that
// a unit of somebody else may have.
func TestBlockedIDsInTurn(t *testing.T) {
	p, q, other := &partition{id: 0}, &partition{id: 1}, &partition{id: 2}
	s := &units{ids: map[*partition]*wire.Transactor{}}
	for _, p := range []*partition{p, q, other} {
		s.ids[p] = &wire.Transactor{}
	}
	for range maxSpares {
		s.spares = append(s.spares, &wire.Transactor{})
	}
	want := []*wire.Transactor{s.ids[q], s.ids[p], s.spares[1]} // the other spares are in use
	s.blocked = []*wire.Transactor{s.ids[other], want[0], want[1], want[2]}
	for round := range 2 {
		for i, w := range want {
			id, err := s.idFor([]*partition{p, q})
			if err != nil {
				t.Fatal(err)
			}
			if id != w {
				t.Errorf("round %d, %d: another id than the one that was let go the longest ago", round, i)
			}
			s.blocked = append(s.blocked, id) // it is let go again
		}
	}
}
