package transform_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// A maker makes texts and rules at random, and most texts so that the rules find something in them.
type maker struct {
	*rand.Rand
	ways [][]oStep // of the rules
}

func (m maker) one(of ...string) string { return of[m.IntN(len(of))] }

func (m maker) name() string { return m.one("a", "b", "c", "e", "k", "Ana") }

func (m maker) space() string {
	if m.IntN(4) > 0 {
		return ""
	}
	return m.one(" ", "\n", "  ", "\t", "\r\n")
}

// value is a JSON text.
func (m maker) value(depth int) string {
	if depth <= 0 || m.IntN(3) == 0 {
		if m.IntN(3) == 0 {
			return m.one("null", "true", "1", "1.50", "-0", "1e3", "12345678", `""`, `"\ud800"`, "\"\xff\"", "[]", "{}", "[ ]")
		}
		return m.quoted(m.text(depth))
	}
	open, end := "{", "}"
	if m.IntN(3) == 0 {
		open, end = "[", "]"
	}
	var b strings.Builder
	b.WriteString(open + m.space())
	for i := range m.IntN(5) {
		if i > 0 {
			b.WriteString(m.space() + "," + m.space())
		}
		if open == "{" {
			name := m.quoted(m.name())
			if m.IntN(60) == 0 {
				name = m.one(`"\udc00"`, "\"\xff\"", `""`)
			}
			b.WriteString(name + m.space() + ":" + m.space())
		}
		b.WriteString(m.value(depth - 1))
	}
	return b.String() + m.space() + end
}

// text is a text that may have others in it.
func (m maker) text(depth int) string {
	if n := len(m.ways); n > 0 && depth > 0 && m.IntN(3) > 0 {
		if way := m.ways[m.IntN(n)]; len(way) > 0 {
			return m.along(way[min(m.IntN(3), len(way)-1):], depth)
		}
	}
	if depth > 0 {
		switch m.IntN(9) {
		case 0, 1, 2:
			return m.space() + m.value(depth-1) + m.space()
		case 3:
			return base64.StdEncoding.EncodeToString([]byte(m.text(depth - 1)))
		case 4:
			return base64.RawURLEncoding.EncodeToString([]byte(m.text(depth - 1)))
		case 5, 6:
			return m.url(depth)
		case 7:
			return m.parameters(depth)
		}
	}
	return m.one("Ana", "Ben Ana", "", "é\"\\/\n", "😀", "a=b&c", "{", "QW4=", "?e=1#", "[redacted]", "null", "a\x00b", "1", tok("d", "ana"), tok("secret", "x"), "vt1.d.zz")
}

// along is a text that the steps can go into.
func (m maker) along(steps []oStep, depth int) string {
	if len(steps) == 0 {
		return m.text(depth - 2)
	}
	inner := func() string { return m.along(steps[1:], depth) }
	switch s := steps[0]; s.decoder {
	case "json":
		return m.space() + m.down(s.path, inner) + m.space()
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(inner()))
	case "base64url":
		return base64.RawURLEncoding.EncodeToString([]byte(inner()))
	case "form":
		return m.parameters(0) + "&" + strings.ReplaceAll(s.part, "*", "x") + "=" + m.percented(inner()) + "&" + m.parameters(0)
	default:
		name, parameter := strings.CutPrefix(s.part, "query.")
		switch {
		case parameter:
			return m.one("", "/", "https://ana@h/p") + "?" + m.parameters(0) + "&" + name + "=" + m.percented(inner()) + m.one("", "#f", "&"+m.parameters(0))
		case s.part == "userinfo":
			return "https://" + m.percented(inner()) + "@h/a?b"
		case s.part == "fragment":
			return m.one("", "/", "https://h?x=y") + "#" + m.percented(inner())
		}
		return m.one("", "mailto:", "https://h/", "/a/") + m.percented(inner())
	}
}

