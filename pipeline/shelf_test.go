package pipeline

import "testing"

func TestShelf(t *testing.T) {
	made := 0
	s := shelf[*int]{new: func() *int { made++; n := made; return &n }}
	a, b, c := s.take(), s.take(), s.take()
	s.put(a)
	s.put(b)
	s.put(c)
	if got := s.take(); got != c {
		t.Errorf("took %d, want what was put last, %d", *got, *c)
	}
	s.put(c)
	s.sweep() // the first: since the beginning none was idle all the time
	if len(s.idle) != 3 {
		t.Fatalf("%d are idle after the first sweep, want 3", len(s.idle))
	}
	s.put(s.take())
	s.sweep()
	if len(s.idle) != 1 || s.idle[0] != c {
		t.Fatalf("%d are idle, want the one that was in use", len(s.idle))
	}
	if kept := s.idle[:3]; kept[1] != nil || kept[2] != nil {
		t.Error("what was swept is still referred to")
	}
	s.sweep()
	if len(s.idle) != 0 {
		t.Errorf("%d are idle, want none after a time in which none was in use", len(s.idle))
	}
	if s.take(); made != 4 {
		t.Errorf("%d were made, want 4", made)
	}
}
