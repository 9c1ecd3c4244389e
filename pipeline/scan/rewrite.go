package scan

// A Rewriter writes a document anew with some of its spans replaced or removed. Every byte outside of these stays as it is,
// and the result is valid JSON where the replacements are. It belongs to one goroutine and allocates nothing of its own.
//
// After Reset, the spans of one Scan of the document are taken in their order. For each: Seek, then, or not, one of
// Replaced and Removed; a span that gets neither stays as it is, and one that gets no Seek too. Then Finish.
//
// # What goes with a removed member
//
// A member is removed with its name, and with exactly one comma where there is one. Elements of arrays likewise.
//
//   - Where a member before it stays: with the comma before it and the white space around that, so from the end of the
//     member before to its own end.
//   - Where none before it stays: with the comma behind it and the white space up to the next member, so that the next one
//     comes to stand in its place.
//   - Where none before it stays and none comes behind: alone, with the white space up to the closing bracket.
//   - The document itself cannot be taken out of itself: it becomes null.
//
// So, with the values 1 selected and removed, and · for a space:
//
//	before                            after
//	{"a":1}                           {}
//	{·"a":·1·}                        {·}
//	{"a":1,"b":2}                     {"b":2}
//	{"a":1,·"b":2}                    {"b":2}
//	{·"a":1·,·"b":2·}                 {·"b":2·}
//	{"a":2,"b":1}                     {"a":2}
//	{·"a":2·,·"b":1·}                 {·"a":2·}
//	{"a":2,·"b":1,·"c":3}             {"a":2,·"c":3}
//	{"a":2·,·"b":1·,·"c":3}           {"a":2·,·"c":3}
//	{"a":1,·"b":1,·"c":3}             {"c":3}
//	{"a":1,·"b":1}                    {}
//	{"a":1,"a":1,"a":2}               {"a":2}
//	{"a":{"b":1},"c":1}               {"a":{}}
//	[1,·2,·1]                         [2]
//	1                                 null
type Rewriter struct {
	doc  []byte
	at   int // all of doc before it is dealt with
	open int // where the next member would begin that has none staying before it
}

// Reset begins a document.
func (w *Rewriter) Reset(doc []byte) { *w = Rewriter{doc: doc, open: -1} }

// Seek appends what lies between the last span and the value of this one. What the caller appends to the result before it
// calls Replaced takes the value's place.
func (w *Rewriter) Seek(dst []byte, s *Span) []byte {
	dst = append(dst, w.doc[w.at:s.Start]...)
	w.at = s.Start
	return dst
}

// Replaced says that what was appended since Seek takes the value's place.
func (w *Rewriter) Replaced(s *Span) { w.at = s.End }

// Removed takes the member or element of the span away. dst MUST be what Seek gave for it.
func (w *Rewriter) Removed(dst []byte, s *Span) []byte {
	before, ok := lastBefore(w.doc, s.Member)
	if !ok {
		w.at = s.End
		return append(dst, "null"...)
	}
	if w.doc[before] == ',' && w.open != s.Member {
		from := endBefore(w.doc, before)
		w.at = s.End
		return dst[:len(dst)-(s.Start-from)]
	}
	next := skipSpace(w.doc, s.End)
	if w.doc[next] == ',' {
		next = skipSpace(w.doc, next+1)
		w.open = next
	}
	w.at = next
	return dst[:len(dst)-(s.Start-s.Member)]
}

// Finish appends the rest of the document.
func (w *Rewriter) Finish(dst []byte) []byte {
	dst = append(dst, w.doc[w.at:]...)
	w.at = len(w.doc)
	return dst
}

// endBefore gives the end of what stands before the white space that ends before i.
func endBefore(doc []byte, i int) int {
	for i > 0 && doc[i-1] <= ' ' {
		i--
	}
	return i
}

// lastBefore gives the place of the last byte before i that is no white space.
func lastBefore(doc []byte, i int) (int, bool) {
	i = endBefore(doc, i) - 1
	return i, i >= 0
}

// An Edit says what becomes of a span. The zero Edit leaves it as it is.
type Edit struct {
	Action Action
	Value  []byte // JSON, with Replace
}

// An Action is a kind of Edit.
type Action byte

// The three ways.
const (
	Keep Action = iota
	Replace
	Remove
)

// Apply appends doc to dst with the edits of its spans made, edits[i] being that of spans[i].
func Apply(dst, doc []byte, spans []Span, edits []Edit) []byte {
	var w Rewriter
	w.Reset(doc)
	for i := range spans {
		s := &spans[i]
		dst = w.Seek(dst, s)
		switch edits[i].Action {
		case Replace:
			dst = append(dst, edits[i].Value...)
			w.Replaced(s)
		case Remove:
			dst = w.Removed(dst, s)
		}
	}
	return w.Finish(dst)
}
