package endtoend

import (
	"fmt"
	"slices"
	"testing"
)

// An audit is what the auditor finds in one sink partition, whose records carry the numbers 0, 1, 2, … that they had in
// their source partition.
type audit struct {
	Runs    int // contiguous ones; each after the first is a re-delivery
	Doubled int
	Lost    []int64
	Wrong   []string // what at-least-once does not allow
}

// auditRuns demands what at-least-once promises: the sink is a sequence of contiguous runs, each starting at or before the
// end of all before it plus one, and nothing of 0 to total-1 is missing.
func auditRuns(numbers []int64, total int64) audit {
	var a audit
	seen := make(map[int64]int, total)
	highest := int64(-1)
	for i, n := range numbers {
		switch {
		case i > 0 && n == numbers[i-1]+1: // the run goes on
		case n > highest+1:
			a.Runs++
			a.Wrong = append(a.Wrong, fmt.Sprintf("record %d stands behind %d: a gap", n, highest))
		default:
			a.Runs++
		}
		highest = max(highest, n)
		if seen[n]++; seen[n] > 1 {
			a.Doubled++
		}
		if n < 0 || n >= total {
			a.Wrong = append(a.Wrong, fmt.Sprintf("record %d was never written", n))
		}
	}
	for n := range total {
		if seen[n] == 0 {
			a.Lost = append(a.Lost, n)
		}
	}
	return a
}

// TestAuditor: the auditor finds what is planted.
func TestAuditor(t *testing.T) {
	for _, tc := range []struct {
		name    string
		numbers []int64
		runs    int
		doubled int
		lost    []int64
		wrong   int
	}{
		{"exactly once", []int64{0, 1, 2, 3, 4}, 1, 0, nil, 0},
		{"a re-delivery", []int64{0, 1, 2, 1, 2, 3, 4}, 2, 2, nil, 0},
		{"two re-deliveries", []int64{0, 1, 0, 1, 2, 0, 1, 2, 3, 4}, 3, 5, nil, 0},
		{"one lost", []int64{0, 1, 3, 4}, 2, 0, []int64{2}, 1},
		{"the last lost", []int64{0, 1, 2, 3}, 1, 0, []int64{4}, 0},
		{"swapped", []int64{0, 2, 1, 3, 4}, 4, 0, nil, 1},
		{"none", nil, 0, 0, []int64{0, 1, 2, 3, 4}, 0},
		{"from nowhere", []int64{0, 1, 2, 3, 4, 5}, 1, 0, nil, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := auditRuns(tc.numbers, 5)
			if a.Runs != tc.runs || a.Doubled != tc.doubled || !slices.Equal(a.Lost, tc.lost) || len(a.Wrong) != tc.wrong {
				t.Errorf("got %+v, want runs %d, doubled %d, lost %v, %d wrong", a, tc.runs, tc.doubled, tc.lost, tc.wrong)
			}
		})
	}
}
