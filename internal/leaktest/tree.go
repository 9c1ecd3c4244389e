package leaktest

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A node is one JSON value with its members in order, duplicates too; numbers as they are spelled.
type node struct {
	kind    byte // { [ " or 0 for a number, true, false, null
	text    string
	members []member
	items   []*node
}

type member struct {
	name  string
	value *node
}

// parseTree reads one JSON text.
func parseTree(text string) (*node, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	n, err := readNode(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the value")
	}
	return n, nil
}

func readNode(dec *json.Decoder) (*node, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		n := &node{kind: byte(t)}
		for dec.More() {
			var name json.Token
			if t == '{' {
				if name, err = dec.Token(); err != nil {
					return nil, err
				}
			}
			child, err := readNode(dec)
			if err != nil {
				return nil, err
			}
			if t == '{' {
				n.members = append(n.members, member{name.(string), child})
			} else {
				n.items = append(n.items, child)
			}
		}
		_, err = dec.Token()
		return n, err
	case string:
		return &node{kind: '"', text: t}, nil
	case json.Number:
		return &node{text: t.String()}, nil
	case bool:
		return &node{text: strconv.FormatBool(t)}, nil
	}
	return &node{text: "null"}, nil
}

// find gives the value at a path such as $.a['b c'][0], and the object or array that it is in (nil for $).
func (n *node) find(path string) (at, in *node, err error) {
	at, rest := n, strings.TrimPrefix(path, "$")
	for rest != "" {
		var name string
		index := -1
		switch {
		case strings.HasPrefix(rest, "['"):
			name, rest = quotedName(rest[2:])
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if index, err = strconv.Atoi(rest[1:end]); err != nil {
				return nil, nil, err
			}
			rest = rest[end+1:]
		default:
			name, rest = rest[1:], ""
			if i := strings.IndexAny(name, ".["); i >= 0 {
				name, rest = name[:i], name[i:]
			}
		}
		in, at = at, at.child(name, index)
		if at == nil {
			return nil, nil, fmt.Errorf("nothing at %s", path)
		}
	}
	return at, in, nil
}

func quotedName(s string) (name, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
			b.WriteByte(s[i])
		case s[i] == '\'':
			return b.String(), s[i+2:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

func (n *node) child(name string, index int) *node {
	if index >= 0 {
		if index < len(n.items) {
			return n.items[index]
		}
		return nil
	}
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// append writes the value in one of the many ways that mean it: with white space here and there, and with escapes that nobody needs.
func (n *node) append(dst []byte, r *rand.Rand) []byte {
	gap := func() {
		if r.IntN(12) == 0 {
			dst = append(dst, " \n\t\r"[r.IntN(4)])
		}
	}
	switch n.kind {
	case 0:
		return append(dst, n.text...)
	case '"':
		return appendSpelled(dst, n.text, r)
	}
	dst = append(dst, n.kind)
	for i := range max(len(n.members), len(n.items)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		gap()
		if n.kind == '{' {
			dst = appendSpelled(dst, n.members[i].name, r)
			gap()
			dst = append(dst, ':')
			gap()
			dst = n.members[i].value.append(dst, r)
		} else {
			dst = n.items[i].append(dst, r)
		}
		gap()
	}
	return append(dst, n.kind+2)
}

// appendSpelled writes a JSON string, one in eight of them with characters as \uXXXX and slashes as \/.
func appendSpelled(dst []byte, text string, r *rand.Rand) []byte {
	odd := r.IntN(8) == 0
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '/' && odd && r.IntN(2) == 0:
			dst = append(dst, `\/`...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', byte(c))
		case c < 0x20 || odd && r.IntN(6) == 0:
			units := utf16.Encode([]rune{c})
			for _, u := range units {
				if r.IntN(2) == 0 {
					dst = fmt.Appendf(dst, `\u%04x`, u)
				} else {
					dst = fmt.Appendf(dst, `\u%04X`, u)
				}
			}
		default:
			dst = append(dst, string(c)...)
		}
	}
	return append(dst, '"')
}
