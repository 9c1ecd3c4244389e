package transform_test

import (
	"strings"
	"testing"
	"time"

	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// A megabyte of findings takes time that grows with its length: a tenth of a second or so, where the square of it took minutes.
func TestGuardTakesTimeByLength(t *testing.T) {
	const size, most = 1_000_000, 10 * time.Second
	many := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	for name, tc := range map[string]struct{ guard, doc string }{
		"in one array":    {redacting, `["` + many(`ana@example.org","`) + `"]`},
		"member names":    {tokenizing, `{` + many(`"ana@example.org":1,`) + `"z":1}`},
		"in JSON in text": {redacting, `{"b":"[` + many(`\"{\\\"a\\\":\\\"ana@example.org\\\"}\",`) + `1]"}`},
		"in one query":    {redacting, `{"b":"/p?` + many(`a=ana%40example.org&`) + `"}`},
		"in one word":     {redacting, `{"b":"` + many(`3B241101-E2BB-4255-8CAF-4136C566A962.`) + `"}`},
		"unlisted, deep":  {"{mode: off, unlisted: deny, pass: [key, $..x]}", strings.Repeat(`[`, 15) + many(`{"y":[{"x":1}]},`) + `1` + strings.Repeat(`]`, 15)},
		"deep":            {redacting, strings.Repeat(`[`, 15) + `"` + many(`ana@example.org","`) + `"` + strings.Repeat(`]`, 15)},
	} {
		tr := guardedBy(t, "{path: $.a, domain: d}", tc.guard)
		var arena transform.Arena
		start := time.Now()
		if v := tr.Transform(&record.Record{Value: []byte(tc.doc)}, &arena); v.Reason != "" {
			t.Errorf("%s: %s", name, v.Reason)
		}
		took := time.Since(start)
		t.Logf("%s: %s", name, took)
		if took > most {
			t.Errorf("%s: %s for a megabyte", name, took)
		}
	}
}
