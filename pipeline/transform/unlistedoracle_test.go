package transform_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// TestUnlistedOracle: with an allow list, of random records come out exactly the scalars that lie in what a random rule takes or the
// list passes; each scalar has a text of its own here, by which it is told.
func TestUnlistedOracle(t *testing.T) {
	passed, stopped := 0, 0
	for seed := range uint64(400) {
		m := maker{Rand: rand.New(rand.NewPCG(seed, 2))}
		rule, pass := m.path(), [][]oSegment{m.path(), m.path()}
		guard := fmt.Sprintf("{mode: %s, unlisted: deny, pass: [key, %q, %q]}", m.one("off", "redact"), pathText(pass[0]), pathText(pass[1]))
		route, err := parsedRoute([]string{fmt.Sprintf("{path: %q, truncate: 900}", pathText(rule))}, guard)
		if err != nil {
			continue
		}
		tr := compile(t, route).NewTransformer()
		var arena transform.Arena
		for range 40 {
			n := 0
			doc := m.distinct(4, &n)
			root, listed := parsed(doc, 0), map[*oNode]bool{}
			for _, path := range append(pass, rule) {
				selected(doc, root, path, listed)
			}
			arena.Reset()
			v := tr.Transform(&record.Record{Value: []byte(doc)}, &arena)
			if v.Reason != "" {
				continue // such as an object that truncate cannot take
			}
			out := string(v.Records[0].Value)
			if !json.Valid([]byte(out)) {
				t.Fatalf("seed %d: %s became %s", seed, doc, out)
			}
			var each func(n *oNode, in bool)
			each = func(n *oNode, in bool) {
				in = in || listed[n]
				for _, kid := range n.kids {
					each(kid, in)
				}
				if doc[n.start] != '"' {
					return
				}
				if have := strings.Contains(out, doc[n.start:n.end]); have != in {
					t.Fatalf("seed %d, %s, rule %s: %s\nof   %s\nhave %s, want it there: %t", seed, guard, pathText(rule), doc[n.start:n.end], doc, out, in)
				} else if have {
					passed++
				} else {
					stopped++
				}
			}
			each(root, false)
		}
	}
	if passed < 1000 || stopped < 1000 {
		t.Errorf("%d scalars passed and %d did not: too few to tell", passed, stopped)
	}
}

// distinct is a JSON text in which each scalar is another text.
func (m maker) distinct(depth int, n *int) string {
	if depth == 0 || m.IntN(4) == 0 {
		*n++
		return fmt.Sprintf(`"u%dx"`, *n)
	}
	var items []string
	object := m.IntN(3) > 0
	for range m.IntN(5) {
		item := m.distinct(depth-1, n)
		if object {
			item = m.quoted(m.name()) + m.space() + ":" + m.space() + item
		}
		items = append(items, item)
	}
	body := m.space() + strings.Join(items, m.space()+","+m.space()) + m.space()
	if object {
		return "{" + body + "}"
	}
	return "[" + body + "]"
}
