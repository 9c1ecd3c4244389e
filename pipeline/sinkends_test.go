package pipeline

import "testing"

// TestPlaceInTheSink: where a record would have stood that was set aside behind so many records of the load.
func TestPlaceInTheSink(t *testing.T) {
	const unknown = -1
	for _, tc := range []struct {
		name  string
		known int64 // behind the loads before; -1 unknown
		runs  []run
		mark  int
		want  int64 // -1 unknown
	}{
		{"nothing is known", unknown, nil, 0, unknown},
		{"nothing of the load", 100, nil, 3, 100},
		{"first of the load", 100, []run{{0, 0, 10, 120}}, 0, 120},
		{"in the middle", 100, []run{{0, 0, 10, 120}}, 4, 124},
		{"the last", 100, []run{{0, 0, 10, 120}}, 10, 130},
		{"first ever", unknown, []run{{0, 0, 10, 120}}, 0, 120},
		{"behind a halved batch", 100, []run{{0, 0, 4, 120}, {0, 5, 10, 130}}, 7, 132},
		{"the refused one", 100, []run{{0, 0, 4, 120}, {0, 5, 10, 130}}, 4, 130},
		{"in a batch of unknown offset", 100, []run{{0, 0, 4, unknown}, {0, 5, 10, 130}}, 2, 100},
		{"behind it", 100, []run{{0, 0, 4, unknown}, {0, 5, 10, 130}}, 6, 131},
		{"the end of it", 100, []run{{0, 0, 4, unknown}}, 4, 100},
		{"another partition's", 100, []run{{1, 0, 4, 700}}, 2, 100},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := sinkEnds{runs: tc.runs}
			if tc.known != unknown {
				e.set(0, tc.known)
			}
			got, ok := e.place(0, tc.mark)
			if !ok {
				got = unknown
			}
			if got != tc.want {
				t.Errorf("place %d, want %d", got, tc.want)
			}
		})
	}
}
