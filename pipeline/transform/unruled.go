package transform

import (
	"bytes"

	"voile/config"
	"voile/pipeline/detect"
	"voile/pipeline/embedded"
	"voile/pipeline/scan"
)

// unruled looks at a text, a number or a member's name that no rule takes, and does with what it finds as the guard's mode says. It
// answers as take does. What cannot be looked at is set aside, where a finding would be.
func (t *Transformer) unruled(dst []byte, v spelling, name bool) (out []byte, copied []scan.Copy, e effect, ok bool) {
	w := t.watch
	if w == nil || !w.looking || v.void() || v.kind != scan.String && (v.kind != scan.Number || len(v.raw) < minNumber) {
		return dst, nil, kept, true
	}
	text, readable := v.text(&t.scratch)
	if !readable { // no Unicode text: its bytes are looked at as they are
		text = v.raw
	} else if chain := embedded.Guess(text); chain != nil && !name {
		if w.depth < maxGuarded {
			w.depth++
			out, copied, e, ok = t.enter(dst, &v, w.layers[w.depth-1][chain[0]])
			w.depth--
			return out, copied, e, ok
		}
		readable = false // what is replaced in there could break it
	}
	w.found = w.find.Find(w.found[:0], text)
	w.found = withoutTokens(w.found, text)
	if len(w.found) == 0 {
		return dst, nil, kept, true
	}
	where := w.where()
	for _, m := range w.found {
		w.tally.Found(where, string(m.Kind))
	}
	switch {
	case w.mode == config.GuardReport:
		return dst, nil, kept, true
	case w.mode == config.GuardSeal || !readable:
		return dst, nil, failed, t.fail(ReasonGuard, guardWhere)
	}
	if reason := w.replace(text, name || w.base == baseKey); reason != "" {
		return dst, nil, failed, t.fail(reason, guardWhere)
	}
	switch {
	case !v.json:
		return append(dst, w.out...), w.same, replaced, true
	case v.kind == scan.Number:
		return scan.AppendString(dst, w.out), nil, replaced, true
	}
	out, w.outer = respellString(dst, v.raw, v.escaped, w.out, w.same, w.outer[:0])
	return out, w.outer, replaced, true
}

// guardWhere is Verdict.Where of what the guard sets aside.
const guardWhere = "guard"

// replace puts a token or the constant in the place of each finding in text. What tells things apart, a name or a key, is never
// redacted: two would become one.
func (w *watcher) replace(text []byte, tells bool) Reason {
	w.out, w.same = w.out[:0], w.same[:0]
	at := 0
	for _, m := range w.found {
		w.copy(text, at, m.Start)
		at = m.End
		d := w.domains[m.Kind]
		switch {
		case d == nil && tells:
			return ReasonGuard
		case d == nil:
			w.out = append(w.out, Redacted...)
		default:
			w.normalized, _ = d.Normalize(w.normalized[:0], text[m.Start:m.End])
			var err error
			if w.out, err = d.AppendToken(w.out, w.normalized); err != nil {
				return ReasonCipher
			}
		}
	}
	w.copy(text, at, len(text))
	return ""
}

func (w *watcher) copy(text []byte, from, to int) {
	if from < to {
		w.same = append(w.same, scan.Copy{Src: from, Dst: len(w.out), Len: to - from})
		w.out = append(w.out, text[from:to]...)
	}
}

// withoutTokens drops what was found in the text of a token: its base64 may look like anything.
func withoutTokens(found []detect.Match, text []byte) []detect.Match {
	kept, r := found[:0], run{}
	for _, m := range found {
		if m.Start >= r.end {
			r = runAt(text, m.Start)
		}
		if r.body < 0 || m.Start < r.body || m.End > r.end {
			kept = append(kept, m)
		}
	}
	return kept
}

// A run is bytes of which tokens are made, with others or nothing around them.
type run struct {
	body int // where the base64 begins; -1 where the run has not the form of a token
	end  int
}

// minBody is the least length of a token's base64 (docs/adr/0003-token-format.md).
const minBody = 38

// runAt gives the run that i lies in, or an empty one at i.
func runAt(text []byte, i int) run {
	start, end := i, i
	for start > 0 && tokenByte(text[start-1]) {
		start--
	}
	for end < len(text) && tokenByte(text[end]) {
		end++
	}
	r, of := run{body: -1, end: end}, text[start:end]
	if len(of) < 4 || of[0] != 'v' || of[1] != 't' && of[1] != 'h' && of[1] != 'e' || of[2] != '1' || of[3] != '.' {
		return r
	}
	if dot := bytes.IndexByte(of[4:], '.'); dot > 0 && len(of)-(4+dot+1) >= minBody {
		r.body = start + 4 + dot
	}
	return r
}

func tokenByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

// unlisted gives the spans of a record's value that the route's allow list does not know. ok is false where they make it one that is
// set aside.
func (t *Transformer) unlisted(doc []byte, ruled []scan.Span) (spans []scan.Span, ok bool) {
	w := t.watch
	passed, err := w.passed.Scan(doc, scan.Selected)
	if err != nil {
		return nil, t.failScan(err)
	}
	spans, ok = w.lister.Unlisted(doc, ruled, passed)
	if !ok || w.seals && len(spans) > 0 {
		return nil, t.fail(ReasonUnlisted, guardWhere)
	}
	w.tally.Unlisted += uint64(len(spans))
	return spans, true
}
