package transform

import (
	"fmt"

	"voile/config"
	"voile/pipeline/generalize"
	"voile/pipeline/scan"
)

// A generalizer makes a text less exact, as the package generalize says: ok is false, and dst as it was, where it does not
// understand the text.
type generalizer interface {
	Append(dst, text []byte) (out []byte, ok bool)
}

// generalized replaces a scalar by one that is less exact.
type generalized struct {
	by generalizer
	// numeric says that a JSON number becomes a JSON number, and not a text.
	numeric bool
}

func newGeneralized(g *config.Generalize) (action, error) {
	switch {
	case g.IP != nil:
		return generalized{by: generalize.IP{V4: g.IP.V4, V6: g.IP.V6}}, nil
	case g.Date != "":
		return generalized{by: generalize.Date{To: generalize.Unit(g.Date)}, numeric: true}, nil
	}
	return nil, fmt.Errorf("no such generalization: %+v", *g)
}

func (a generalized) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if !v.scalar() {
		return dst, failed, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return dst, failed, ReasonNotText
	}
	out, ok := a.by.Append(v.scratch.normalized[:0], text)
	v.scratch.normalized = out
	if !ok {
		return dst, failed, ReasonNotUnderstood
	}
	if a.numeric && v.kind == scan.Number {
		return append(dst, out...), replaced, ""
	}
	return v.appendText(dst, out), replaced, ""
}

// truncated keeps the first characters (Unicode code points) of a scalar. What has no more stays byte by byte.
type truncated struct{ keep int }

func (a truncated) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if !v.scalar() {
		return dst, failed, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return dst, failed, ReasonNotText
	}
	short := generalize.Truncated(text, a.keep)
	if len(short) == len(text) {
		return dst, kept, ""
	}
	return v.appendText(dst, short), replaced, ""
}
