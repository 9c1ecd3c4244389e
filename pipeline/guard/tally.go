package guard

// A Finding is a kind of identifier at the pattern of a path.
type Finding struct{ Path, Kind string }

// The bounds of a Tally.
const (
	maxFindings = 512
	maxFresh    = 64
)

// Elsewhere is the path of findings for which there is no room any more.
const Elsewhere = "(elsewhere)"

// A Tally is what one Transformer counted since it was reset. It is bounded, and belongs to one goroutine.
type Tally struct {
	// Looked counts the records in which the guard looked for identifiers.
	Looked uint64
	// Unlisted counts the members, elements and headers that were removed because nobody listed them.
	Unlisted uint64
	// Fresh are the patterns of members that are new.
	Fresh []string

	found map[Finding]*uint64
}

// Found counts a finding. It allocates nothing for one that it has met since the last Reset.
func (t *Tally) Found(path []byte, kind string) {
	if n := t.found[Finding{string(path), kind}]; n != nil {
		*n++
		return
	}
	if t.found == nil {
		t.found = map[Finding]*uint64{}
	}
	f := Finding{Elsewhere, kind}
	if len(t.found) < maxFindings {
		f.Path = string(path)
	}
	if t.found[f] == nil {
		t.found[f] = new(uint64)
	}
	*t.found[f]++
}

// New adds patterns of new members.
func (t *Tally) New(patterns []string) {
	if room := maxFresh - len(t.Fresh); len(patterns) > room {
		patterns = patterns[:room]
	}
	t.Fresh = append(t.Fresh, patterns...)
}

// Empty says whether there is nothing in it.
func (t *Tally) Empty() bool {
	return t.Looked == 0 && t.Unlisted == 0 && len(t.Fresh) == 0 && len(t.found) == 0
}

// Each calls f for all findings, in no order.
func (t *Tally) Each(f func(Finding, uint64)) {
	for finding, n := range t.found {
		f(finding, *n)
	}
}

// Reset forgets everything.
func (t *Tally) Reset() {
	clear(t.found)
	clear(t.Fresh)
	t.Looked, t.Unlisted, t.Fresh = 0, 0, t.Fresh[:0]
}
