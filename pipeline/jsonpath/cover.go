package jsonpath

import "math/bits"

// maxPairs bounds the search of Covers and Encloses. Beyond it the answer is no.
const maxPairs = 1 << 14

// Covers says whether everything that b can select, in whatever document, is selected by a too. Values and names are
// different things: selections of the one never cover selections of the other. Where it would take too long to find out, the
// answer is false.
func Covers(a, b Selection) bool { return covers(a.way(), b.way()) }

// CoversTogether says whether everything that b can select is selected by at least one of as.
func CoversTogether(as []Selection, b Selection) bool { return search(ways(as), b.way(), false) }

// Encloses says whether everything that b can select, in whatever document, lies inside a value that a selects, and is not
// that value itself. An object's names lie inside it; nothing lies inside a name. Where it would take too long to find out,
// the answer is false.
func Encloses(a, b Selection) bool { return encloses(a.way(), b.way()) }

// EnclosesTogether says whether everything that b can select lies inside a value that one of as selects.
func EnclosesTogether(as []Selection, b Selection) bool { return search(ways(as), b.way(), true) }

func covers(a, b Path) bool {
	switch na, nb := len(a.segments), len(b.segments); {
	case na == 0 || nb == 0:
		return na == nb
	case na > nb, !a.segments[na-1].covers(&b.segments[nb-1]):
		return false // b has shorter ways, or ways with another end
	case !a.descends():
		return na == nb && !b.descends() && a.leads(b)
	case a.misses(b, false):
		return false
	}
	return search([]Path{a}, b, false)
}

func encloses(a, b Path) bool {
	switch {
	case len(a.segments) >= len(b.segments):
		return false // the shortest way of b is too short
	case a.IsRoot():
		return true
	case !a.descends() && !b.descends():
		return a.leads(b)
	case a.misses(b, true):
		return false
	}
	return search([]Path{a}, b, true)
}

// descends says whether the path has a descendant segment, so that it selects at more than one depth.
func (p Path) descends() bool {
	for i := range p.segments {
		if p.segments[i].descendant {
			return true
		}
	}
	return false
}

// leads says whether the segments of a cover the first ones of b, one by one.
func (p Path) leads(b Path) bool {
	for i := range p.segments {
		if !p.segments[i].covers(&b.segments[i]) {
			return false
		}
	}
	return true
}

// misses tries one shortest way of b, without memory of its own, since of most pairs of paths that tells enough: true means
// that a does not select it (with enclosed: selects no proper beginning of it).
func (p Path) misses(b Path, enclosed bool) bool {
	if len(p.segments) > 64 {
		return false
	}
	at := uint64(1) // a bit for each segment of p that may be next
	for i := range b.segments {
		sb, next, done := &b.segments[i], uint64(0), false
		for ; at != 0; at &= at - 1 {
			k := bits.TrailingZeros64(at)
			s := &p.segments[k]
			if s.descendant {
				next |= 1 << k
			}
			switch {
			case sb.all && !s.all || !sb.all && !s.has(sb.selectors[0]):
			case k == len(p.segments)-1:
				done = true
			default:
				next |= 1 << (k + 1)
			}
		}
		if last := i == len(b.segments)-1; last != enclosed && done {
			return false
		}
		at = next
	}
	return true
}

// covers says whether s takes all members and elements that other takes, at whatever depth.
func (s *segment) covers(other *segment) bool {
	if other.all {
		return s.all
	}
	for _, sel := range other.selectors {
		if !s.has(sel) {
			return false
		}
	}
	return true
}

// search looks for a way that b selects and none of as does (with enclosed: that b selects, and of whose proper beginnings
// none is selected by as). It walks b beside all of as, over an alphabet of the names and indices that occur and one more of
// each for all others; every word over it is the way to a value in some document. search is true where there is no such way.
func search(as []Path, b Path, enclosed bool) bool {
	n := newNFA(as)
	if len(n.roots) > 0 && (enclosed || b.IsRoot()) {
		return !enclosed || !b.IsRoot()
	}
	if b.IsRoot() {
		return false
	}
	w := walk{n: n, enclosed: enclosed, letters: alphabet(as, b), seen: map[string]bool{}}
	w.visit(0, n.startSet())
	for len(w.todo) > 0 {
		p := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		if !w.step(b, p) || len(w.seen) > maxPairs {
			return false
		}
	}
	return true
}

// A pair is where a walk is: before b's segment at, and in the positions of as.
type pair struct {
	at int
	as set
}

type walk struct {
	n        *nfa
	enclosed bool
	letters  []selector
	seen     map[string]bool
	todo     []pair
	key      []byte
}

func (w *walk) visit(at int, as set) {
	w.key = as.appendKey(append(w.key[:0], byte(at), byte(at>>8), byte(at>>16)))
	if !w.seen[string(w.key)] {
		w.seen[string(w.key)] = true
		w.todo = append(w.todo, pair{at, as})
	}
}

// step follows every letter from p. It is false where one of them ends a way that as do not have.
func (w *walk) step(b Path, p pair) bool {
	s := &b.segments[p.at]
	for _, letter := range w.letters {
		taken := s.has(letter)
		if !taken && (!s.descendant || letter.kind == theNames) {
			continue
		}
		to, done := w.n.step(p.as, letter)
		if taken && p.at == len(b.segments)-1 && (w.enclosed || !done) {
			return false
		}
		if w.enclosed && done {
			continue // all that b selects below is inside
		}
		if further := s.descendant || p.at < len(b.segments)-1; further && to.empty() {
			return false // b selects something below, as nothing any more
		}
		if s.descendant {
			w.visit(p.at, to)
		}
		if taken && p.at < len(b.segments)-1 {
			w.visit(p.at+1, to)
		}
	}
	return true
}

// step leads all positions over one letter; done says whether a path is through with it.
func (n *nfa) step(from set, letter selector) (to set, done bool) {
	to = n.newSet()
	for i, word := range from {
		for ; word != 0; word &= word - 1 {
			p := i<<6 + bits.TrailingZeros64(word)
			s := n.steps[p]
			if s.descendant {
				to.add(p)
			}
			switch {
			case !s.has(letter):
			case s.last:
				done = true
			default:
				to.add(p + 1)
			}
		}
	}
	return to, done
}

// alphabet gives the names and indices of all paths, and one of each that is in none of them.
func alphabet(as []Path, b Path) []selector {
	var letters []selector
	seen := map[selector]bool{}
	longest, largest := "", int64(0)
	add := func(p Path) {
		for i := range p.segments {
			for _, sel := range p.segments[i].selectors {
				if seen[sel] {
					continue
				}
				seen[sel] = true
				letters = append(letters, sel)
				largest = max(largest, sel.index)
				if len(sel.name) >= len(longest) {
					longest = sel.name
				}
			}
		}
	}
	for _, a := range as {
		add(a)
	}
	add(b)
	return append(letters, selector{name: longest + "x"}, selector{kind: byIndex, index: largest + 1})
}
