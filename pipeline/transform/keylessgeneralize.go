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
	// texts says that a JSON number and a boolean are not understood, whatever their spelling.
	texts bool
}

func newGeneralized(g *config.Generalize) (action, error) {
	switch {
	case g.IP != nil:
		return generalized{by: generalize.IP{V4: g.IP.V4, V6: g.IP.V6}}, nil
	case g.Date != "":
		return generalized{by: generalize.Date{To: generalize.Unit(g.Date)}, numeric: true}, nil
	case g.Age != nil:
		a := aged{by: generalize.NewAge(g.Age.Bands), at: noTime}
		if !g.Age.At.IsZero() {
			a.at = g.Age.At.UnixMilli()
		}
		return a, nil
	case g.Number != nil && len(g.Number.Bands) > 0:
		if by, ok := generalize.NewBands(g.Number.Bands); ok {
			return generalized{by: by}, nil
		}
	case g.Number != nil:
		if by, ok := generalize.NewNumber(g.Number.Step, g.Number.Min, g.Number.Max); ok {
			return generalized{by: by, numeric: true}, nil
		}
	case g.Geo != nil && g.Geo.Digits != nil:
		return generalized{by: generalize.Geo{Digits: *g.Geo.Digits}, numeric: true}, nil
	case g.Geo != nil:
		return generalized{by: generalize.Geohash{Length: g.Geo.Geohash}, texts: true}, nil
	case g.Postcode != nil:
		return generalized{by: generalize.Postcode{Keep: g.Postcode.Keep}}, nil
	case g.UserAgent:
		return generalized{by: generalize.UserAgent{}}, nil
	case g.URL != "":
		return generalized{by: generalize.URL{Origin: g.URL == config.URLOrigin}, texts: true}, nil
	}
	return nil, fmt.Errorf("no such generalization: %+v", *g)
}

func (a generalized) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	text, reason := v.scalarText()
	if reason != "" {
		return dst, failed, reason
	}
	if a.texts && v.json && v.kind != scan.String {
		return dst, failed, ReasonNotUnderstood
	}
	out, ok := a.by.Append(v.scratch.normalized[:0], text)
	v.scratch.normalized = out
	if !ok {
		return dst, failed, ReasonNotUnderstood
	}
	if a.numeric && v.json && v.kind == scan.Number {
		return append(dst, out...), replaced, ""
	}
	return v.appendText(dst, out), replaced, ""
}

// aged replaces a date of birth by the band of the person's age, on the day of the record or on one of the configuration. There
// is no clock here: a replay gives the band that was right when the record was written.
type aged struct {
	by generalize.Age
	at int64 // milliseconds since 1970, or noTime: the record's timestamp
}

// noTime is a timestamp that says nothing.
const noTime = -1

func (a aged) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	text, reason := v.scalarText()
	if reason != "" {
		return dst, failed, reason
	}
	at := a.at
	if at == noTime {
		at = v.timestamp
	}
	if at == noTime {
		return dst, failed, ReasonNotUnderstood
	}
	out, ok := a.by.AppendAt(v.scratch.normalized[:0], text, at)
	v.scratch.normalized = out
	if !ok {
		return dst, failed, ReasonNotUnderstood
	}
	return v.appendText(dst, out), replaced, ""
}

// truncated keeps the first characters (Unicode code points) of a scalar. What has no more stays byte by byte.
type truncated struct{ keep int }

func (a truncated) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	text, reason := v.scalarText()
	if reason != "" {
		return dst, failed, reason
	}
	short := generalize.Truncated(text, a.keep)
	if len(short) == len(text) {
		return dst, kept, ""
	}
	return v.appendText(dst, short), replaced, ""
}
