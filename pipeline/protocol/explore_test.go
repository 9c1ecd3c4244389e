package protocol

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A system is what explore goes through: its first state, and how it goes on from any state. States are compared as they
// are, so a state must hold nothing that has no meaning any more.
type system[S comparable] struct {
	first S
	// next calls emit for each state that may follow. calm says that the step is no fault, no wait for a time-out of a
	// transaction, and no rebalance without need: from every state the goal must be reachable by such steps alone.
	next func(s *S, emit func(to *S, by step, calm bool))
	// wrong says what a state violates, or is empty.
	wrong func(s *S) string
	goal  func(s *S) bool
	// canonical maps a state to the one that stands for all that differ in names only; nil none.
	canonical func(s *S) S
}

// An outcome is what explore found.
type outcome struct {
	states, steps int
	took          time.Duration
	wrong         string   // the first violation, in the breadth of the search, so with a shortest trace
	stuck         int      // states from which the goal is not reachable
	trace         []string // to the violation, or to the first such state
}

func (o *outcome) String() string {
	return fmt.Sprintf("%d states, %d steps, %s", o.states, o.steps, o.took.Round(10*time.Millisecond))
}

// found says in words what is wrong, with the trace; it is empty where nothing is.
func (o *outcome) found() string {
	what := o.wrong
	if what == "" && o.stuck > 0 {
		what = fmt.Sprintf("stuck: the goal is not reachable from %d states, first from this one", o.stuck)
	}
	if what == "" {
		return ""
	}
	return fmt.Sprintf("%s, after %d steps:\n  %s", what, len(o.trace), strings.Join(o.trace, "\n  "))
}

// mostStates stops a search that has grown by mistake before it takes the machine's memory.
const mostStates = 12_000_000

// explore goes through all reachable states, breadth first, until one is wrong.
func explore[S comparable](t *testing.T, sys *system[S]) *outcome {
	t.Helper()
	if sys.canonical == nil {
		sys.canonical = func(s *S) S { return *s }
	}
	var (
		start  = time.Now()
		out    = &outcome{}
		first  = sys.canonical(&sys.first)
		number = map[S]uint32{first: 0}
		states = []S{first}
		parent = []uint32{0}
		from   []uint32 // the calm steps, by their ends
		to     []uint32
	)
	for at := 0; at < len(states); at++ {
		s := states[at]
		if out.wrong = sys.wrong(&s); out.wrong != "" {
			out.trace = retrace(sys, states, parent, uint32(at))
			break
		}
		sys.next(&s, func(next *S, _ step, calm bool) {
			out.steps++
			c := sys.canonical(next)
			n, known := number[c]
			if !known {
				n = uint32(len(states))
				number[c] = n
				states, parent = append(states, c), append(parent, uint32(at))
			}
			if calm && n != uint32(at) {
				from, to = append(from, uint32(at)), append(to, n)
			}
		})
		if len(states) > mostStates {
			t.Fatalf("more than %d states", mostStates)
		}
	}
	out.states = len(states)
	if out.wrong == "" {
		if s := stuck(sys, states, from, to); len(s) > 0 {
			out.stuck, out.trace = len(s), retrace(sys, states, parent, s[0])
		}
	}
	out.took = time.Since(start)
	return out
}

// stuck gives the states from which no goal is reachable by calm steps, in the order in which they were found.
func stuck[S comparable](sys *system[S], states []S, from, to []uint32) (out []uint32) {
	// The steps by their end: those to state n lie in before[index[n]:index[n+1]].
	index := make([]uint32, len(states)+2)
	for _, n := range to {
		index[n+2]++
	}
	for n := range states {
		index[n+2] += index[n+1]
	}
	before := make([]uint32, len(to))
	for i, n := range to {
		before[index[n+1]] = from[i]
		index[n+1]++
	}
	reached := make([]bool, len(states))
	var todo []uint32
	for n := range states {
		if sys.goal(&states[n]) {
			reached[n] = true
			todo = append(todo, uint32(n))
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, b := range before[index[n]:index[n+1]] {
			if !reached[b] {
				reached[b] = true
				todo = append(todo, b)
			}
		}
	}
	for n, ok := range reached {
		if !ok {
			out = append(out, uint32(n))
		}
	}
	return out
}

// retrace tells the steps to a state. The way is known in canonical states, in which names change from one to the next;
// it is walked once more without them.
func retrace[S comparable](sys *system[S], states []S, parent []uint32, n uint32) (trace []string) {
	var way []uint32
	for ; n != 0; n = parent[n] {
		way = append(way, n)
	}
	s := sys.first
	for i := len(way) - 1; i >= 0; i-- {
		var then S
		var by step
		found := false
		sys.next(&s, func(next *S, b step, _ bool) {
			if !found && sys.canonical(next) == states[way[i]] {
				then, by, found = *next, b, true
			}
		})
		s = then
		trace = append(trace, by.String())
	}
	return trace
}

// A step is who did what, and what came of it, for a trace.
type step struct {
	who      int // a member; byBrokers
	what     string
	id, part int // -1 none
	how      string
}

const byBrokers = -1

func (s step) String() string {
	out := "brokers: " + s.what
	if s.who != byBrokers {
		out = fmt.Sprintf("member %c: %s", 'A'+s.who, s.what)
	}
	if s.id >= 0 {
		out += fmt.Sprintf(", id %c", 'p'+s.id)
	}
	if s.part >= 0 {
		out += fmt.Sprintf(", partition %c", 'p'+s.part)
	}
	if s.how != "" {
		out += ": " + s.how
	}
	return out
}
