package scan

// A Rewriter writes a document anew with some of its spans replaced or removed. Every byte outside of these stays as it is,
// and the result is valid JSON where the replacements are: strings for names. It belongs to one goroutine and allocates
// nothing of its own.
//
// After Reset, the spans of one Scan of the document are taken in their order. For each: Seek, then, or not, one of
// Replaced and Removed; a span that gets neither stays as it is, and one that gets no Seek too. Then Finish.
//
// To remove a name is to remove its member. What is selected inside the member's value is gone with it: Gone says so, and
// such a span MUST NOT get a Seek. A name that was replaced goes whole when its value is removed.
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
	doc     []byte
	at      int // all of doc before it is dealt with
	open    int // where the next member would begin that has none staying before it
	name    int // where the name in doc begins that was sought last
	nameDst int // and its place in the result

	recording bool
	copies    []Copy
	skipped   []byte
}

// A Copy says that Len bytes of the result, from Dst on, are those of the document from Src on.
type Copy struct{ Src, Dst, Len int }

// Reset begins a document.
func (w *Rewriter) Reset(doc []byte) {
	*w = Rewriter{doc: doc, open: -1, name: -1, copies: w.copies, skipped: w.skipped}
}

// Record has the Rewriter keep a list of all that it copies, for Copies. It is called after Reset.
func (w *Rewriter) Record() { w.recording, w.copies = true, w.copies[:0] }

// Copied says of what takes a span's place that a part of it is one of the document, too. To be called between Seek and
// Replaced, in the order of the parts.
func (w *Rewriter) Copied(c Copy) {
	if w.recording && c.Len > 0 {
		w.record(c)
	}
}

// Copies gives what of the result was copied, in order and with no two that could be one, once Finish is through. Dst counts
// from the start of what dst was, so from before what the caller had in it already. Valid until the next Record.
func (w *Rewriter) Copies() []Copy { return w.copies }

// Gone says whether the span lies in what is removed already.
func (w *Rewriter) Gone(s *Span) bool { return s.Start < w.at }

// Seek appends what lies between the last span and this one. What the caller appends to the result before it calls Replaced
// takes the place of the value or the name.
func (w *Rewriter) Seek(dst []byte, s *Span) []byte {
	dst = w.copyTo(dst, s.Start)
	if s.Name {
		w.name, w.nameDst = s.Start, len(dst)
	}
	return dst
}

// copyTo appends the document from what is dealt with up to end.
func (w *Rewriter) copyTo(dst []byte, end int) []byte {
	if w.recording && w.at < end {
		w.record(Copy{Src: w.at, Dst: len(dst), Len: end - w.at})
	}
	dst = append(dst, w.doc[w.at:end]...)
	w.at = end
	return dst
}

func (w *Rewriter) record(c Copy) {
	if n := len(w.copies); n > 0 {
		if last := &w.copies[n-1]; last.Src+last.Len == c.Src && last.Dst+last.Len == c.Dst {
			last.Len += c.Len
			return
		}
	}
	w.copies = append(w.copies, c)
}

// cut takes away what the result has from end on.
func (w *Rewriter) cut(dst []byte, end int) []byte {
	for n := len(w.copies); w.recording && n > 0; n-- {
		last := &w.copies[n-1]
		if last.Dst < end {
			last.Len = min(last.Len, end-last.Dst)
			break
		}
		w.copies = w.copies[:n-1]
	}
	return dst[:end]
}

// Replaced says that what was appended since Seek takes the place of the value or the name.
func (w *Rewriter) Replaced(s *Span) { w.at = s.End }

// Removed takes the member or element of the span away. dst MUST be what Seek gave for it.
func (w *Rewriter) Removed(dst []byte, s *Span) []byte {
	member, end := w.member(dst, s)
	before, ok := lastBefore(w.doc, s.Member)
	if !ok {
		w.at = end
		return append(dst, "null"...)
	}
	if w.doc[before] == ',' && w.open != s.Member {
		from := endBefore(w.doc, before)
		w.at = end
		return w.cut(dst, member-(s.Member-from))
	}
	next := skipSpace(w.doc, end)
	if w.doc[next] == ',' {
		next = skipSpace(w.doc, next+1)
		w.open = next
	}
	w.at = next
	return w.cut(dst, member)
}

// member gives where the member or element of the span begins in dst, which is what Seek gave for the span, and where it ends
// in the document.
func (w *Rewriter) member(dst []byte, s *Span) (begin, end int) {
	switch {
	case s.Name:
		value, _ := skipColon(w.doc, s.End)
		if c := w.doc[value]; c != '{' && c != '[' {
			end, _ = skipScalar(w.doc, value)
			return len(dst), end
		}
		w.skipped, end, _ = skipNested(w.doc, value, w.skipped[:0], len(w.doc))
		return len(dst), end
	case w.name == s.Member:
		return w.nameDst, s.End // the name may be another one by now
	}
	return len(dst) - (s.Start - s.Member), s.End
}

// Finish appends the rest of the document.
func (w *Rewriter) Finish(dst []byte) []byte { return w.copyTo(dst, len(w.doc)) }

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
		if w.Gone(s) {
			continue
		}
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
