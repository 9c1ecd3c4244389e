package transform

import (
	"voile/config"
	"voile/pipeline/scan"
)

// pick replaces a scalar by an entry of a list, always the same one for the same value.
type pick struct {
	keyed
	plain, quoted [][]byte // the entries as text and as JSON strings
}

func newPick(p *config.Pick, k keyed) pick {
	a := pick{keyed: k}
	for _, entry := range p.From {
		a.plain = append(a.plain, []byte(entry))
		a.quoted = append(a.quoted, scan.AppendString(nil, []byte(entry)))
	}
	return a
}

func (a pick) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	plaintext, _, reason := a.plaintext(v)
	if reason != "" {
		return dst, failed, reason
	}
	r, ok := a.random(labelPick, plaintext, v.scratch)
	if !ok {
		return dst, failed, ReasonCipher
	}
	i := r.Below(uint64(len(a.plain)))
	if v.json {
		return append(dst, a.quoted[i]...), replaced, ""
	}
	return append(dst, a.plain[i]...), replaced, ""
}
