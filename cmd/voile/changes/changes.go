package changes

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"voile/pipeline/record"
)

// A Change is one value that is another one afterwards.
type Change struct {
	Place         string // a JSONPath, `key` or `header NAME`
	Before, After string // raw JSON, or quoted text for keys and headers
	Removed       bool
}

// Of lists what differs between a source record and what was made of it.
func Of(before, after *record.Record) []Change {
	var list []Change
	if !bytes.Equal(before.Key, after.Key) {
		list = append(list, Change{Place: "key", Before: quoted(before.Key), After: quoted(after.Key)})
	}
	j := 0
	for _, h := range before.Headers {
		if j == len(after.Headers) || !bytes.Equal(h.Name, after.Headers[j].Name) {
			list = append(list, Change{Place: "header " + string(h.Name), Before: quoted(h.Value), Removed: true})
			continue
		}
		if to := after.Headers[j].Value; !bytes.Equal(h.Value, to) {
			list = append(list, Change{Place: "header " + string(h.Name), Before: quoted(h.Value), After: quoted(to)})
		}
		j++
	}
	a, okA := parseNode(before.Value)
	b, okB := parseNode(after.Value)
	if okA && okB {
		return appendChanges(list, "$", a, b)
	}
	if !bytes.Equal(before.Value, after.Value) {
		list = append(list, Change{Place: "value", Before: string(before.Value), After: string(after.Value)})
	}
	return list
}

func quoted(b []byte) string {
	if b == nil {
		return "null"
	}
	return strconv.Quote(string(b))
}

// Printable makes text safe for a terminal: what is not graphic is written as an escape, and blanks that are not the
// usual one are made visible.
func Printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\u00a0', r == '\u202f':
			b.WriteRune('␣')
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
