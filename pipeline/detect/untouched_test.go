package detect

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"voile/internal/leaktest"
	"voile/internal/repo"
)

// untouched gives every string and number of the shared events that is not planted, outside of the planted places: of
// values, keys and headers, and of what is embedded in them.
func untouched(tb testing.TB) (texts []string) {
	tb.Helper()
	for _, e := range leaktest.Read(tb, repo.Shared(tb, leaktest.Dev)) {
		w := walk{planted: map[string]bool{}}
		for _, p := range e.Truth.Planted {
			w.planted[p.Where] = true
		}
		if e.Value != nil {
			w.json("value:", "value:", string(e.Value))
		}
		if e.Key != nil {
			w.text("key", string(e.Key))
		}
		for _, h := range e.Headers {
			w.text("header:"+h.Name, string(h.Value))
		}
		texts = append(texts, w.texts...)
	}
	return texts
}

// A walk collects the texts of one record.
type walk struct {
	planted map[string]bool // places, as the data's README writes them
	texts   []string
}

// text takes the text at place, or goes on inside, where something is planted in there.
func (w *walk) text(place, text string) {
	if w.planted[place] {
		return
	}
	for _, inside := range []struct {
		chain  string
		decode func(string) ([]byte, error)
	}{
		{"|json|", func(s string) ([]byte, error) { return []byte(s), nil }},
		{"|base64|json|", base64.StdEncoding.DecodeString},
		{"|base64url|json|", base64.RawURLEncoding.DecodeString},
	} {
		if decoded, err := inside.decode(text); err == nil && w.inside(place+inside.chain) {
			w.json(place+inside.chain, place+inside.chain, string(decoded))
			return
		}
	}
	if w.inside(place + "|url|") {
		w.url(place+"|url|query.", text)
		return
	}
	w.texts = append(w.texts, text)
}

// inside says whether anything is planted at a place that begins so.
func (w *walk) inside(begin string) bool {
	for place := range w.planted {
		if strings.HasPrefix(place, begin) {
			return true
		}
	}
	return false
}

// url takes a URL without the parameters in which something is planted.
func (w *walk) url(place, text string) {
	before, query, _ := strings.Cut(text, "?")
	w.texts = append(w.texts, before)
	for _, parameter := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(parameter, "="); !w.planted[place+name] {
			w.texts = append(w.texts, name, value)
		}
	}
}

// json takes the strings and numbers of a document; text at the document's own place where it is none.
func (w *walk) json(prefix, place, text string) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var document any
	if err := dec.Decode(&document); err != nil {
		w.texts = append(w.texts, text)
		return
	}
	w.value(prefix+"$", document)
}

func (w *walk) value(place string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			w.value(place+step(name), member)
		}
	case []any:
		for i, element := range v {
			w.value(fmt.Sprintf("%s[%d]", place, i), element)
		}
	case string:
		w.text(place, v)
	case json.Number:
		w.text(place, v.String())
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func step(name string) string {
	if plainName.MatchString(name) {
		return "." + name
	}
	return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
}
