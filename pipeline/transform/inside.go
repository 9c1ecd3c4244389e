package transform

import (
	"bytes"

	"voile/config"
	"voile/pipeline/embedded"
	"voile/pipeline/scan"
)

// take does with v what its plan says. Where that is replaced, what takes v's place is appended to dst, and copied says which
// bytes of it, counted from where it begins, are those of v.raw; it is valid until the same plan is used again.
func (t *Transformer) take(dst []byte, v spelling, p *plan) (out []byte, copied []scan.Copy, e effect, ok bool) {
	if p.rule == guarded {
		return t.unruled(dst, v, false)
	}
	for _, i := range p.met {
		t.note(i, v.void())
	}
	if p.rule >= 0 {
		t.v.spelling = v
		out, e, ok = t.apply(dst, p.rule)
		return out, nil, e, ok
	}
	if v.void() {
		for _, i := range p.under {
			t.note(i, true)
		}
		return dst, nil, kept, true
	}
	if len(p.in) == 1 {
		return t.enter(dst, &v, &p.in[0])
	}
	out, e, ok = t.enterAll(dst, v, p.in)
	return out, nil, e, ok
}

// enterAll goes inside a text by one decoder after the other, each in what the one before left.
func (t *Transformer) enterAll(dst []byte, v spelling, layers []layer) ([]byte, effect, bool) {
	start, changed := len(dst), kept
	for i := range layers {
		out, _, e, ok := t.enter(dst, &v, &layers[i])
		switch {
		case !ok, e == removed:
			return dst, e, ok
		case e == replaced:
			lv := &t.levels[layers[i].memory]
			lv.again = append(lv.again[:0], out[start:]...)
			dst, changed = out[:start], replaced
			v.raw, v.escaped = lv.again, bytes.IndexByte(lv.again, '\\') >= 0
		}
	}
	if changed == replaced {
		dst = append(dst, v.raw...)
	}
	return dst, changed, true
}

// enter goes inside a text by one decoder, and puts what it makes of it back in the same encoding.
func (t *Transformer) enter(dst []byte, v *spelling, l *layer) (out []byte, copied []scan.Copy, e effect, ok bool) {
	lv := &t.levels[l.memory]
	text, readable := lv.plain(v)
	var inner []byte
	if readable {
		switch {
		case l.codec != nil:
			inner, e, readable, ok = t.decoded(lv, text, l)
		case l.tree != nil:
			inner, copied, e, readable, ok = t.nested(lv, text, l)
		default:
			inner, copied, e, ok = t.parts(lv, text, l)
		}
	}
	switch {
	case !readable:
		out, e, ok = t.unreadable(dst, v, l)
		return out, nil, e, ok
	case !ok || e != replaced:
		return dst, nil, e, ok
	case !v.json:
		return append(dst, inner...), copied, replaced, true
	}
	out, lv.outer = respellString(dst, v.raw, v.escaped, inner, copied, lv.outer[:0])
	return out, lv.outer, replaced, true
}

// plain gives the text of v; false where it is none.
func (lv *level) plain(v *spelling) ([]byte, bool) {
	switch {
	case !v.json:
		return v.raw, true
	case v.kind != scan.String:
		return nil, false
	case !v.escaped:
		return v.raw[1 : len(v.raw)-1], true
	}
	var err error
	lv.text, err = scan.Unescape(lv.text[:0], v.raw[1:len(v.raw)-1])
	return lv.text, err == nil
}

// decoded goes on in the text that a codec gives.
func (t *Transformer) decoded(lv *level, text []byte, l *layer) (out []byte, e effect, readable, ok bool) {
	plain, padded, readable := l.codec.Decode(lv.part[:0], text)
	if lv.part = plain; !readable {
		return nil, failed, false, false
	}
	lv.spelled, _, e, ok = t.take(lv.spelled[:0], spelling{kind: scan.String, raw: plain}, l.whole)
	if !ok || e != replaced {
		return nil, e, true, ok
	}
	lv.out = l.codec.Encode(lv.out[:0], lv.spelled, padded)
	return lv.out, replaced, true, true
}

// nested goes on in a text that is JSON.
func (t *Transformer) nested(lv *level, text []byte, l *layer) (out []byte, copied []scan.Copy, e effect, readable, ok bool) {
	defer lv.scanner.Done()
	spans, err := lv.scanner.Scan(text, t.rest)
	if err != nil {
		return nil, nil, failed, false, false
	}
	lv.rewriter.Reset(text)
	lv.rewriter.Record()
	if t.watch != nil {
		t.watch.enter(text, false)
		defer t.watch.leave()
	}
	lv.out, e, ok = t.rewrite(lv.out[:0], text, spans, nil, l.tree, lv)
	return lv.out, lv.rewriter.Copies(), e, true, ok
}

// parts goes on in the parts of a URL or a form.
func (t *Transformer) parts(lv *level, text []byte, l *layer) (out []byte, copied []scan.Copy, e effect, ok bool) {
	lv.places = lv.locator.Locate(lv.places[:0], text)
	lv.out, lv.copies, e = lv.out[:0], lv.copies[:0], kept
	at := 0                 // all of text before it is dealt with
	last := undo{start: -1} // of the last part that was replaced
	for i := range lv.places {
		p := &lv.places[i]
		if l.plans[p.Part].rule == guarded && !t.watch.looking {
			continue
		}
		raw := text[p.Start:p.End]
		lv.part = embedded.AppendUnescaped(lv.part[:0], raw, p.Plus)
		inner, same, effect, ok := t.take(lv.spelled[:0], spelling{kind: scan.String, raw: lv.part}, &l.plans[p.Part])
		lv.spelled = inner
		switch {
		case !ok:
			return nil, nil, failed, false
		case effect == removed:
			if last.start >= p.From { // its name was replaced, and goes with it
				at, lv.out, lv.copies = last.at, lv.out[:last.out], lv.copies[:last.copies]
			}
			lv.copy(text, at, max(at, p.From))
			at, e = p.To, replaced
		case effect == replaced:
			last = undo{p.Start, at, len(lv.out), len(lv.copies)}
			lv.copy(text, at, p.Start)
			lv.out, lv.copies = respellPercent(lv.out, raw, inner, same, lv.copies, p.Start)
			at, e = p.End, replaced
		}
	}
	if e == kept {
		return nil, nil, kept, true
	}
	lv.copy(text, at, len(text))
	return lv.out, lv.copies, replaced, true
}

// undo is what was, before the part that begins at start was replaced.
type undo struct{ start, at, out, copies int }

func (lv *level) copy(text []byte, from, to int) {
	if from < to {
		lv.copies = append(lv.copies, scan.Copy{Src: from, Dst: len(lv.out), Len: to - from})
		lv.out = append(lv.out, text[from:to]...)
	}
}

// unreadable is what becomes of a value that cannot be decoded.
func (t *Transformer) unreadable(dst []byte, v *spelling, l *layer) ([]byte, effect, bool) {
	if l.first == guarded {
		if t.watch.mode == config.GuardReport {
			return dst, kept, true
		}
		return dst, failed, t.fail(ReasonGuard, guardWhere)
	}
	stats := &t.stats[l.first]
	stats.Matched++
	t.note(l.first, false)
	if !l.redact {
		return dst, failed, t.fail(ReasonNotDecoded, t.rules.rules[l.first].where)
	}
	stats.Replaced++
	dst, _, _ = redact{}.apply(dst, &value{spelling: *v})
	return dst, replaced, true
}
