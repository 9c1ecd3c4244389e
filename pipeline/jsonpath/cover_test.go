package jsonpath

import (
	"slices"
	"strings"
	"testing"
)

func parse(t testing.TB, text string) Path {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return p
}

// selection reads a path, or "keys of" one.
func selection(t testing.TB, text string) Selection {
	t.Helper()
	path, keys := strings.CutPrefix(text, "keys of ")
	return Selection{Path: parse(t, path), Keys: keys}
}

func TestCoversAndEncloses(t *testing.T) {
	tests := []struct {
		a, b             string
		covers, encloses bool
	}{
		{"$", "$", true, false},
		{"$", "$.a", false, true},
		{"$", "$..a", false, true},
		{"$.a", "$", false, false},
		{"$.a", "$.a", true, false},
		{"$.a", "$.b", false, false},
		{"$.a", "$.a.b", false, true},
		{"$.a", "$.a..b", false, true},
		{"$.a", "$..a", false, false},
		{"$..a", "$.a", true, false},
		{"$..a", "$.b.a", true, false},
		{"$..a", "$.a.a", true, true},
		{"$..a", "$.b.a.c", false, true},
		{"$..a", "$..b.a", true, false},
		{"$..a", "$..a..b", false, true},
		{"$..b.a", "$..a", false, false},
		{"$..b..a", "$..b.a", true, false},
		{"$..*", "$.a[0].b", true, true},
		{"$..*", "$.a", true, false},
		{"$..*", "$", false, false},
		{"$.*", "$..a", false, false},
		{"$.*", "$.*.*", false, true},
		{"$[*]", "$['a',1]", true, false},
		{"$['a',1]", "$[*]", false, false},
		{"$['a','b']", "$.b", true, false},
		{"$['a','b']", "$.b[0]", false, true},
		{"$[0]", "$['0']", false, false},
		{"$.items[*].sku", "$.items[0].sku", true, false},
		{"$.items[0].sku", "$.items[*].sku", false, false},
		{"$..items..sku", "$.items[*].variant.sku", true, false},
		{"$..[*]..[*]", "$..*", false, false},
		{"$..[*]..[*]", "$.*..*", true, false},
		{"$..*", "$..a", true, false},
		{"$..['a','b']", "$..a..b", true, true},
		{"keys of $.a", "keys of $.a", true, false},
		{"keys of $.*", "keys of $.a", true, false},
		{"keys of $.a", "keys of $.*", false, false},
		{"keys of $..*", "keys of $.a..b", true, false},
		{"keys of $.a..b", "keys of $..*", false, false},
		{"keys of $", "keys of $", true, false},
		{"keys of $", "$", false, false},
		{"keys of $", "$.a", false, false},
		{"$", "keys of $", false, true},
		{"$.a", "keys of $", false, false},
		{"$.*", "keys of $", false, false},
		{"$..*", "keys of $", false, false},
		{"$..*", "keys of $.a", false, true},
		{"$.a", "keys of $.a", false, true},
		{"$.a", "keys of $.a.b", false, true},
		{"$.a.*", "keys of $.a", false, false},
		{"keys of $.a", "$.a", false, false},
		{"keys of $.a", "$.a.b", false, false},
		{"keys of $..a", "$..a.b", false, false},
		{"keys of $..*", "$..*", false, false},
		{"$[?@.a=='b']", "$[?@.a == \"b\"]", true, false},
		{"$[?@.a=='b']", "$[?@.a=='c']", false, false},
		{"$[?@.a=='b']", "$.x", false, false},
		{"$.x", "$[?@.a=='b']", false, false},
		{"$.*", "$[?@.a=='b']", true, false},
		{"$[?@.a=='b']", "$.*", false, false},
		{"$[?@.a=='b','x']", "$[?@.a=='b']", true, false},
		{"$[?@.a=='b','x']", "$.x", true, false},
		{"$[?@.a=='b']", "$[?@.a=='b'].value", false, true},
		{"$[?@.a=='b'].value", "$[?@.a=='c'].value", false, false},
		{"$..[?@.a=='b'].value", "$.p[?@.a=='b'].value", true, false},
		{"$.p[?@.a=='b'].value", "$..[?@.a=='b'].value", false, false},
		{"$..value", "$.p[?@.a=='b'].value", true, false},
		{"$.p[*]", "$.p[?@.a=='b'].value", false, true},
		{"$.p", "keys of $.p[?@.a=='b']", false, true},
		{"keys of $.p.*", "keys of $.p[?@.a=='b']", true, false},
		// It is so, but no is the answer where it would take to know what a filter means.
		{"$[?@.a=='b' || @.a=='c']", "$[?@.a=='b']", false, false},
	}
	for _, test := range tests {
		a, b := selection(t, test.a), selection(t, test.b)
		if got := Covers(a, b); got != test.covers {
			t.Errorf("Covers(%s, %s) = %v, want %v", test.a, test.b, got, test.covers)
		}
		if got := Encloses(a, b); got != test.encloses {
			t.Errorf("Encloses(%s, %s) = %v, want %v", test.a, test.b, got, test.encloses)
		}
	}
}

