package pipeline

import "testing"

func TestResume(t *testing.T) {
	r := &route{leftGeneration: 4, left: map[string]left{"new": {-1, 30}, "old": {100, 130}, "idle": {100, 100}, "unknown": {-1, -1}}}
	for _, tc := range []struct {
		name      string
		partition string
		committed int64
		want      int64
	}{
		{"the last commit did not arrive", "old", 100, 130},
		{"it arrived, though we do not know", "old", 120, 130},
		{"all is committed", "old", 130, 130},
		{"somebody else went on", "old", 500, 500},
		{"somebody set it back", "old", 99, 99},
		{"the first commit did not arrive", "new", -1, 30},
		{"nothing was done", "idle", 100, 100},
		{"no start was found", "unknown", -1, -1},
		{"another partition", "other", 7, 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := r.resume(6, tc.partition, tc.committed); got != tc.committed {
				t.Errorf("with a generation in between: resume(%s, %d) = %d, want %d", tc.partition, tc.committed, got, tc.committed)
			}
			for _, generation := range []int32{4, 5} {
				if got := r.resume(generation, tc.partition, tc.committed); got != tc.want {
					t.Errorf("in generation %d: resume(%s, %d) = %d, want %d", generation, tc.partition, tc.committed, got, tc.want)
				}
			}
		})
	}
}
