// Package changes lists what differs between a record and what voile made of it, for people to read.
//
// It knows only what voile does: values are replaced or removed, and the order of what stays is kept. What it lists holds
// values in the clear, so it is for a terminal that somebody asked for it (`voile try --diff`, `voile demo`), never for a log.
package changes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A node is a JSON value with its members in their order, duplicates too.
type node struct {
	raw    []byte
	open   byte // '{', '[' or 0
	names  []string
	values []node
}

// parseNode reads one JSON text.
func parseNode(text []byte) (node, bool) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	n, err := readNode(dec, text)
	return n, err == nil
}

func readNode(dec *json.Decoder, text []byte) (node, error) {
	t, err := dec.Token()
	if err != nil {
		return node{}, err
	}
	d, isDelim := t.(json.Delim)
	if !isDelim {
		end := dec.InputOffset()
		return node{raw: text[scalarStart(text, end, t):end]}, nil
	}
	start := dec.InputOffset() - 1
	n := node{open: byte(d)}
	for dec.More() {
		if n.open == '{' {
			name, err := dec.Token()
			if err != nil {
				return node{}, err
			}
			n.names = append(n.names, fmt.Sprint(name))
		}
		child, err := readNode(dec, text)
		if err != nil {
			return node{}, err
		}
		n.values = append(n.values, child)
	}
	if _, err := dec.Token(); err != nil {
		return node{}, err
	}
	n.raw = text[start:dec.InputOffset()]
	return n, nil
}

// scalarStart finds where the scalar t begins that ends at end.
func scalarStart(text []byte, end int64, t json.Token) int64 {
	at := end - 1
	if _, isString := t.(string); isString {
		for at--; text[at] != '"' || escapedAt(text, at); at-- {
		}
		return at
	}
	for at > 0 && strings.IndexByte(" \t\r\n,:[", text[at-1]) < 0 {
		at--
	}
	return at
}

// escapedAt says whether the byte at i stands behind an odd number of backslashes.
func escapedAt(text []byte, i int64) bool {
	n := 0
	for i--; i >= 0 && text[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// appendChanges lists what differs between a and b, of which b was made of a by replacing and removing values.
func appendChanges(to []Change, place string, a, b node) []Change {
	if bytes.Equal(a.raw, b.raw) {
		return to
	}
	if a.open == 0 || a.open != b.open {
		return append(to, Change{Place: place, Before: string(a.raw), After: string(b.raw)})
	}
	j := 0
	for i, v := range a.values {
		at := place + step(a, i)
		if j < len(b.values) && sameMember(a, b, i, j) {
			to = appendChanges(to, at, v, b.values[j])
			j++
			continue
		}
		to = append(to, Change{Place: at, Before: string(v.raw), Removed: true})
	}
	return to
}

// sameMember says whether a's value i became b's value j, or was removed. Elements have no name: as many as are missing
// were removed, and those that are unchanged were not.
func sameMember(a, b node, i, j int) bool {
	if a.open == '{' {
		return a.names[i] == b.names[j]
	}
	if len(a.values)-i == len(b.values)-j {
		return true
	}
	return bytes.Equal(a.values[i].raw, b.values[j].raw)
}

// step writes a member's or an element's selector.
func step(n node, i int) string {
	if n.open == '[' {
		return "[" + strconv.Itoa(i) + "]"
	}
	name := n.names[i]
	for k, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (k == 0 || !unicode.IsDigit(r)) || r == utf8.RuneError {
			return "[" + strconv.Quote(name) + "]"
		}
	}
	if name == "" {
		return `[""]`
	}
	return "." + name
}
