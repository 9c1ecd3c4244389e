package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A document is a value, taken apart: the bytes around the replaced members, and these.
type document struct {
	around   [][]byte // one more than members
	members  []member
	id       string
	sequence int64 // -1 where there is none
}

// A member is what stands at a path that is replaced: the text of a string, or the JSON of anything else.
type member struct {
	path, domain, text string
}

func (d *document) has(path string) bool {
	for _, m := range d.members {
		if m.path == path {
			return true
		}
	}
	return false
}

// take takes a value apart.
func (s *Spec) take(value []byte) (document, error) {
	d := document{sequence: -1}
	w := walk{dec: json.NewDecoder(bytes.NewReader(value)), value: value}
	w.dec.UseNumber()
	cut := 0
	w.scalar = func(path string, from, to int, token json.Token) error {
		text, isText := token.(string)
		if !isText {
			text = string(value[from:to])
		}
		switch path {
		case s.ID:
			d.id = text
		case s.Sequence:
			n, ok := token.(json.Number)
			if !ok {
				return fmt.Errorf("%s is no number", path)
			}
			var err error
			if d.sequence, err = n.Int64(); err != nil {
				return fmt.Errorf("%s is no whole number", path) // err quotes it
			}
			return nil
		}
		if domain, ok := s.Members[path]; ok {
			d.around = append(d.around, value[cut:from])
			d.members = append(d.members, member{path, domain, text})
			cut = to
		}
		return nil
	}
	err := w.any("")
	if err == nil {
		if _, err = w.dec.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("something stands behind the value")
		}
	}
	if err != nil {
		return d, fmt.Errorf("the value is not the JSON that it should be: %w", err)
	}
	d.around = append(d.around, value[cut:])
	if d.id == "" {
		return d, errors.New("the value has no id")
	}
	return d, nil
}

// A walk visits the scalars of a JSON value with their place in the text.
type walk struct {
	dec    *json.Decoder
	value  []byte
	scalar func(path string, from, to int, token json.Token) error
}

func (w *walk) any(path string) error {
	from := int(w.dec.InputOffset())
	for from < len(w.value) && strings.IndexByte(" \t\r\n,:", w.value[from]) >= 0 {
		from++
	}
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		for w.dec.More() {
			name, err := w.dec.Token()
			if err != nil {
				return err
			}
			inner := name.(string) // the decoder takes nothing else
			if path != "" {
				inner = path + "." + inner
			}
			if err := w.any(inner); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for w.dec.More() {
			if err := w.any(path + "[]"); err != nil {
				return err
			}
		}
	default:
		return w.scalar(path, from, int(w.dec.InputOffset()), token)
	}
	_, err = w.dec.Token() // the end of the object or array
	return err
}
