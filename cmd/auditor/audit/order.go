package audit

// A Sequence is what became of the records 0 to total-1 of a source partition, in the order in which a sink has them.
type Sequence struct {
	Runs    int     // contiguous ones
	Lost    []int64 // records that are not there
	Doubled []int64 // records that come again, once for each further copy
	// Gaps are the records with which a run begins behind everything before it, plus one.
	Gaps []int64
	// Stale are the records with which a run begins behind the end of the run before, plus one, though not behind
	// everything before: what lies between stands further up, and the run before came late.
	Stale []int64
	// Foreign are numbers outside 0 to total-1.
	Foreign []int64
}

// InRuns says whether at least once holds but for what is lost: each run begins at or before the end of the one before
// it, plus one.
func (s *Sequence) InRuns() bool { return len(s.Gaps)+len(s.Stale)+len(s.Foreign) == 0 }

// Order judges the numbers of a sink. What is lost makes no gap: the records before and behind it are neighbours.
func Order(numbers []int64, total int64) Sequence {
	var s Sequence
	there := make([]bool, total)
	for _, n := range numbers {
		switch {
		case n < 0 || n >= total:
			s.Foreign = append(s.Foreign, n)
		case there[n]:
			s.Doubled = append(s.Doubled, n)
		default:
			there[n] = true
		}
	}
	rank := make([]int64, total) // among those that are there
	var next int64
	for n := range total {
		rank[n] = next
		if there[n] {
			next++
		} else {
			s.Lost = append(s.Lost, n)
		}
	}
	last, highest := int64(-1), int64(-1)
	for _, n := range numbers {
		if n < 0 || n >= total {
			continue
		}
		if r := rank[n]; r != last+1 || s.Runs == 0 {
			s.Runs++
			switch {
			case r > highest+1:
				s.Gaps = append(s.Gaps, n)
			case r > last+1:
				s.Stale = append(s.Stale, n)
			}
		}
		last = rank[n]
		highest = max(highest, last)
	}
	return s
}
