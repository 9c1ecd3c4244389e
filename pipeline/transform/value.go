package transform

import (
	"errors"

	"voile/pipeline/scan"
)

// rewrite applies the rules of one tree to a JSON text: the record's value, or its key. Where nothing changes, the text
// itself comes back.
func (t *Transformer) rewrite(in []byte, scanner *scan.Scanner, tree *tree, arena *Arena) ([]byte, bool) {
	spans, err := scanner.Scan(in, scan.Selected)
	if err != nil {
		if errors.Is(err, scan.ErrTooDeep) {
			return nil, t.fail(ReasonTooDeep, "")
		}
		return nil, t.fail(ReasonNotJSON, "")
	}
	if len(spans) == 0 {
		return in, true
	}
	start, changed := len(arena.buf), false
	t.rewriter.Reset(in)
	for i := range spans {
		s := &spans[i]
		e, ok := t.span(in, s, tree, arena)
		if !ok {
			return nil, false
		}
		changed = changed || e != kept
	}
	if !changed {
		arena.buf = arena.buf[:start]
		return in, true
	}
	arena.buf = t.rewriter.Finish(arena.buf)
	end := len(arena.buf)
	return arena.buf[start:end:end], true
}

// span applies the first of the rules that select a span. The others are met as well, for what they require: the value is
// there.
func (t *Transformer) span(in []byte, s *scan.Span, tree *tree, arena *Arena) (effect, bool) {
	t.v = value{kind: s.Kind, raw: in[s.Start:s.End], json: true, escaped: s.Escaped}
	for _, number := range s.Rules[1:] {
		t.note(tree.index[number])
	}
	arena.buf = t.rewriter.Seek(arena.buf, s)
	e, ok := t.apply(tree.index[s.Rules[0]], arena)
	switch {
	case !ok:
		return e, false
	case e == replaced:
		t.rewriter.Replaced(s)
	case e == removed:
		arena.buf = t.rewriter.Removed(arena.buf, s)
	}
	return e, true
}
