package discover

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// A value is one JSON value. Duplicate members are kept, in their order.
type value struct {
	kind  valueKind
	text  string   // of a string, its escapes undone; of a number, as it is written
	names []string // of the members of an object, beside items
	items []value  // of the members, or the elements
}

type valueKind uint8

const (
	null valueKind = iota
	boolean
	number
	text
	object
	array
)

var (
	errTooDeep = errors.New("deeper than is looked at")
	errNotJSON = errors.New("not JSON")
)

// parse reads one JSON text (RFC 8259) of at most depth values in each other. Bytes that are not UTF-8 are replaced: nothing that
// is read here is ever written back.
func parse(doc []byte, depth int) (value, error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	v, err := parseValue(dec, depth)
	if err != nil {
		return value{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return value{}, errNotJSON
	}
	return v, nil
}

func parseValue(dec *json.Decoder, depth int) (value, error) {
	t, err := dec.Token()
	if err != nil {
		return value{}, errNotJSON // the decoder's words may quote the text
	}
	switch t := t.(type) {
	case string:
		return value{kind: text, text: t}, nil
	case json.Number:
		return value{kind: number, text: t.String()}, nil
	case json.Delim:
		if depth == 0 {
			return value{}, errTooDeep
		}
		return parseItems(dec, t, depth-1)
	}
	if t == nil {
		return value{kind: null}, nil
	}
	return value{kind: boolean}, nil
}

// parseItems reads what stands between brackets, and the closing one.
func parseItems(dec *json.Decoder, open json.Delim, depth int) (value, error) {
	v := value{kind: array}
	if open == '{' {
		v.kind = object
	}
	for dec.More() {
		if v.kind == object {
			name, err := dec.Token()
			s, ok := name.(string)
			if err != nil || !ok {
				return value{}, errNotJSON
			}
			v.names = append(v.names, s)
		}
		item, err := parseValue(dec, depth)
		if err != nil {
			return value{}, err
		}
		v.items = append(v.items, item)
	}
	if _, err := dec.Token(); err != nil {
		return value{}, errNotJSON
	}
	return v, nil
}
