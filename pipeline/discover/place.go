package discover

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"voile/pipeline/embedded"
)

// A Place says where something stands in the records of a topic, in the words of a field rule.
type Place struct {
	Key    bool   // in the record's key
	Header string // in the headers of this name
	Path   string // else: in the record's value, where this path leads
	Keys   bool   // the names of the members of the objects there, not the values
	Inside []Inside
}

// Inside is how to go on inside a text.
type Inside struct {
	In   []string // the decoders, from outside to inside
	At   string   // a path, or a part
	Keys bool     // the names of the members of the objects there
}

// String names the place as `voile check` and quarantine do: `$.data[*].cx | base64url | json $.data.email`.
func (p Place) String() string {
	var b strings.Builder
	switch {
	case p.Key:
		b.WriteString("key")
	case p.Header != "":
		b.WriteString("header " + p.Header)
	case p.Keys:
		b.WriteString("keys of " + p.Path)
	default:
		b.WriteString(p.Path)
	}
	for _, in := range p.Inside {
		for _, d := range in.In {
			b.WriteString(" | " + d)
		}
		if in.Keys {
			b.WriteString(" keys of")
		}
		if in.At != "" {
			b.WriteString(" " + in.At)
		}
	}
	return b.String()
}

// nameable says whether a configuration can name the place: there are no control characters in
// it, no white space around a name, and all is UTF-8.
func (p Place) nameable() bool {
	text := p.Header + p.Path
	if strings.TrimSpace(p.Header) != p.Header {
		return false
	}
	for _, in := range p.Inside {
		if strings.TrimSpace(in.At) != in.At {
			return false
		}
		text += in.At
	}
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl) && !strings.ContainsRune(text, utf8.RuneError)
}

// placeOf makes a place of the way to it from a root.
func placeOf(r *Survey, at *node, way []step, keys bool) Place {
	p := Place{Key: at == r.key, Header: at.step.name}
	var parts [][]step // between decoders
	from := 0
	for i, s := range way {
		if s.kind == decoded {
			parts = append(parts, way[from:i])
			from = i
		}
	}
	parts = append(parts, way[from:])
	if !p.Key && p.Header == "" {
		p.Path = spell(parts[0], false)
	}
	for _, steps := range parts[1:] {
		in := Inside{In: strings.Split(steps[0].name, ",")}
		switch rest := steps[1:]; {
		case len(rest) == 1 && rest[0].kind == part:
			in.At = rest[0].name
		case len(rest) == 0 && embedded.NewCodec(lastOf(steps[0].name)) != nil: // nothing to select in
		default:
			in.At = spell(rest, false)
		}
		p.Inside = append(p.Inside, in)
	}
	if n := len(p.Inside); keys && n > 0 {
		p.Inside[n-1].Keys = true
	} else {
		p.Keys = keys
	}
	return p
}

// spell writes steps as a path of RFC 9535.
func spell(way []step, keys bool) string {
	var b strings.Builder
	b.WriteByte('$')
	for i, s := range way {
		switch s.kind {
		case member:
			switch {
			case !shorthand(s.name):
				fmt.Fprintf(&b, "[%s]", quoted(s.name))
			case i > 0 && way[i-1].kind == descend:
				b.WriteString(s.name)
			default:
				b.WriteString("." + s.name)
			}
		case anyMember:
			b.WriteString("[*]")
		case element:
			b.WriteString("[*]")
		case pair:
			b.WriteString("[?@")
			if shorthand(s.by) {
				b.WriteString("." + s.by)
			} else {
				fmt.Fprintf(&b, "[%s]", quoted(s.by))
			}
			b.WriteString("==" + quoted(s.name) + "]")
		case descend:
			b.WriteString("..")
		case decoded, part:
			b.WriteString("|" + s.name) // in keys of maps only
		}
	}
	if keys {
		b.WriteString("~")
	}
	return b.String()
}

// shorthand says whether a name may stand behind a dot (RFC 9535 §2.5.1.1).
func shorthand(name string) bool {
	for i, r := range name {
		if r != '_' && (r|0x20 < 'a' || r|0x20 > 'z') && (i == 0 || r < '0' || r > '9') && r < utf8.RuneSelf {
			return false
		}
	}
	return name != ""
}

// quoted writes a name between quotes (RFC 9535 §2.3.1.1).
func quoted(name string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range name {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
