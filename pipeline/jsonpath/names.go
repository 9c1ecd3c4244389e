package jsonpath

// Names gives the member names in the path, segment by segment from the root; none for a segment that has only indices or a
// wildcard. It is for guesses by name at what lies there, and no way to evaluate the path.
func (p Path) Names() [][]string {
	all := make([][]string, len(p.segments))
	for i := range p.segments {
		for _, sel := range p.segments[i].selectors {
			if sel.kind == byName {
				all[i] = append(all[i], sel.name)
			}
		}
	}
	return all
}
