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

// letters are enough for the paths that fuzzPath makes: their names and indices, and one more of each.
var letters = []selector{{name: "a"}, {name: "b"}, {name: "other"}, {kind: byIndex}, {kind: byIndex, index: 7}}

// fuzzPath makes a path of up to three segments of the bits of code.
func fuzzPath(code uint32) Path {
	var p Path
	for range code & 3 {
		code >>= 2
		s := segment{descendant: code&1 != 0, all: code&6 == 6}
		for i, sel := range []selector{{name: "a"}, {name: "b"}, {kind: byIndex}} {
			if !s.all && code>>(1+i)&1 != 0 {
				s.selectors = append(s.selectors, sel)
			}
		}
		if !s.all && s.selectors == nil {
			s.selectors = []selector{{name: "a"}}
		}
		p.segments = append(p.segments, s)
		code >>= 4
	}
	return p
}

// selects says, by the definition and slowly, whether the segments select the value at the end of the way.
func selects(segments []segment, way []selector) bool {
	if len(segments) == 0 || len(way) == 0 {
		return len(segments) == 0 && len(way) == 0
	}
	s := segments[0]
	return (s.all || slices.Contains(s.selectors, way[0])) && selects(segments[1:], way[1:]) ||
		s.descendant && selects(segments, way[1:])
}

// eachWay calls f for all ways of up to n letters.
func eachWay(n int, f func(way []selector)) {
	way := make([]selector, 0, n)
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
		eachWay(5, func(way []selector) {
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
			e := follow(auto, way)
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
		if got := Covers(a, b); got != covers {
			t.Errorf("Covers(%v, %v) = %v, want %v", a, b, got, covers)
		}
		if got := Encloses(a, b); got != encloses {
			t.Errorf("Encloses(%v, %v) = %v, want %v", a, b, got, encloses)
		}
	})
}

// alive says whether the segments select something inside the value at the end of the way.
func alive(segments []segment, way []selector) bool {
	if len(way) == 0 || len(segments) == 0 {
		return len(segments) > 0
	}
	s := segments[0]
	return (s.all || slices.Contains(s.selectors, way[0])) && alive(segments[1:], way[1:]) || s.descendant
}

func follow(a *Automaton, way []selector) Edge {
	e := a.Root()
	for _, l := range way {
		if l.kind == byIndex {
			e = a.Element(e.Next, int(l.index))
		} else {
			e = a.Member(e.Next, []byte(l.name))
		}
	}
	return e
}
