package guard

import (
	"math"

	"voile/pipeline/scan"
)

// A Lister finds what of a JSON text nobody has listed. It is memory for walks, and belongs to one goroutine.
type Lister struct {
	open    []byte // the brackets of the open arrays and objects
	extents []extent
	stack   []int // of extents
	spans   []scan.Span
}

// An extent is where an array or object ends. They stand in the order in which the arrays and objects begin, and are found once for a
// text: looked for anew at each level, a deep text would be read as often as it is deep.
type extent struct {
	end  int
	next int // the number of the first one that begins behind it
}

// Unlisted gives the outermost members and elements of doc in whose value no byte is listed, as spans for a scan.Rewriter. first
// and second are the spans of listed values, each list in the order of the text; what lies in a listed value is listed. The
// value of the document itself is never among them: ok is false where it is no array and no object, and not listed. The spans
// are valid until the next call.
func (l *Lister) Unlisted(doc []byte, first, second []scan.Span) (spans []scan.Span, ok bool) {
	l.spans, l.open = l.spans[:0], l.open[:0]
	m := merged{first, second}
	i := skipSpace(doc, 0)
	if i >= len(doc) {
		return nil, true
	}
	if m.covers(i) {
		return nil, true
	}
	if doc[i] != '{' && doc[i] != '[' {
		return nil, false
	}
	l.measure(doc, i)
	l.open, i = append(l.open, doc[i]), i+1
	number := 1 // of the next array or object
	for len(l.open) > 0 && i < len(doc) {
		it, at, ok := next(doc, i, l.open[len(l.open)-1] == '[')
		if i = at; !ok {
			l.open = l.open[:len(l.open)-1]
			continue
		}
		end, behind := 0, number
		if number < len(l.extents) && (doc[i] == '{' || doc[i] == '[') {
			end, behind = l.extents[number].end, l.extents[number].next
		} else {
			end = valueEnd(doc, i)
		}
		switch {
		case m.covers(i):
			i, number = end, behind
		case m.begins(i, end): // so it is an array or object
			l.open, i, number = append(l.open, doc[i]), i+1, number+1
		default:
			l.spans = append(l.spans, scan.Span{Start: it.start, End: end, Member: it.member})
			i, number = end, behind
		}
	}
	return l.spans, true
}

// measure finds the extents of the array or object that begins at i and of all in it.
func (l *Lister) measure(doc []byte, i int) {
	l.extents, l.stack = l.extents[:0], l.stack[:0]
	for i < len(doc) {
		switch doc[i] {
		case '"':
			i = stringEnd(doc, i)
			continue
		case '{', '[':
			l.stack = append(l.stack, len(l.extents))
			l.extents = append(l.extents, extent{len(doc), math.MaxInt}) // unless it ends
		case '}', ']':
			last := len(l.stack) - 1
			l.extents[l.stack[last]] = extent{i + 1, len(l.extents)}
			if l.stack = l.stack[:last]; last == 0 {
				return
			}
		}
		i++
	}
}

// merged are two lists of spans as one, of which each question is asked from left to right.
type merged struct{ a, b []scan.Span }

// covers says whether a listed value begins at or before i and ends behind it.
func (m *merged) covers(i int) bool {
	return covers(&m.a, i) || covers(&m.b, i)
}

func covers(list *[]scan.Span, i int) bool {
	skipTo(list, i)
	return len(*list) > 0 && (*list)[0].Start <= i
}

// begins says whether a listed value begins behind from and before to; of what is before from nothing is left.
func (m *merged) begins(from, to int) bool {
	skipTo(&m.a, from)
	skipTo(&m.b, from)
	return len(m.a) > 0 && m.a[0].Start < to || len(m.b) > 0 && m.b[0].Start < to
}

// skipTo drops the spans that end at or before i, and those of names, which list nothing.
func skipTo(list *[]scan.Span, i int) {
	for len(*list) > 0 && ((*list)[0].End <= i || (*list)[0].Name || (*list)[0].Accept == 0) {
		*list = (*list)[1:]
	}
}