func TestTogether(t *testing.T) {
	as := []Selection{selection(t, "$.a"), selection(t, "$.b"), selection(t, "$..c"), selection(t, "keys of $.d"), selection(t, "keys of $.e")}
	tests := []struct {
		b                string
		covers, encloses bool
	}{
		{"$['a','b']", true, false},
		{"$['a','b','c']", true, false},
		{"$['a','d']", false, false},
		{"$['a','b'].d", false, true},
		{"$['a','b'].c", true, true},
		{"$", false, false},
		{"keys of $['d','e']", true, false},
		{"$['a','b'][?@.x==1]", false, true},
		{"$[?@.x==1]", false, false},
		{"keys of $['a','b']", false, true},
		{"keys of $['a','d']", false, false},
	}
	for _, test := range tests {
		b := selection(t, test.b)
		if c, e := CoversTogether(as, b), EnclosesTogether(as, b); c != test.covers || e != test.encloses {
			t.Errorf("%s: covered %v and enclosed %v together, want %v and %v", test.b, c, e, test.covers, test.encloses)
		}
	}
	if CoversTogether(nil, selection(t, "$.a")) || EnclosesTogether(nil, selection(t, "$.a")) {
		t.Error("no path covers or encloses something")
	}
}

// A letter is a step to a child: by its name or index, and whether the filter of fuzzPath is true of it.
type letter struct {
	selector
	filtered bool
}

// letters are enough for the paths that fuzzPath makes without a filter: their names and indices, and one more of each.
var letters = []letter{{selector{name: "a"}, false}, {selector{name: "b"}, false}, {selector{name: "other"}, false},
	{selector{kind: byIndex}, false}, {selector{kind: byIndex, index: 7}, false}}

// filterLetters are for those with the filter.
var filterLetters = append(letters[:4:4], letter{selector{name: "a"}, true}, letter{selector{name: "other"}, true},
	letter{selector{kind: byIndex}, true})

// fuzzPath makes a path of up to three segments of the bits of code.
func fuzzPath(code uint32) Path {
	var p Path
	for range code & 3 {
		code >>= 2
		s := segment{descendant: code&1 != 0, all: code&6 == 6}
		filter, _ := (&parser{text: "@=='x'"}).filter()
		if !s.all && code&16 != 0 {
			s.selectors, s.filters = append(s.selectors, selector{kind: byFilter, name: filter.text}), append(s.filters, filter)
		}
		for i, sel := range []selector{{name: "a"}, {name: "b"}, {kind: byIndex}} {
			if !s.all && code>>(1+i)&1 != 0 {
				s.selectors = append(s.selectors, sel)
			}
		}
		if !s.all && s.selectors == nil {
			s.selectors = []selector{{name: "a"}}
		}
		p.segments = append(p.segments, s)
		code >>= 5
	}
	return p
}

func (p Path) filters() bool {
	return slices.ContainsFunc(p.segments, func(s segment) bool { return len(s.filters) > 0 })
}

// takes says whether the segment selects a child.
func (s *segment) takes(l letter) bool {
	return s.all || slices.Contains(s.selectors, l.selector) || l.filtered && len(s.filters) > 0
}

// selects says, by the definition and slowly, whether the segments select the value at the end of the way.
func selects(segments []segment, way []letter) bool {
	if len(segments) == 0 || len(way) == 0 {
		return len(segments) == 0 && len(way) == 0
	}
	s := segments[0]
	return s.takes(way[0]) && selects(segments[1:], way[1:]) ||
		s.descendant && selects(segments, way[1:])
}

