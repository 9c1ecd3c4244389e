package normalize

import (
	"errors"
	"regexp/syntax"
	"slices"
)

// digitMachine is a regular expression over the ten digits as a table, so that asking it costs a step a digit and no memory. It
// says whether an expression matches, not where: what an expression prefers to match is left to package regexp.
type digitMachine struct{ states []digitState }

type digitState struct {
	next  [10]int16 // by digit; -1: nothing can match any more
	hit   bool      // what was read matches, whatever follows
	atEnd bool      // what was read matches if nothing follows
}

// maxDigitStates bounds a table; the expressions of phone numbers need some hundreds at most.
const maxDigitStates = 4096

// compileDigits makes the table of an expression that is anchored at the start of the text.
func compileDigits(pattern string) (*digitMachine, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	m, sets := &digitMachine{}, [][]uint32{follow(prog, nil, uint32(prog.Start), syntax.EmptyBeginText)} //nolint:gosec // an index
	for i := 0; i < len(sets); i++ {
		state := digitState{hit: hasMatch(prog, sets[i], 0), atEnd: hasMatch(prog, sets[i], syntax.EmptyEndText)}
		for d := range state.next {
			state.next[d] = -1
			next := step(prog, sets[i], rune('0'+d))
			if len(next) == 0 {
				continue
			}
			at := slices.IndexFunc(sets, func(s []uint32) bool { return slices.Equal(s, next) })
			if at < 0 {
				if at = len(sets); at >= maxDigitStates {
					return nil, errors.New("an expression over digits needs too many states")
				}
				sets = append(sets, next)
			}
			state.next[d] = int16(at) //nolint:gosec // below maxDigitStates
		}
		m.states = append(m.states, state)
	}
	return m, nil
}

// matchesAll says whether the expression matches the digits from the first to the last.
func (m *digitMachine) matchesAll(digits []byte) bool {
	at := int16(0)
	for _, c := range digits {
		if at = m.states[at].next[c-'0']; at < 0 {
			return false
		}
	}
	return m.states[at].atEnd
}

// matchesStart says whether the expression matches the digits from the first on, up to any other.
func (m *digitMachine) matchesStart(digits []byte) bool {
	at := int16(0)
	for _, c := range digits {
		if m.states[at].hit {
			return true
		}
		if at = m.states[at].next[c-'0']; at < 0 {
			return false
		}
	}
	return m.states[at].atEnd
}

// follow adds an instruction and those that it leads to without reading to the ordered set. Assertions hold that are in empty.
func follow(prog *syntax.Prog, set []uint32, pc uint32, empty syntax.EmptyOp) []uint32 {
	at, found := slices.BinarySearch(set, pc)
	if found {
		return set
	}
	set = slices.Insert(set, at, pc)
	switch inst := &prog.Inst[pc]; inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return follow(prog, follow(prog, set, inst.Out, empty), inst.Arg, empty)
	case syntax.InstCapture, syntax.InstNop:
		return follow(prog, set, inst.Out, empty)
	case syntax.InstEmptyWidth:
		if syntax.EmptyOp(inst.Arg)&^empty == 0 {
			return follow(prog, set, inst.Out, empty)
		}
	}
	return set
}

// step gives the instructions that a digit leads to.
func step(prog *syntax.Prog, set []uint32, digit rune) []uint32 {
	var next []uint32
	for _, pc := range set {
		inst := &prog.Inst[pc]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(digit) {
				next = follow(prog, next, inst.Out, 0)
			}
		}
	}
	return next
}

func hasMatch(prog *syntax.Prog, set []uint32, empty syntax.EmptyOp) bool {
	var all []uint32
	for _, pc := range set {
		all = follow(prog, all, pc, empty)
	}
	return slices.ContainsFunc(all, func(pc uint32) bool { return prog.Inst[pc].Op == syntax.InstMatch })
}
