package jsonpath

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func paths(t testing.TB, n int, form string) []Selection {
	t.Helper()
	ps := make([]Selection, n)
	for i := range ps {
		ps[i].Path = parse(t, fmt.Sprintf(form, i))
	}
	return ps
}

// TestManyPaths compiles a thousand paths of each kind and follows each of them.
func TestManyPaths(t *testing.T) {
	tests := []struct {
		form   string
		way    string // to the value of path %d
		states int
	}{
		{"$.user.traits.name%d", "user traits name%d", 4},
		{"$..name%d", "x y name%d", 2},
		{"$..name%d.email", "x name%d email", 1002},
		{"$.user%d.email", "user%d email", 1002},
		{"$.items[*].name%d", "items 5 name%d", 4},
	}
	for _, test := range tests {
		start := time.Now()
		a, err := Compile(paths(t, 1000, test.form))
		if err != nil {
			t.Errorf("%s: %v", test.form, err)
			continue
		}
		t.Logf("%s: %d states in %v", test.form, len(a.states), time.Since(start))
		if len(a.states) != test.states {
			t.Errorf("%s: %d states, want %d", test.form, len(a.states), test.states)
		}
		for i := range 1000 {
			var way []letter
			for _, step := range strings.Fields(test.way) {
				if strings.Contains(step, "%d") {
					step = fmt.Sprintf(step, i)
				}
				if step == "5" {
					way = append(way, letter{selector{kind: byIndex, index: 5}, false})
				} else {
					way = append(way, letter{selector{name: step}, false})
				}
			}
			if got := a.Rules(follow(t, a, way).Accept); !slices.Equal(got, []int32{int32(i)}) {
				t.Fatalf("%s: %v is selected by %v, want %d", test.form, way, got, i)
			}
			way[len(way)-1].name += "x"
			if got := a.Rules(follow(t, a, way).Accept); got != nil {
				t.Fatalf("%s: %v is selected by %v, want none", test.form, way, got)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	_, err := Compile([]Selection{selection(t, "$..a"+strings.Repeat("[*]", 20))})
	if err == nil || err.Error() != "the paths together need more than 8192 states: use fewer paths that have .. before wildcards or further names" {
		t.Errorf("a path of 2^20 states gives %v", err)
	}
	_, err = Compile(paths(t, 2100, "$..name%d.email"))
	if err == nil || err.Error() != "the paths together need more than 4194304 edges: use fewer paths that have .. before further names" {
		t.Errorf("2,100 paths of 2,100 edges each give %v", err)
	}
	// 11 members with one value each are 2^11 answers; 13 are too many.
	for n, want := range map[int]error{11: nil, 13: errAnswers} {
		if _, err := Compile(paths(t, n, "$.p[?@.key%d=='x'].value")); !errors.Is(err, want) {
			t.Errorf("%d filters on different members give %v, want %v", n, err, want)
		}
	}
	for n, want := range map[int]error{1000: nil, 4096: errAnswers} {
		if _, err := Compile(paths(t, n, "$.p[?@.key=='x%d'].value")); !errors.Is(err, want) {
			t.Errorf("%d filters on one member give %v, want %v", n, err, want)
		}
	}
	for n, want := range map[int]error{89: nil, 91: errStates} {
		if _, err := Compile(paths(t, n, "$..[?@.key=='x%d'].value")); !errors.Is(err, want) {
			t.Errorf("%d filters behind .. give %v, want %v", n, err, want)
		}
	}
	if Covers(selection(t, "$..a"+strings.Repeat("[*]", 20)), selection(t, "$..['a','b']"+strings.Repeat("[*]", 20))) {
		t.Error("what cannot be found out is no")
	}
}

func TestAutomatonAllocatesNothing(t *testing.T) {
	few, many := paths(t, 5, "$.a.name%d"), paths(t, 1000, "$.a.name%d")
	for _, ps := range [][]Selection{few, many} {
		a, err := Compile(ps)
		if err != nil {
			t.Fatal(err)
		}
		top, name := []byte("a"), []byte("name3")
		got := testing.AllocsPerRun(100, func() {
			e := a.Member(a.Member(a.Root().Next, top).Next, name)
			if len(a.Rules(e.Accept)) != 1 || a.Element(e.Next, 1).Accept != 0 {
				t.Fatal("the wrong rules")
			}
		})
		if got != 0 {
			t.Errorf("%v allocations, want none", got)
		}
	}
}

func BenchmarkMember(b *testing.B) {
	for _, n := range []int{1, 6, 20, 1000} {
		b.Run(fmt.Sprintf("names=%d", n), func(b *testing.B) {
			a, err := Compile(paths(b, n, "$.custom%d"))
			if err != nil {
				b.Fatal(err)
			}
			s, hit, miss := a.Root().Next, []byte("custom0"), []byte("anonymousId")
			b.ReportAllocs()
			for b.Loop() {
				if a.Member(s, hit).Accept == 0 || a.Member(s, miss).Accept != 0 {
					b.Fatal("the wrong rules")
				}
			}
		})
	}
}
