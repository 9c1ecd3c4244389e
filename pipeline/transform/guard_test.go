package transform_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/guard"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// guardedBy compiles a route with these rules and this guard, as the file writes them.
func guardedBy(t testing.TB, fields, guard string) *transform.Transformer {
	t.Helper()
	c, err := config.Parse("guard", []byte(`
kafka: {brokers: ["127.0.0.1:9092"]}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains: {d: {method: tokenize}}
routes:
  - {name: r, from: [a], to: b, fields: [`+fields+`, {header: never, domain: d}], guard: `+guard+`}
`), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	r, err := transform.Compile(&c.Routes[0], c, domains)
	if err != nil {
		t.Fatal(err)
	}
	return r.NewTransformer()
}

// findings gives what a guard counted as text: "path kind": number.
func findings(tr *transform.Transformer) map[string]int {
	out := map[string]int{}
	tr.Guard().Each(func(f guard.Finding, n uint64) { out[f.Path+" "+f.Kind] += int(n) })
	return out
}

const (
	redacting  = "{mode: redact, sample: 100%}"
	tokenizing = "{mode: tokenize, domains: {email: d}}"
	sealing    = "{mode: quarantine}"
)

// nest puts a text into so many JSON texts in texts.
func nest(depth int, text string) string {
	out := `{"b":"` + text + `"}`
	for range depth {
		quoted, _ := json.Marshal(out)
		out = `{"b":` + string(quoted) + `}`
	}
	return out
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestGuardModes(t *testing.T) {
	token := tok("d", "ana@example.org")
	for _, tc := range []struct {
		name, fields, guard string
		in, want            string // want "" for the reason
		why                 transform.Reason
	}{
		{"nothing found", "{path: $.a, domain: d}", redacting, `{"b":"hello","n":12345678,"x":null,"y":true}`, `{"b":"hello","n":12345678,"x":null,"y":true}`, ""},
		{"redact the whole text", "{path: $.a, domain: d}", redacting, `{"b": "ana@example.org"}`, `{"b": "[redacted]"}`, ""},
		{"redact inside a text", "{path: $.a, domain: d}", redacting, `{"b":"write to ana@example.org, caf\u00e9 \"x\""}`, `{"b":"write to [redacted], caf\u00e9 \"x\""}`, ""},
		{"two in one text", "{path: $.a, domain: d}", redacting, `["ana@example.org ben@example.org"]`, `["[redacted] [redacted]"]`, ""},
		{"tokenize", "{path: $.a, domain: d}", tokenizing, `{"b":"to ana@example.org!"}`, `{"b":"to ` + token + `!"}`, ""},
		{"a kind without a domain is redacted", "{path: $.a, domain: d}", tokenizing, `{"b":"FR7630006000011234567890189"}`, `{"b":"[redacted]"}`, ""},
		{"quarantine", "{path: $.a, domain: d}", sealing, `{"b":"ana@example.org"}`, "", transform.ReasonGuard},
		{"quarantine, and nothing found", "{path: $.a, domain: d}", sealing, `{"b":"ana"}`, `{"b":"ana"}`, ""},
		{"what a rule takes is not looked at", "{path: $.a, domain: d}", sealing, `{"a":"ana@example.org"}`, `{"a":"` + token + `"}`, ""},
		{"a token of voile's is none", "{path: $.a, domain: d}", sealing, `{"b":"vt1.d.AXdSVkZi-FR7630006000011234567890189-4dgXbynBHk5vbd84"}`, `{"b":"vt1.d.AXdSVkZi-FR7630006000011234567890189-4dgXbynBHk5vbd84"}`, ""},
		{"what only begins like one", "{path: $.a, domain: d}", redacting, `{"b":"vt1.d.ana@example.org"}`, `{"b":"[redacted]"}`, ""},
		{"a number", "{path: $.a, domain: d}", "{mode: redact, kinds: [card]}", `{"b":4111111111111111}`, `{"b":"[redacted]"}`, ""},
		{"a member's name is tokenized", "{path: $.a, domain: d}", tokenizing, `{"x":{"ana@example.org":{"v":1}}}`, `{"x":{"` + token + `":{"v":1}}}`, ""},
		{"a member's name is not redacted", "{path: $.a, domain: d}", redacting, `{"ana@example.org":1}`, "", transform.ReasonGuard},
		{"JSON in a text", "{path: $.a, domain: d}", redacting, `{"b":"{\"c\": [\"ana@example.org\"], \"d\":1}"}`, `{"b":"{\"c\": [\"[redacted]\"], \"d\":1}"}`, ""},
		{"JSON in base64", "{path: $.a, domain: d}", redacting, `{"b":"` + b64(`{"c":"ana@example.org"}`) + `"}`, `{"b":"` + b64(`{"c":"[redacted]"}`) + `"}`, ""},
		{"a URL", "{path: $.a, domain: d}", redacting, `{"b":"https://x.example/p?e=ana%40example.org&s=1#z"}`, `{"b":"https://x.example/p?e=%5Bredacted%5D&s=1#z"}`, ""},
		{"a form", "{path: $.a, domain: d}", redacting, `{"b":"e=ana%40example.org&s=1"}`, `{"b":"e=%5Bredacted%5D&s=1"}`, ""},
		{"a URL in JSON in a text", "{path: $.a, domain: d}", redacting, `{"b":"{\"u\":\"/p?e=ana%40example.org\"}"}`, `{"b":"{\"u\":\"/p?e=%5Bredacted%5D\"}"}`, ""},
		{"beside a rule that goes inside JSON", "{path: $.a, in: [json], at: $.x, domain: d}", redacting, `{"a":"{\"x\":\"ana@example.org\",\"y\":\"ben@example.org\"}"}`, `{"a":"{\"x\":\"` + token + `\",\"y\":\"[redacted]\"}"}`, ""},
		{"beside a rule that goes inside a URL", "{path: $.a, in: [url], at: query.e, domain: d}", redacting, `{"a":"/p?e=ana%40example.org&f=ben%40example.org"}`, `{"a":"/p?e=` + token + `&f=%5Bredacted%5D"}`, ""},
		{"beside a rule for a segment", "{path: $.a, in: [url], at: path.1, domain: d}", redacting, `{"a":"/u/ana@example.org/ben@example.org"}`, `{"a":"/u/` + token + `/%5Bredacted%5D"}`, ""},
		{"the last of many segments", "{path: $.a, in: [url], at: path.1, domain: d}", redacting, `{"a":"` + strings.Repeat("/u", 300) + `/ben@example.org"}`, `{"a":"/u/` + tok("d", "u") + strings.Repeat("/u", 298) + `/%5Bredacted%5D"}`, ""},
		{"a parameter without a value", "{path: $.a, domain: d}", redacting, `{"b":"/p?x=1&ana%40example.org#z"}`, `{"b":"/p?x=1&%5Bredacted%5D#z"}`, ""},
		{"a parameter's name", "{path: $.a, domain: d}", redacting, `{"b":"/p?x=1&ana@example.org=2&%61=3"}`, `{"b":"/p?x=1&%5Bredacted%5D=2&%61=3"}`, ""},
		{"a name in a form", "{path: $.a, in: [form], at: e, domain: d}", redacting, `{"a":"ana@example.org=2&x"}`, `{"a":"%5Bredacted%5D=2&x"}`, ""},
		{"a name whose parameter goes", "{path: $.a, in: [url], at: 'query.*', remove: true}", redacting, `{"a":"/p?x=1&ana@example.org=2&y&z=3"}`, `{"a":"/p?y"}`, ""},
		{"a name before one that goes", "{path: $.a, in: [url], at: query.z, remove: true}", redacting, `{"a":"/p?ana@example.org=2&ben@example.org&z=3"}`, `{"a":"/p?%5Bredacted%5D=2&%5Bredacted%5D"}`, ""},
		{"a host", "{path: $.a, domain: d}", redacting, `{"b":"https://62.34.12.9:8080/p?x=1"}`, `{"b":"https://%5Bredacted%5D:8080/p?x=1"}`, ""},
		{"an address before the path", "{path: $.a, domain: d}", redacting, `{"b":"//ana@example.org/?x=1"}`, `{"b":"//%5Bredacted%5D/?x=1"}`, ""},
		{"a host behind userinfo that goes", "{path: $.a, in: [url], at: userinfo, remove: true}", redacting, `{"a":"https://ana@62.34.12.9/p"}`, `{"a":"https://%5Bredacted%5D/p"}`, ""},
		{"too deep inside to look", "{path: $.a, domain: d}", sealing, `{"b":"` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `"}`, "", transform.ReasonGuard},
		{"three texts inside texts", "{path: $.a, domain: d}", redacting, nest(3, "ana@example.org"), nest(3, "[redacted]"), ""},
		{"four texts inside texts", "{path: $.a, domain: d}", redacting, nest(4, "ana@example.org"), "", transform.ReasonGuard},
		{"four, and nothing found", "{path: $.a, domain: d}", redacting, nest(4, "ana"), nest(4, "ana"), ""},
		{"no Unicode text", "{path: $.a, domain: d}", redacting, `{"b":"\ud800 ana@example.org"}`, "", transform.ReasonGuard},
		{"no Unicode text, and nothing found", "{path: $.a, domain: d}", redacting, `{"b":"\ud800"}`, `{"b":"\ud800"}`, ""},
		{"report changes nothing", "{path: $.a, domain: d}", "{mode: report, sample: 100%}", `{"b":"ana@example.org","ben@example.org":1}`, `{"b":"ana@example.org","ben@example.org":1}`, ""},
		{"off", "{path: $.a, domain: d}", "off", `{"b":"ana@example.org"}`, `{"b":"ana@example.org"}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := guardedBy(t, tc.fields, tc.guard)
			var arena transform.Arena
			for range 2 {
				v := tr.Transform(&record.Record{Value: []byte(tc.in)}, &arena)
				if v.Reason != tc.why {
					t.Fatalf("reason %q, want %q", v.Reason, tc.why)
				}
				if tc.why == "" && string(v.Records[0].Value) != tc.want {
					t.Errorf("have %s\nwant %s", v.Records[0].Value, tc.want)
				}
			}
		})
	}
}

func TestGuardKeysAndHeaders(t *testing.T) {
	token := tok("d", "ana@example.org")
	for _, tc := range []struct {
		name, guard string
		key, header string // want "" for the reason
		why         transform.Reason
	}{
		{"tokenize", tokenizing, token, "by " + token, ""},
		{"redact", redacting, "", "", transform.ReasonGuard}, // the key
		{"report", "{sample: 100%}", "ana@example.org", "by ana@example.org", ""},
	} {
		tr := guardedBy(t, "{path: $.a, domain: d}", tc.guard)
		var arena transform.Arena
		v := tr.Transform(&record.Record{Key: []byte("ana@example.org"), Value: []byte(`{}`), Headers: []record.Header{{Name: []byte("h"), Value: []byte("by ana@example.org")}, {Name: []byte("x")}}}, &arena)
		if v.Reason != tc.why {
			t.Fatalf("%s: reason %q, want %q", tc.name, v.Reason, tc.why)
		}
		if tc.why == "" {
			if r := v.Records[0]; string(r.Key) != tc.key || string(r.Headers[0].Value) != tc.header || len(r.Headers) != 2 || r.Headers[1].Value != nil {
				t.Errorf("%s: have %s, %s, want %s, %s", tc.name, r.Key, r.Headers, tc.key, tc.header)
			}
		}
	}
	tr := guardedBy(t, "{path: $.a, domain: d}", redacting)
	var arena transform.Arena
	v := tr.Transform(&record.Record{Headers: []record.Header{{Name: []byte("h"), Value: []byte("ana@example.org")}}}, &arena)
	if v.Reason != "" || string(v.Records[0].Headers[0].Value) != "[redacted]" {
		t.Errorf("a header of a tombstone: %q %s", v.Reason, v.Records[0].Headers)
	}
}

// Findings are counted by the pattern of their path, in which no data shows, and no value.
func TestGuardCounts(t *testing.T) {
	tr := guardedBy(t, "{path: $.a, domain: d}", "{sample: 100%}")
	in := record.Record{
		Key: []byte(`{"id":"ana@example.org"}`),
		Value: []byte(`{"a":"ana@example.org","users":{"ben@example.org":{"mail":"eve@example.org"}},"items":[{"to":"x@example.org"},{"to":"y@example.org"}],` +
			`"j":"{\"k\":\"z@example.org\"}","u":"/p?e=q%40example.org","odd name":"w@example.org","user 0612":"v@example.org"}`),
		Headers: []record.Header{{Name: []byte("x-by"), Value: []byte("ana@example.org")}, {Name: []byte("x-33612345678"), Value: []byte("ana@example.org")}},
	}
	var arena transform.Arena
	for range 3 { // names show once they were met often enough
		tr.Transform(&in, &arena)
	}
	tr.Guard().Reset()
	tr.Transform(&in, &arena)
	want := map[string]int{
		"$.users.* email": 1, "$.users.*.mail email": 1, "$.items[*].to email": 2, "$.j | json $.k email": 1, "$.u email": 1, "$.* email": 2,
		"key | json $.id email": 1, "header x-by email": 1, "header * email": 1,
	}
	if have := findings(tr); !maps.Equal(have, want) {
		t.Errorf("have %v\nwant %v", have, want)
	}
	if tr.Guard().Looked != 1 {
		t.Errorf("looked at %d records", tr.Guard().Looked)
	}
	first := guardedBy(t, "{path: $.a, domain: d}", "{sample: 100%}")
	first.Transform(&record.Record{Value: []byte(`{"Durand":{"Marie":"ana@example.org"}}`)}, &arena)
	if have := findings(first); !maps.Equal(have, map[string]int{"$.*.* email": 1}) {
		t.Errorf("names that were met once: %v", have)
	}
}

// About one record in a hundred is looked at, and Transformers of one route do not go in step.
func TestGuardSamples(t *testing.T) {
	tr := guardedBy(t, "{path: $.a, domain: d}", "{}")
	var arena transform.Arena
	for range 100_000 {
		arena.Reset()
		tr.Transform(&record.Record{Value: []byte(`{"b":1}`)}, &arena)
	}
	if n := tr.Guard().Looked; n < 800 || n > 1200 {
		t.Errorf("looked at %d of 100,000 records", n)
	}
}

// A member that was never met before the warm-up is new, once, by its path; what is in it is not, and data never is.
func TestGuardTellsNewMembers(t *testing.T) {
	tr := guardedBy(t, "{path: $.a, domain: d}", "{sample: 100%}")
	var arena transform.Arena
	pass := func(n int, value string) {
		for i := range n {
			tr.Transform(&record.Record{Value: []byte(strings.ReplaceAll(value, "N", fmt.Sprint(i%7)))}, &arena)
		}
	}
	pass(guard.WarmUp, `{"a":1,"b":{"c":[{"d":1}]}}`)
	pass(10, `{"a":1,"b":{"c":[{"d":1,"e":2}]},"new":{"x":1,"y":{}},"user N 0612345678":1}`)
	if have, want := fmt.Sprint(tr.Guard().Fresh), "[$.b.c[*].e $.new]"; have != want {
		t.Errorf("new are %s, want %s", have, want)
	}
}

func TestUnlisted(t *testing.T) {
	const pass = "unlisted: deny, pass: [key, $.type, $.ctx, header v]"
	for _, tc := range []struct {
		name, guard string
		in, want    string
		headers     string // names that stay
		why         transform.Reason
	}{
		{"remove", "{mode: off, " + pass + "}", `{"type":"t", "a":"x","b":1,"ctx":{"a":"y","z":[1]},"c":{"d":{}}}`, `{"type":"t", "a":"` + tok("d", "x") + `","ctx":{"a":"` + tok("d", "y") + `","z":[1]}}`, "h v", ""},
		{"remove, and look", "{mode: redact, " + pass + "}", `{"type":"ana@example.org","b":{"ben@example.org":1},"a":"x"}`, `{"type":"[redacted]","a":"` + tok("d", "x") + `"}`, "h v", ""},
		{"quarantine", "{mode: off, on_unlisted: quarantine, " + pass + "}", `{"type":1,"b":2}`, "", "", transform.ReasonUnlisted},
		{"quarantine for a header", "{mode: off, on_unlisted: quarantine, " + pass + "}", `{"type":1}`, "", "", transform.ReasonUnlisted},
		{"a scalar", "{mode: off, " + pass + "}", `"ana"`, "", "", transform.ReasonUnlisted},
		{"nothing listed", "{mode: off, " + pass + "}", `{"x":1}`, `{}`, "h v", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tr := guardedBy(t, "{path: $..a, domain: d}, {header: h, domain: d}", tc.guard)
			var arena transform.Arena
			h := func(name string) record.Header { return record.Header{Name: []byte(name), Value: []byte("x")} }
			v := tr.Transform(&record.Record{Key: []byte("k"), Value: []byte(tc.in), Headers: []record.Header{h("h"), h("u"), h("v")}}, &arena)
			if v.Reason != tc.why {
				t.Fatalf("reason %q, want %q", v.Reason, tc.why)
			}
			if tc.why != "" {
				return
			}
			var names []string
			for _, h := range v.Records[0].Headers {
				names = append(names, string(h.Name))
			}
			if r := v.Records[0]; string(r.Value) != tc.want || strings.Join(names, " ") != tc.headers || string(r.Key) != "k" {
				t.Errorf("have %s, %s, want %s, %s", r.Value, names, tc.want, tc.headers)
			}
			if tr.Guard().Unlisted == 0 {
				t.Error("nothing was counted")
			}
		})
	}
}

func TestGuardAllocatesNothingWhereItFindsNothing(t *testing.T) {
	for _, mode := range []string{"{sample: 100%}", redacting, "{mode: off, unlisted: deny, pass: [key, $.b]}"} {
		tr := guardedBy(t, "{path: $.a, domain: d}", mode)
		in := record.Record{Key: []byte("k"), Value: []byte(`{"a":"x","b":{"c":"some text, \u00e9","d":12345678},"u":"https://x.example/?a=b"}`)}
		var arena transform.Arena
		if got := testing.AllocsPerRun(200, func() {
			arena.Reset()
			if v := tr.Transform(&in, &arena); v.Reason != "" {
				t.Fatal(v)
			}
		}); got != 0 {
			t.Errorf("%s: %g allocations", mode, got)
		}
	}
}

// FuzzGuard states what holds for every value: what a guard that redacts passes on is JSON, and it finds nothing in it the second
// time; one that reports changes no byte.
func FuzzGuard(f *testing.F) {
	for _, s := range []string{`{"b":"ana@example.org","c":["+33612345678"]}`, `{"b":"{\"c\":\"ana@example.org\"}"}`, `"/p?e=ana%40example.org&f=\u0061"`, `{"ana@example.org":1}`,
		`["eyJhIjoiYW5hQGV4YW1wbGUub3JnIn0="]`, `"a=ana%40example.org&b=%22+1"`, `4111111111111111`, `"\ud800 ana@example.org"`, `{"x":{"y":[]},"x":2}`, `{"a":"ana@example.org ben@example.org"}`} {
		f.Add([]byte(s))
	}
	redact, report := guardedBy(f, "{path: $.a, redact: true}, {path: $.d, domain: d}", redacting), guardedBy(f, "{path: $.never, domain: d}", "{sample: 100%}")
	deny := guardedBy(f, "{path: $.a, domain: d}", "{mode: off, unlisted: deny, pass: [key, $..b, '$.x[1]']}")
	f.Fuzz(func(t *testing.T, doc []byte) {
		var arena, again transform.Arena
		if v := report.Transform(&record.Record{Value: doc}, &arena); v.Reason == "" && string(v.Records[0].Value) != string(doc) {
			t.Fatalf("a guard that reports made %q of %q", v.Records[0].Value, doc)
		}
		if v := deny.Transform(&record.Record{Value: doc}, &arena); v.Reason == "" && len(doc) > 0 && !json.Valid(v.Records[0].Value) {
			t.Fatalf("without what is not listed, %q became %q", doc, v.Records[0].Value)
		}
		once := redact.Transform(&record.Record{Value: doc}, &arena)
		if once.Reason != "" || len(doc) == 0 {
			return
		}
		value := bytes.Clone(once.Records[0].Value)
		redact.Guard().Reset()
		twice := redact.Transform(&record.Record{Value: value}, &again)
		if !json.Valid(value) || twice.Reason != "" || string(twice.Records[0].Value) != string(value) || len(findings(redact)) > 0 {
			t.Fatalf("%q became %q, and then %s %v, %v", doc, value, twice.Reason, twice.Records, findings(redact))
		}
	})
}
