package jsonpath

import (
	"slices"
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
	}
	for _, test := range tests {
		a, b := parse(t, test.a), parse(t, test.b)
		if got := Covers(a, b); got != test.covers {
			t.Errorf("Covers(%s, %s) = %v, want %v", a, b, got, test.covers)
		}
		if got := Encloses(a, b); got != test.encloses {
			t.Errorf("Encloses(%s, %s) = %v, want %v", a, b, got, test.encloses)
		}
	}
}

func TestTogether(t *testing.T) {
	as := []Path{parse(t, "$.a"), parse(t, "$.b"), parse(t, "$..c")}
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
	}
	for _, test := range tests {
		b := parse(t, test.b)
		if c, e := CoversTogether(as, b), EnclosesTogether(as, b); c != test.covers || e != test.encloses {
			t.Errorf("%s: covered %v and enclosed %v together, want %v and %v", b, c, e, test.covers, test.encloses)
		}
	}
	if CoversTogether(nil, parse(t, "$.a")) || EnclosesTogether(nil, parse(t, "$.a")) {
		t.Error("no path covers or encloses something")
	}
}

// letters are enough for the paths that fuzzPath makes: their names and indices, and one more of each.
var letters = []selector{{name: "a"}, {name: "b"}, {name: "other"}, {isIndex: true}, {index: 7, isIndex: true}}

// fuzzPath makes a path of up to three segments of the bits of code.
func fuzzPath(code uint32) Path {
	var p Path
	for range code & 3 {
		code >>= 2
		s := segment{descendant: code&1 != 0, all: code&6 == 6}
		for i, sel := range []selector{{name: "a"}, {name: "b"}, {isIndex: true}} {
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

// ways calls f for all ways of up to n letters.
func ways(n int, f func(way []selector)) {
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

// FuzzPaths holds Covers, Encloses and the Automaton against the enumeration of all ways of up to five steps.
func FuzzPaths(f *testing.F) {
	f.Add(uint32(0), uint32(1))
	f.Add(uint32(0b1110_01), uint32(0b000111_000101_10))
	f.Add(uint32(0b0110_00_0110_00_1111_11), uint32(0b0010_00_0011_01))
	f.Add(uint32(0xffffffff), uint32(0x12345677))
	f.Fuzz(func(t *testing.T, x, y uint32) {
		paths := []Path{fuzzPath(x), fuzzPath(y)}
		a, b := paths[0], paths[1]
		auto, err := Compile(paths)
		if err != nil {
			t.Fatal(err)
		}
		covers, encloses := true, true
		ways(5, func(way []selector) {
			inA, inB := selects(a.segments, way), selects(b.segments, way)
			above := false
			for i := range way {
				above = above || selects(a.segments, way[:i])
			}
			covers = covers && (inA || !inB)
			encloses = encloses && (above || !inB)

			var want []int32
			if inA {
				want = append(want, 0)
			}
			if inB {
				want = append(want, 1)
			}
			e := follow(auto, way)
			if got := auto.Rules(e.Accept); !slices.Equal(got, want) {
				t.Fatalf("%s and %s: %v is selected by %v, want %v", a, b, way, got, want)
			}
			if dead := e.Next == Dead; dead && (alive(a.segments, way) || alive(b.segments, way)) {
				t.Fatalf("%s and %s: dead behind %v", a, b, way)
			}
		})
		if got := Covers(a, b); got != covers {
			t.Errorf("Covers(%s, %s) = %v, want %v", a, b, got, covers)
		}
		if got := Encloses(a, b); got != encloses {
			t.Errorf("Encloses(%s, %s) = %v, want %v", a, b, got, encloses)
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
		if l.isIndex {
			e = a.Element(e.Next, int(l.index))
		} else {
			e = a.Member(e.Next, []byte(l.name))
		}
	}
	return e
}
