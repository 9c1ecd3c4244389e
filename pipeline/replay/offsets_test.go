package replay

import (
	"slices"
	"testing"
)

// TestProgressIsASet: whatever the order in which things are done, what is done is what was said to be, and next is the
// first that is not.
func TestProgressIsASet(t *testing.T) {
	for _, tc := range []struct {
		name  string
		start int64
		done  []span
		next  int64
		above []span
	}{
		{"nothing", 5, nil, 5, nil},
		{"in order", 5, []span{{5, 6}, {6, 8}}, 8, nil},
		{"a gap", 5, []span{{7, 9}}, 5, []span{{7, 9}}},
		{"the gap filled", 5, []span{{7, 9}, {5, 7}}, 9, nil},
		{"two gaps", 0, []span{{2, 3}, {6, 7}, {4, 5}}, 0, []span{{2, 3}, {4, 5}, {6, 7}}},
		{"joined", 0, []span{{2, 3}, {6, 7}, {3, 6}}, 0, []span{{2, 7}}},
		{"over all", 0, []span{{2, 3}, {6, 7}, {1, 9}}, 0, []span{{1, 9}}},
		{"done before", 5, []span{{1, 4}}, 5, nil},
		{"across next", 5, []span{{1, 7}}, 7, nil},
		{"empty", 5, []span{{7, 7}}, 5, nil},
		{"inside", 0, []span{{2, 9}, {4, 5}}, 0, []span{{2, 9}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := &progress{next: tc.start}
			for _, s := range tc.done {
				p.done(s.from, s.end)
			}
			if p.next != tc.next || !slices.Equal(p.above.spans, tc.above) {
				t.Errorf("progress %s, want %d%v", p, tc.next, tc.above)
			}
		})
	}
}

// FuzzProgress states two laws: isDone answers as a set of single offsets would, and parse after encode is the identity.
func FuzzProgress(f *testing.F) {
	f.Add(int64(0), []byte{3, 1, 0, 3, 9, 200})
	f.Add(int64(1<<40), []byte{1, 1, 3, 1, 5, 1, 2, 1})
	f.Fuzz(func(t *testing.T, start int64, done []byte) {
		start &= 1<<50 - 1
		p := &progress{next: start}
		want := map[int64]bool{}
		for ; len(done) > 1; done = done[2:] {
			from := start + int64(done[0])
			end := from + int64(done[1]%8)
			p.done(from, end)
			for o := from; o < end; o++ {
				want[o] = true
			}
		}
		for o := start; o < start+300; o++ {
			if p.isDone(o) != want[o] {
				t.Fatalf("offset %d is done: %t, want %t; %s", o, p.isDone(o), want[o], p)
			}
		}
		if want[p.next] {
			t.Fatalf("next is done: %s", p)
		}
		text, _ := p.metadata()
		got, err := parseProgress(p.next, text)
		if err != nil || got.String() != p.String() {
			t.Fatalf("%s came back as %v, %v", p, got, err)
		}
	})
}

// FuzzParseProgress: any text is refused, or has one meaning and one spelling.
func FuzzParseProgress(f *testing.F) {
	p := &progress{above: offsets{[]span{{2, 3}, {5, 700}}}}
	text, _ := p.metadata()
	f.Add(int64(0), text)
	f.Add(int64(7), "voile1:AAAA")
	f.Add(int64(7), "voile1b:VlU")
	f.Add(int64(1<<63-9), "voile1b:VlU")
	f.Add(int64(-1), "")
	f.Fuzz(func(t *testing.T, next int64, text string) {
		p, err := parseProgress(next, text)
		if err != nil {
			return
		}
		again, _ := p.metadata()
		q, err := parseProgress(p.next, again)
		if err != nil || p.String() != q.String() {
			t.Fatalf("%q: %s is not %v, %v", text, p, q, err)
		}
	})
}

// TestMetadataFits: as many single offsets as documented fit into what a broker takes: far from one another, and every other
// one, as where the entries that are stale lie among those that are not.
func TestMetadataFits(t *testing.T) {
	for step, want := range map[int64]int64{100: 1533, 2: 12_264} {
		p := &progress{}
		n := int64(0)
		for ; ; n++ {
			p.done(step*n+1, step*n+2)
			text, fits := p.metadata()
			if !fits {
				break
			}
			if n%1000 != 999 {
				continue
			}
			if q, err := parseProgress(0, text); err != nil || q.String() != p.String() {
				t.Fatalf("%d spans do not come back: %v", n, err)
			}
		}
		if n != want {
			t.Errorf("%d spans of every %dth offset fit, want %d", n, step, want)
		}
		p.done(0, step*n+2)
		if text, fits := p.metadata(); text != "" || !fits {
			t.Errorf("once the gaps are filled: %q", text)
		}
	}
}
