package transform

import (
	"errors"

	"voile/pipeline/scan"
)

// document rewrites a JSON text that is not inside another: the record's value, or its key. Where nothing changes, the text
// itself comes back.
func (t *Transformer) document(in []byte, tree *tree, arena *Arena) ([]byte, bool) {
	start := len(arena.buf)
	lv := &t.levels[tree.memory]
	defer lv.scanner.Done()
	spans, err := lv.scanner.Scan(in, t.rest)
	if err != nil {
		return nil, t.failScan(err)
	}
	var gone []scan.Span
	if t.watch != nil {
		if t.watch.deny && tree == t.rules.value {
			var ok bool
			if gone, ok = t.unlisted(in, spans); !ok {
				return nil, false
			}
		}
		t.watch.enter(in, tree == t.rules.value)
		defer t.watch.leave()
	}
	if len(spans) == 0 && len(gone) == 0 {
		return in, true
	}
	lv.rewriter.Reset(in)
	out, e, ok := t.rewrite(arena.buf, in, spans, gone, tree, lv)
	if !ok {
		return nil, false
	}
	if e == kept {
		arena.buf = out[:start] // it may have grown
		return in, true
	}
	arena.buf = out
	end := len(out)
	return out[start:end:end], true
}

// failScan says why a text could not be scanned.
func (t *Transformer) failScan(err error) bool {
	switch {
	case errors.Is(err, scan.ErrTooDeep):
		return t.fail(ReasonTooDeep, "")
	case errors.Is(err, scan.ErrAmbiguous):
		return t.fail(ReasonAmbiguous, "")
	}
	return t.fail(ReasonNotJSON, "")
}

// rewrite appends doc with what the plans make of its spans, and without gone, the members and elements that nobody listed; kept
// says that there is no difference.
func (t *Transformer) rewrite(dst, doc []byte, spans, gone []scan.Span, tree *tree, lv *level) ([]byte, effect, bool) {
	changed := kept
	for i := range spans {
		s := &spans[i]
		for ; len(gone) > 0 && gone[0].Member <= s.Start; gone = gone[1:] {
			dst, changed = lv.rewriter.Removed(lv.rewriter.Seek(dst, &gone[0]), &gone[0]), replaced
		}
		if lv.rewriter.Gone(s) {
			continue
		}
		dst = lv.rewriter.Seek(dst, s)
		before := len(dst)
		out, copied, e, ok := t.span(dst, doc, s, tree)
		if !ok {
			return dst, failed, false
		}
		switch e {
		case replaced:
			dst, changed = out, replaced
			for _, c := range copied {
				lv.rewriter.Copied(scan.Copy{Src: s.Start + c.Src, Dst: before + c.Dst, Len: c.Len})
			}
			lv.rewriter.Replaced(s)
		case removed:
			dst, changed = lv.rewriter.Removed(dst, s), replaced
		}
	}
	for ; len(gone) > 0; gone = gone[1:] {
		dst, changed = lv.rewriter.Removed(lv.rewriter.Seek(dst, &gone[0]), &gone[0]), replaced
	}
	if changed == kept {
		return dst, kept, true
	}
	return lv.rewriter.Finish(dst), replaced, true
}

// span does with one span what its plan says, or what the guard does.
func (t *Transformer) span(dst, doc []byte, s *scan.Span, tree *tree) (out []byte, copied []scan.Copy, e effect, ok bool) {
	v := spelling{kind: s.Kind, raw: doc[s.Start:s.End], json: true, escaped: s.Escaped}
	if t.watch != nil {
		t.watch.at(s.Start)
	}
	if s.Accept == 0 {
		return t.unruled(dst, v, s.Name)
	}
	return t.take(dst, v, &tree.plans[s.Accept])
}
