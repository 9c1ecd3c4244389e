package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"regexp"

	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// A test says whether what is at a place is as it is to be. Each wording has a type of its own.
type test interface {
	// holds gives what is there instead, or an empty text where all is well. values is never empty, but for absent.
	holds(values []found, s *site) (got string)
}

// A site is where a test looks: the event, and what came out.
type site struct {
	where *Selector
	in    *record.Record
	run   *run
}

// nothing is what is at a place that a record does not have.
const nothing = "nothing is there"

type absent struct{}

func (absent) holds(values []found, _ *site) string {
	if len(values) == 0 {
		return ""
	}
	return values[0].show()
}

type tokenOf struct{ domain string }

func (t tokenOf) holds(values []found, s *site) string {
	for _, v := range values {
		own, foreign := s.run.domains[t.domain].Recognize([]byte(v.text()))
		switch {
		case foreign && !own:
			return v.show() + ", a token of another domain"
		case !own:
			return v.show()
		}
	}
	return ""
}

type redacted struct{}

func (redacted) holds(values []found, _ *site) string {
	for _, v := range values {
		if v.text() != transform.Redacted {
			return v.show()
		}
	}
	return ""
}

type unchanged struct{}

func (unchanged) holds(values []found, s *site) string {
	before := s.where.find(s.in)
	if len(before) != len(values) {
		return fmt.Sprintf("%d values where %d were", len(values), len(before))
	}
	for i, v := range values {
		if !bytes.Equal(v.raw, before[i].raw) {
			return v.show()
		}
	}
	return ""
}

type changed struct{}

func (changed) holds(values []found, s *site) string {
	before := map[string]bool{}
	for _, v := range s.where.find(s.in) {
		before[v.text()] = true
	}
	for _, v := range values {
		if before[v.text()] {
			return v.show() + ", as in the event"
		}
	}
	return ""
}

// compared compares with what came out at another place, of this case or of another.
type compared struct {
	other Selector
	in    string // the case; empty: this one
	equal bool
}

func (c compared) holds(values []found, s *site) string {
	out := s.run.current
	if c.in != "" {
		out = s.run.outcomes[c.in]
	}
	if out.reason != "" {
		return fmt.Sprintf("case %q went to quarantine: %s", c.in, out.reason)
	}
	others := c.other.find(&out.record)
	if len(others) == 0 {
		return fmt.Sprintf("%s, and at %s %s", values[0].show(), c.other.text, nothing)
	}
	for _, v := range values {
		for _, other := range others {
			if (v.text() == other.text()) != c.equal {
				return fmt.Sprintf("%s, and at %s %s", v.show(), c.other.text, other.show())
			}
		}
	}
	return ""
}

// literal is one value of JSON, whose numbers are compared as numbers.
type literal struct{ json []byte }

func (l literal) holds(values []found, _ *site) string {
	var want any
	if !unmarshal(l.json, &want) {
		return "an expectation that is no JSON"
	}
	for _, v := range values {
		var have any = v.text()
		if v.json && (!unmarshal(v.raw, &have) || !equal(have, want)) || !v.json && have != want && string(v.raw) != string(l.json) {
			return v.show()
		}
	}
	return ""
}

type pattern struct{ re *regexp.Regexp }

func (p pattern) holds(values []found, _ *site) string {
	for _, v := range values {
		if !p.re.MatchString(v.text()) {
			return v.show()
		}
	}
	return ""
}

func unmarshal(text []byte, into *any) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into) == nil
}

// equal compares values of JSON: 1.50 is 1.5.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok || a == b {
			return ok
		}
		x, okX := new(big.Rat).SetString(a.String())
		y, okY := new(big.Rat).SetString(b.String())
		return okX && okY && x.Cmp(y) == 0
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, ok := b[k]; !ok || !equal(v, w) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}
