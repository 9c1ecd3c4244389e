package scan

import "voile/pipeline/jsonpath"

// A lookahead finds out of children what filters ask, before the walk steps into them.
//
// It looks at the members that the filters' queries lead to, all duplicates of them, and passes over the others. What it
// passes over it has to read only once, however deep the children lie whose parents are looked at, too (as $..[?…] has it):
// the first look at a child notes where the arrays and objects in it end, and the looks inside it jump. So all looks at a
// document together take time that grows with its length, times the length of the longest query.
//
// It validates little: the walk does that, of every byte, after it. In a text that is no JSON it may find anything.
type lookahead struct {
	doc     []byte
	look    *jsonpath.Look
	hits    []jsonpath.Hit
	text    []byte
	extents []extent // of the arrays and objects that the last look from outside saw, in their order
	known   int      // where that look ended
	noting  bool     // this look is one from outside
	at      int      // no extent before this one will be asked for
	next    int      // the extent to come
	failed  bool     // the text is no JSON, or too deep: the walk will find out
}

// An extent is where an array or object lies.
type extent struct {
	start, end int
	next       int // the number of the first one behind it; while it is open, of the one around it
}

func (l *lookahead) reset(doc []byte) {
	l.doc, l.known, l.failed = doc, 0, false
}

// child gives the hits in the child whose value begins at i. depth is how many arrays and objects may be open in it.
func (l *lookahead) child(look *jsonpath.Look, i, depth int) []jsonpath.Hit {
	l.look, l.hits = look, l.hits[:0]
	if i >= len(l.doc) || l.failed {
		return nil
	}
	if c := l.doc[i]; c != '{' && c != '[' {
		_, ok := l.compare(i, 0)
		l.failed = !ok
		return l.hits
	}
	if !look.GoesOn(0, l.doc[i] == '[') {
		return nil
	}
	if l.noting = i >= l.known; l.noting {
		l.extents, l.at = l.extents[:0], 0
	}
	for !l.noting && l.at < len(l.extents) && l.extents[l.at].start < i {
		l.at++
	}
	l.next = l.at
	end, ok := l.inside(i, 0, depth)
	if l.failed = !ok; l.noting {
		l.known = end
	}
	return l.hits
}

// inside follows the queries that go on from a node into the array or object that begins at i, and gives its end. It calls
// itself as deep as a query is long.
func (l *lookahead) inside(i int, at jsonpath.Node, depth int) (int, bool) {
	own, ok := l.open(i)
	if !ok || depth <= 0 {
		return i, false
	}
	closing, element := l.doc[i]+2, 0 // so it is in ASCII
	for i = skipSpace(l.doc, i+1); i < len(l.doc); i = skipSpace(l.doc, i+1) {
		if l.doc[i] == closing && element == 0 {
			return l.close(own, i+1), true
		}
		var to jsonpath.Node
		if closing == ']' {
			to = l.look.Element(at, element)
		} else if to, i, ok = l.member(i, at); !ok {
			return i, false
		}
		if i, ok = l.value(i, to, depth-1); !ok {
			return i, false
		}
		if i = skipSpace(l.doc, i); i >= len(l.doc) {
			return i, false
		}
		if l.doc[i] == closing {
			return l.close(own, i+1), true
		}
		if l.doc[i] != ',' {
			return i, false
		}
		element++
	}
	return i, false
}

// member reads the name that begins at i, and gives the node that it leads to and the place of the value.
func (l *lookahead) member(i int, at jsonpath.Node) (jsonpath.Node, int, bool) {
	if l.doc[i] != '"' {
		return jsonpath.Nowhere, i, false
	}
	end, escapes, wrong := skipString(l.doc, i+1)
	if wrong != none {
		return jsonpath.Nowhere, end, false
	}
	to := jsonpath.Nowhere
	if name, ok := l.decode(l.doc[i+1:end-1], escapes); ok {
		to = l.look.Member(at, name)
	}
	i, wrong = skipColon(l.doc, end)
	return to, i, wrong == none
}

// value reads the value that begins at i, to which queries lead as far as a node, and gives its end.
func (l *lookahead) value(i int, at jsonpath.Node, depth int) (int, bool) {
	switch {
	case i >= len(l.doc):
		return i, false
	case l.doc[i] != '{' && l.doc[i] != '[':
		return l.compare(i, at)
	case at != jsonpath.Nowhere && l.look.GoesOn(at, l.doc[i] == '['):
		return l.inside(i, at, depth)
	case l.noting:
		return l.pass(i, depth)
	case !l.there(i):
		return i, false
	}
	e := &l.extents[l.next]
	l.next = e.next
	return e.end, true
}

// compare reads the scalar that begins at i, and compares it with what is compared at a node.
func (l *lookahead) compare(i int, at jsonpath.Node) (int, bool) {
	if l.doc[i] != '"' {
		end, wrong := skipScalar(l.doc, i)
		if wrong == none && at != jsonpath.Nowhere {
			l.hits = l.look.Other(l.hits, at, l.doc[i:end])
		}
		return end, wrong == none
	}
	end, escapes, wrong := skipString(l.doc, i+1)
	if wrong == none && at != jsonpath.Nowhere && l.look.Texts(at) {
		if text, ok := l.decode(l.doc[i+1:end-1], escapes); ok {
			l.hits = l.look.Text(l.hits, at, text)
		}
	}
	return end, wrong == none
}

// decode gives the text of the body of a string, or says that it is no Unicode text that could equal another one.
func (l *lookahead) decode(body []byte, escapes bool) ([]byte, bool) {
	if !escapes {
		return body, true
	}
	var err error
	l.text, err = Unescape(l.text[:0], body)
	return l.text, err == nil
}

// pass notes the array or object that begins at i and all in it, and gives its end.
func (l *lookahead) pass(i, depth int) (int, bool) {
	around, open := -1, 0
	for i < len(l.doc) {
		switch l.doc[i] {
		case '"':
			var wrong what
			if i, _, wrong = skipString(l.doc, i+1); wrong != none {
				return i, false
			}
			continue
		case '{', '[':
			if open == depth {
				return i, false
			}
			l.extents = append(l.extents, extent{start: i, next: around})
			around = len(l.extents) - 1
			open++
		case '}', ']':
			own := around
			around = l.extents[own].next
			l.close(own, i+1)
			if open--; open == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return i, false
}

// open notes that an array or object begins at i, or finds what is noted of it, and gives its number.
func (l *lookahead) open(i int) (own int, ok bool) {
	if l.noting {
		l.extents = append(l.extents, extent{start: i})
		return len(l.extents) - 1, true
	}
	ok = l.there(i)
	l.next++
	return l.next - 1, ok
}

// there says whether the extent to come is that of what begins at i. Only where the text is no JSON it may not be.
func (l *lookahead) there(i int) bool { return l.next < len(l.extents) && l.extents[l.next].start == i }

// close notes where an array or object ends.
func (l *lookahead) close(own, end int) int {
	if l.noting {
		l.extents[own].end, l.extents[own].next = end, len(l.extents)
	}
	return end
}
