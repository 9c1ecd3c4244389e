package replay

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"voile/pipeline/quarantine"
	"voile/pipeline/record"
)

// plain seals nothing: what is tested here is behind the cryptography.
type plain struct{}

func (plain) Seal(plaintext, _ []byte) ([]byte, error) { return plaintext, nil }
func (plain) Open(sealed, _ []byte) ([]byte, error)    { return sealed, nil }

func sealedParts(t *testing.T, source int64, value []byte) []*quarantine.Part {
	t.Helper()
	e := &quarantine.Entry{Route: "web", Topic: "raw", Offset: source, Time: time.Unix(1, 0), Reason: "not_json",
		Record: &record.Record{Offset: source, Value: value}}
	records, err := quarantine.NewWriter(plain{}).Seal(e, 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	var parts []*quarantine.Part
	for i := range records {
		p, err := quarantine.Open(plain{}, &records[i])
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	return parts
}

func TestJoining(t *testing.T) {
	value := make([]byte, 13_000) // random, or it is compressed to one part
	if _, err := rand.Read(value); err != nil {
		t.Fatal(err)
	}
	p := sealedParts(t, 7, value)
	q := sealedParts(t, 8, value)
	if len(p) != 3 || len(q) != 3 {
		t.Fatalf("%d and %d parts, want 3", len(p), len(q))
	}
	for _, tt := range []struct {
		name  string
		parts []*quarantine.Part // at the offsets 0, 1, …
		whole [][]int64          // the offsets of each that becomes whole
		left  [][]int64
	}{
		{"in order", p, [][]int64{{0, 1, 2}}, nil},
		{"one part", sealedParts(t, 9, []byte("{")), [][]int64{{0}}, nil},
		{"two among one another, one backwards", []*quarantine.Part{p[0], q[2], p[1], q[1], q[0], p[2]}, [][]int64{{1, 3, 4}, {0, 2, 5}}, nil},
		{"a part twice", []*quarantine.Part{p[0], p[0], p[1], p[1], p[2]}, [][]int64{{0, 1, 2, 3, 4}}, nil},
		{"the last part twice", []*quarantine.Part{p[0], p[1], p[2], p[2]}, [][]int64{{0, 1, 2}}, [][]int64{{3}}},
		{"all twice", append(slices.Clone(p), p...), [][]int64{{0, 1, 2}, {3, 4, 5}}, nil},
		{"one is missing", []*quarantine.Part{p[0], p[0], p[2]}, nil, [][]int64{{0, 1, 2}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := joining{sealings: map[string]*sealing{}}
			var whole, left [][]int64
			for at, part := range tt.parts {
				s := j.take(&source{}, part, int64(at))
				if s == nil {
					continue
				}
				whole = append(whole, s.at)
				e, err := quarantine.Join(s.parts)
				if err != nil || e.Offset < 9 && !bytes.Equal(e.Record.Value, value) {
					t.Errorf("joined at %d: %v", at, err)
				}
			}
			for _, s := range j.left() {
				left = append(left, s.at)
			}
			if same := func(a, b []int64) bool { return slices.Equal(a, b) }; !slices.EqualFunc(whole, tt.whole, same) || !slices.EqualFunc(left, tt.left, same) {
				t.Errorf("whole %v, left %v, want %v and %v", whole, left, tt.whole, tt.left)
			}
		})
	}
}