// eachWay calls f for all ways of up to n letters.
func eachWay(n int, letters []letter, f func(way []letter)) {
	way := make([]letter, 0, n)
	var grow func()
	grow = func() {
		f(way)
		if len(way) == n {
			return
		}
		for _, l := range letters {
			way = append(way, l)
			grow()
			way = way[:len(way)-1]
		}
	}
	grow()
}

// FuzzPaths holds Covers, Encloses and the Automaton against the enumeration of all ways of up to five steps. A set bit 31
// makes a selection one of names; at the end of a way may then be an object, the names in which are selected.
func FuzzPaths(f *testing.F) {
	f.Add(uint32(0), uint32(1))
	f.Add(uint32(0b1110_01), uint32(0b000111_000101_10))
	f.Add(uint32(0b0110_00_0110_00_1111_11), uint32(0b0010_00_0011_01))
	f.Add(uint32(0xffffffff), uint32(0x12345677))
	f.Add(uint32(0b10000_01), uint32(0b10001_01))
	f.Add(uint32(0b10001_00_00010_10), uint32(0b10000_00_00010_10))
	f.Add(uint32(1<<31), uint32(1<<31|0b0010_00_0011_01))
	f.Add(uint32(0b1110_01), uint32(1<<31|0b000111_000101_10))
	f.Fuzz(func(t *testing.T, x, y uint32) {
		selections := []Selection{{fuzzPath(x), x>>31 != 0}, {fuzzPath(y), y>>31 != 0}}
		a, b := selections[0], selections[1]
		auto, err := Compile(selections)
		if err != nil {
			t.Fatal(err)
		}
		covers, encloses := true, true
		n, letters := 5, letters
		filters := a.Path.filters() || b.Path.filters()
		if filters {
			n, letters = 4, filterLetters
		}
		eachWay(n, letters, func(way []letter) {
			inA, inB := selects(a.Path.segments, way), selects(b.Path.segments, way)
			above := b.Keys && inA
			for i := range way {
				above = above || selects(a.Path.segments, way[:i])
			}
			covers = covers && (inA && a.Keys == b.Keys || !inB)
			encloses = encloses && (above && !a.Keys || !inB)

			var values, names []int32
			for i, selected := range []bool{inA, inB} {
				switch {
				case selected && selections[i].Keys:
					names = append(names, int32(i))
				case selected:
					values = append(values, int32(i))
				}
			}
			e := follow(t, auto, way)
			if got := auto.Rules(e.Accept); !slices.Equal(got, values) {
				t.Fatalf("%v: %v is selected by %v, want %v", selections, way, got, values)
			}
			if got := auto.Rules(auto.Keys(e.Next)); !slices.Equal(got, names) {
				t.Fatalf("%v: the names in %v are selected by %v, want %v", selections, way, got, names)
			}
			if int(e.Accept) >= auto.Sets() || int(auto.Keys(e.Next)) >= auto.Sets() {
				t.Fatalf("%v: an Accept beyond %d sets", selections, auto.Sets())
			}
			if dead := e.Next == Dead; dead && (names != nil || alive(a.Path.segments, way) || alive(b.Path.segments, way)) {
				t.Fatalf("%v: dead behind %v", selections, way)
			}
		})
		// With filters, no is right in any case.
		if got := Covers(a, b); got != covers && (got || !filters) {
			t.Errorf("Covers(%v, %v) = %v, want %v", a, b, got, covers)
		}
		if got := Encloses(a, b); got != encloses && (got || !filters) {
			t.Errorf("Encloses(%v, %v) = %v, want %v", a, b, got, encloses)
		}
	})
}

// alive says whether the segments select something inside the value at the end of the way.
func alive(segments []segment, way []letter) bool {
	if len(way) == 0 || len(segments) == 0 {
		return len(segments) > 0
	}
	s := segments[0]
	return s.takes(way[0]) && alive(segments[1:], way[1:]) || s.descendant
}

func follow(t testing.TB, a *Automaton, way []letter) Edge {
	e := a.Root()
	for _, l := range way {
		s := e.Next
		if l.filtered && a.Look(s) != nil {
			var ok bool
			if s, ok = a.Filtered(s, []Hit{0}); !ok {
				t.Fatal("one hit is ambiguous")
			}
		}
		if l.kind == byIndex {
			e = a.Element(s, int(l.index))
		} else {
			e = a.Member(s, []byte(l.name))
		}
	}
	return e
}
