package pipeline

import "testing"

func TestWindow(t *testing.T) {
	for _, tc := range []struct {
		name  string
		share float64
		over  int
		adds  string // x: set aside
		want  int    // the first add that passes the limit, from 1; 0 never
	}{
		{"none set aside", 0.2, 10, "....................", 0},
		{"at the limit", 0.2, 10, "xx........xx........", 0},
		{"one above the limit", 0.2, 10, "xx.x", 4},
		{"the old ones are forgotten", 0.2, 10, "xx........x.x.......", 0},
		{"spread over two windows", 0.2, 10, "........xx.x", 12},
		{"zero tolerates none", 0, 10, "....x", 5},
		{"all tolerated", 1, 4, "xxxxxxxxxx", 0},
		{"off", 0, 0, "xxxxxxxxxx", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, got := newWindow(tc.share, tc.over), 0
			for i, c := range tc.adds {
				if w.judge(int64(i), c == 'x') && got == 0 {
					got = i + 1
				}
			}
			if got != tc.want {
				t.Errorf("exceeded at %d, want %d", got, tc.want)
			}
		})
	}
}

func TestWindowCountsARecordOnce(t *testing.T) {
	w := newWindow(0.2, 10)
	for range 5 { // the same two bad records, read again and again
		for offset := range int64(10) {
			if w.judge(offset, offset >= 8) {
				t.Fatal("a record that was read again counts again")
			}
		}
	}
	if !w.refuse() {
		t.Error("a third one of ten, refused by the broker, does not count")
	}
}

// TestWindowFrom: where other records have the offsets now, as in a topic that was made anew, they count.
func TestWindowFrom(t *testing.T) {
	w := newWindow(0.2, 10)
	for offset := range int64(100) {
		w.judge(offset, false)
	}
	w.from(5)
	for offset := range int64(8) {
		if got, want := w.judge(offset, true), offset == 7; got != want { // the third from 5 on
			t.Errorf("offset %d: the limit is passed: %v, want %v", offset, got, want)
		}
	}
}

func TestWindowRounds(t *testing.T) {
	if got := newWindow(0.29, 100).limit; got != 29 {
		t.Errorf("29 %% of 100 is %d", got)
	}
}
