package jsonpath

// A lookBuilder makes a Look of the filters that a state asks.
type lookBuilder struct {
	look    *Look
	queries map[string]int32 // their numbers
	ends    []Node           // by query
	counts  []int            // by query: how many values it is compared with
	known   []map[literal]Hit
}

func newLook(filters []filter) (*Look, error) {
	b := lookBuilder{look: &Look{nodes: make([]node, 1)}, queries: map[string]int32{}}
	for i := range filters {
		b.look.tests = append(b.look.tests, b.test(&filters[i].expr))
	}
	return b.look, b.answers()
}

// test numbers the comparisons of an expression.
func (b *lookBuilder) test(e *expr) test {
	if e.op == equal {
		return test{atom: b.atom(e)}
	}
	t := test{op: e.op}
	for i := range e.args {
		t.args = append(t.args, b.test(&e.args[i]))
	}
	return t
}

// atom gives the number of a comparison.
func (b *lookBuilder) atom(e *expr) Hit {
	text := queryText(e.query)
	q, ok := b.queries[text]
	if !ok {
		q = int32(len(b.ends))
		b.queries[text] = q
		b.ends, b.counts = append(b.ends, b.end(e.query)), append(b.counts, 0)
		b.known = append(b.known, map[literal]Hit{})
	}
	if h, ok := b.known[q][e.value]; ok {
		return h
	}
	h := Hit(len(b.look.atoms))
	b.known[q][e.value] = h
	b.counts[q]++
	b.look.atoms, b.look.ranks = append(b.look.atoms, q), append(b.look.ranks, b.counts[q])
	switch n := &b.look.nodes[b.ends[q]]; e.value.kind {
	case aString:
		if n.texts == nil {
			n.texts = map[string]Hit{}
		}
		n.texts[e.value.text] = h
	case aNumber:
		n.numbers = append(n.numbers, numberHit{e.value.number, h})
	default:
		n.constants[e.value.kind] = h + 1
	}
	return h
}

// end gives the node where a query ends.
func (b *lookBuilder) end(query []selector) Node {
	at := Node(0)
	for _, sel := range query {
		n := &b.look.nodes[at]
		to := b.look.Member(at, []byte(sel.name))
		if sel.kind == byIndex {
			to = b.look.Element(at, int(sel.index))
		}
		if to == Nowhere {
			to = Node(len(b.look.nodes))
			if sel.kind == byIndex {
				n.elements = append(n.elements, elementNode{sel.index, to})
			} else {
				n.members = append(n.members, memberNode{sel.name, to})
			}
			b.look.nodes = append(b.look.nodes, node{})
		}
		at = to
	}
	return at
}

// answers finds out, of every choice of one value or none for each query, which filters are true then.
func (b *lookBuilder) answers() error {
	l, size := b.look, 1
	for _, count := range b.counts {
		l.strides = append(l.strides, size)
		if size *= count + 1; size > maxAnswers {
			return errAnswers
		}
	}
	variants := map[string]int32{}
	var hits []Hit
	for index := range size {
		hits = hits[:0]
		for h := range l.atoms {
			q := l.atoms[h]
			if index/l.strides[q]%(b.counts[q]+1) == l.ranks[h] {
				hits = append(hits, Hit(h))
			}
		}
		var truth []int32
		for i := range l.tests {
			if l.tests[i].holds(hits) {
				truth = append(truth, int32(i))
			}
		}
		key := string(appendNumbers(nil, truth...))
		v, ok := variants[key]
		if !ok {
			v = int32(len(l.truths))
			variants[key] = v
			l.truths = append(l.truths, truth)
		}
		l.answers = append(l.answers, v)
	}
	return nil
}
