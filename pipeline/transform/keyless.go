package transform

import (
	"voile/config"
	"voile/pipeline/scan"
)

// Redacted is what a redacted value becomes, where the rule names nothing else: a JSON string, or this text as a header.
const Redacted = "[redacted]"

// redact replaces any value by the constant.
type redact struct{}

func (redact) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	dst = append(v.quote(dst), Redacted...)
	return v.quote(dst), replaced, ""
}

// redactTo replaces any value by a text of the configuration.
type redactTo struct {
	json, text []byte // the text as a JSON string, and as it is
}

func (a redactTo) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if v.json {
		return append(dst, a.json...), replaced, ""
	}
	return append(dst, a.text...), replaced, ""
}

// redactToNull replaces any value by null, and a text that cannot be null by the empty one. The value of a header can:
// rule.nulls.
type redactToNull struct{}

func (redactToNull) apply(dst []byte, v *value) ([]byte, effect, Reason) {
	if v.json {
		dst = append(dst, "null"...)
	}
	return dst, replaced, ""
}

func newRedact(a config.Action) action {
	switch {
	case a.ToNull:
		return redactToNull{}
	case a.Text != "":
		return redactTo{json: scan.AppendString(nil, []byte(a.Text)), text: []byte(a.Text)}
	}
	return redact{}
}

// remove takes the member, the element or the header away.
type remove struct{}

func (remove) apply(dst []byte, _ *value) ([]byte, effect, Reason) { return dst, removed, "" }
