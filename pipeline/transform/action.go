package transform

import (
	"unicode/utf8"

	"voile/pipeline/scan"
)

// An action says what takes the place of one selected value. Each kind of action has a file of its own.
//
// An action is shared by all Transformers of a route: it MUST NOT keep state of its own, and MUST NOT keep anything of v.
type action interface {
	// apply appends to dst the text that takes the value's place: JSON where v.json says so, plain text elsewhere.
	// What it appended counts only with the effect replaced.
	apply(dst []byte, v *value) ([]byte, effect, Reason)
}

type effect int8

const (
	kept     effect = iota // the value stays, byte by byte
	replaced               // what was appended takes its place
	removed                // the member, the element or the header goes
	failed                 // the record is set aside, for the Reason
)

// A spelling is one value as it stands: of the JSON value, of the JSON key, of a header, or the whole key.
type spelling struct {
	raw     []byte // JSON where json says so, else the text itself
	kind    scan.Kind
	json    bool
	escaped bool // a JSON string with a backslash in it
}

// A value is one selected value, and what an action may need to know beside it.
type value struct {
	spelling
	required bool
	stats    *RuleStats
	accept   bool // a genuine token of the rule's domain stays; this and all below is the same for the whole of a record
	scratch  *scratch
	subjects *subjects
	// timestamp is the record's, in milliseconds since 1970; -1 means none.
	timestamp int64
}

// scratch is the working memory of one Transformer.
type scratch struct {
	text       []byte // the decoded text of an escaped string
	normalized []byte
	derived    []byte // pseudorandom bytes of a value
}

// text gives the value as the text that a person means: a string without its quotes and escapes, a number or a boolean
// as it is spelled. ok is false for a string that is no Unicode text. The result is valid until the next call.
func (v *value) text() (text []byte, ok bool) { return v.spelling.text(v.scratch) }

// text is what value.text says, in the scratch that is given.
func (v *spelling) text(s *scratch) (text []byte, ok bool) {
	if !v.json {
		return v.raw, utf8.Valid(v.raw)
	}
	if v.kind != scan.String {
		return v.raw, true
	}
	body := v.raw[1 : len(v.raw)-1]
	if !v.escaped {
		return body, utf8.Valid(body)
	}
	var err error
	s.text, err = scan.Unescape(s.text[:0], body)
	return s.text, err == nil
}

// scalarText is text, of a scalar; else the reason why there is none.
func (v *value) scalarText() (text []byte, reason Reason) {
	if !v.scalar() {
		return nil, ReasonNotScalar
	}
	text, ok := v.text()
	if !ok {
		return nil, ReasonNotText
	}
	return text, ""
}

// scalar says whether the value is a string, a number or a boolean.
func (v *spelling) scalar() bool { return v.kind != scan.Object && v.kind != scan.Array }

// void says whether the value is null or an empty string, which stay what they are.
func (v *spelling) void() bool {
	if v.json {
		return v.kind == scan.Null || v.kind == scan.String && len(v.raw) == 2
	}
	return len(v.raw) == 0
}

// constant says whether the value is what a redacted value becomes. Under `on_invalid: redact` that stays, so that a second
// proxy changes nothing.
func (v *spelling) constant() bool {
	if v.json {
		return v.kind == scan.String && len(v.raw) == len(Redacted)+2 && string(v.raw[1:len(v.raw)-1]) == Redacted
	}
	return string(v.raw) == Redacted
}

// quote and unquoted text: what a JSON value needs around text that holds nothing to escape.
func (v *value) quote(dst []byte) []byte {
	if v.json {
		return append(dst, '"')
	}
	return dst
}

// appendText appends text, which is UTF-8, as what takes the value's place: a JSON string, or the text itself.
func (v *value) appendText(dst, text []byte) []byte {
	if v.json {
		return scan.AppendString(dst, text)
	}
	return append(dst, text...)
}
