package pipeline

import "testing"

func TestFilling(t *testing.T) {
	for _, tt := range []struct {
		name        string
		growth      float64
		chunk       int
		room, limit int
	}{
		{"nothing", 1.25, 0, 0, maxLoad},
		{"one load", 1, 512 << 10, 544 << 10, maxLoad},
		{"a guess that is too low does not make many loads", 1, 16 << 10, 17 << 10, maxLoad},
		{"one load, just", 0.9375, maxLoad, maxLoad, maxLoad},
		{"two of about the same size", 1, 1 << 20, (1<<20 + 64<<10) / 2, (1<<20 + 64<<10) / 2},
		{"compressed: as many as it takes", 10, 1 << 20, (10<<20 + 64<<10) / 11, (10<<20 + 64<<10) / 11},
	} {
		f := filling{growth: tt.growth}
		if f.begin(tt.chunk); f.room != tt.room || f.limit != tt.limit {
			t.Errorf("%s: room %d, limit %d, want %d, %d", tt.name, f.room, f.limit, tt.room, tt.limit)
		}
	}
	f := filling{growth: 1.25}
	f.begin(1000)
	f.loaded = 1500
	if f.end(1000); f.growth != 1.5 {
		t.Errorf("growth %v, want 1.5", f.growth)
	}
	f.begin(1000)
	if f.end(1000); f.growth != 1.5 {
		t.Errorf("growth %v after a chunk of which nothing went on, want 1.5", f.growth)
	}
}
