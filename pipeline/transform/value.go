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
	spans, err := lv.scanner.Scan(in, t.rest)
	switch {
	case errors.Is(err, scan.ErrTooDeep):
		return nil, t.fail(ReasonTooDeep, "")
	case errors.Is(err, scan.ErrAmbiguous):
		return nil, t.fail(ReasonAmbiguous, "")
	case err != nil:
		return nil, t.fail(ReasonNotJSON, "")
	}
	if len(spans) == 0 {
		return in, true
	}
	lv.rewriter.Reset(in)
	out, e, ok := t.rewrite(arena.buf, in, spans, tree, lv)
	if !ok {
		return nil, false
	}
	if e == kept {
		return in, true
	}
	arena.buf = out
	end := len(out)
	return out[start:end:end], true
}

// rewrite appends doc with what the plans make of its spans; kept says that there is no difference.
func (t *Transformer) rewrite(dst, doc []byte, spans []scan.Span, tree *tree, lv *level) ([]byte, effect, bool) {
	changed := kept
	for i := range spans {
		s := &spans[i]
		dst = lv.rewriter.Seek(dst, s)
		before := len(dst)
		out, copied, e, ok := t.take(dst, value{kind: s.Kind, raw: doc[s.Start:s.End], json: true, escaped: s.Escaped}, &tree.plans[s.Accept])
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
	if changed == kept {
		return dst, kept, true
	}
	return lv.rewriter.Finish(dst), replaced, true
}
