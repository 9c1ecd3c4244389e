package jsonpath

// Names gives the member names in the path, segment by segment from the root, and of a filter the texts that it compares with,
// which in a list of names and values are names; none for a segment that has only indices or a wildcard. It is for guesses by name at what lies there, and no way to evaluate the path.
func (p Path) Names() [][]string {
	all := make([][]string, len(p.segments))
	for i := range p.segments {
		for _, sel := range p.segments[i].selectors {
			if sel.kind == byName {
				all[i] = append(all[i], sel.name)
			}
		}
		for j := range p.segments[i].filters {
			all[i] = p.segments[i].filters[j].expr.texts(all[i])
		}
	}
	return all
}

// texts appends the texts that an expression compares with.
func (e *expr) texts(dst []string) []string {
	if e.op == equal && e.value.kind == aString {
		dst = append(dst, e.value.text)
	}
	for i := range e.args {
		dst = e.args[i].texts(dst)
	}
	return dst
}