// down is a JSON text with something at a path.
func (m maker) down(path []oSegment, inner func() string) string {
	if len(path) == 0 {
		return m.quoted(inner())
	}
	sel := path[0].selectors[m.IntN(len(path[0].selectors))]
	at := func() string { return m.down(path[1:], inner) }
	switch {
	case sel.filter != "":
		at := at()
		if strings.HasPrefix(at, "{") && len(at) > 2 && !strings.HasSuffix(strings.TrimRight(at[:len(at)-1], " \t\r\n"), "{") {
			at = "{" + m.quoted(sel.filter) + ":" + m.quoted(sel.name) + "," + at[1:]
		}
		return "[" + m.value(0) + "," + at + m.space() + "]"
	case sel.index >= 0:
		return "[" + strings.Repeat(m.value(0)+m.space()+",", sel.index) + at() + "]"
	case sel.all:
		if m.IntN(2) == 0 {
			return "[" + at() + m.space() + "," + at() + "]"
		}
		return `{"x":` + at() + `, "y":` + at() + m.space() + "}"
	}
	return "{" + m.space() + m.quoted(sel.name) + ":" + at() + m.space() + m.one("", `,"z":1`, ","+m.quoted(sel.name)+m.space()+":"+at()) + "}"
}

func (m maker) url(depth int) string {
	out := m.one("", "https:", "mailto:", "x y:")
	if m.IntN(2) == 0 {
		out += "//" + m.one("", "ana@", "ana:p%40@b@", "@") + m.one("h", "h:1", "")
	}
	for range m.IntN(4) {
		out += m.one("/", "/a", "/"+m.percented(m.text(depth-1)), "x")
	}
	if m.IntN(4) > 0 {
		out += "?" + m.parameters(depth)
	}
	if m.IntN(3) == 0 {
		out += "#" + m.percented(m.text(depth-1))
	}
	return out
}

func (m maker) parameters(depth int) string {
	var all []string
	for range m.IntN(4) {
		one := m.percented(m.name())
		if m.IntN(5) > 0 {
			one += "=" + m.percented(m.text(depth-1))
		}
		all = append(all, one)
	}
	return strings.Join(all, m.one("&", "&", "&&"))
}

// quoted spells a text as a JSON string in one of its many ways.
func (m maker) quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	wild := m.IntN(3)
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || wild > 0 && m.IntN(3*wild) == 0:
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, m.one(`\u%04x`, `\u%04X`), u)
			}
		case r == '"' || r == '\\' || r == '/' && m.IntN(2) == 0:
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

func (m maker) percented(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch plain := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.'; {
		case c == ' ' && m.IntN(2) == 0:
			b.WriteByte('+')
		case plain && m.IntN(8) > 0 || c >= 'A' && c <= 'Z' || m.IntN(8) == 0 && strings.IndexByte("{}\":,=", c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, m.one("%%%02x", "%%%02X"), c)
		}
	}
	return b.String()
}

func (m maker) path() (path []oSegment) {
	for range 1 + m.IntN(3) {
		s := oSegment{descendant: m.IntN(4) == 0}
		for range 1 + m.IntN(6)/5 {
			sel := oSelector{name: m.name(), index: -1}
			switch m.IntN(7) {
			case 0:
				sel = oSelector{index: m.IntN(3)}
			case 1, 2:
				sel = oSelector{all: true}
			case 3:
				sel.filter, sel.name = m.name(), m.one("Ana", "1", "")
			}
			s.selectors = append(s.selectors, sel)
		}
		path = append(path, s)
	}
	return path
}

func (m maker) steps(names bool) (steps []oStep) {
	for range m.IntN(4) {
		s := oStep{decoder: m.one("json", "json", "json", "base64", "base64url", "url", "url", "form")}
		switch s.decoder {
		case "json":
			if s.path = m.path(); m.IntN(6) == 0 {
				s.path = nil
			}
		case "url":
			s.part = m.one("query.e", "query.a", "query.*", "path", "path.1", "path.0", "fragment", "userinfo")
		case "form":
			s.part = m.one("e", "a", "*")
		}
		steps = append(steps, s)
	}
	if n := len(steps); n > 0 && names && steps[n-1].decoder == "json" && m.IntN(4) == 0 {
		steps[n-1].keys = true
	}
	return steps
}

// inside writes steps as the file does.
func inside(steps []oStep) string {
	if len(steps) == 0 {
		return ""
	}
	var in []string
	for i, s := range steps {
		in = append(in, s.decoder)
		if s.part == "" && s.decoder != "json" {
			continue
		}
		selector, text := "path", s.part
		if s.decoder == "json" {
			text = pathText(s.path)
		}
		if s.keys {
			selector = "keys_of"
		}
		return fmt.Sprintf(", in: [%s], at: {%s: %q%s}", strings.Join(in, ", "), selector, text, inside(steps[i+1:]))
	}
	return fmt.Sprintf(", in: [%s]", strings.Join(in, ", "))
}
