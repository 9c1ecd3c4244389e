package main

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// insideCases are one e-mail address in each place that a rule can look into, in an event of 1.2 KB otherwise untouched.
func insideCases() map[string]struct{ rule, value string } {
	const inner = `{"schema":"iglu:com.shop/user/jsonschema/1-0-0","data":{"email":"Herbert.Marchand8513@Messagerie.test","tier":3,"tags":["a","b"]}}`
	text, err := json.Marshal(inner)
	if err != nil {
		panic(err)
	}
	twice, err := json.Marshal(`{"body":` + string(text) + `}`)
	if err != nil {
		panic(err)
	}
	query := url.Values{"email": {"Herbert.Marchand8513@Messagerie.test"}, "utm_source": {"mail"}, "step": {"2"}}.Encode()
	return map[string]struct{ rule, value string }{
		"plain":        {`{path: $.x, domain: email}`, `"Herbert.Marchand8513@Messagerie.test"`},
		"filter":       {`{path: "$.x[?@.key=='email'].value", domain: email}`, `[{"key":"page","value":"/"},{"key":"email","value":"Herbert.Marchand8513@Messagerie.test"},{"key":"n","value":1}]`},
		"keys_of":      {`{keys_of: $.x, domain: email}`, `{"Herbert.Marchand8513@Messagerie.test":{"ads":"out"}}`},
		"json":         {`{path: $.x, in: [json], at: $.data.email, domain: email}`, string(text)},
		"json in json": {`{path: $.x, in: [json], at: {path: $.body, in: [json], at: $.data.email}, domain: email}`, string(twice)},
		"base64":       {`{path: $.x, in: [base64, json], at: $.data.email, domain: email}`, `"` + base64.StdEncoding.EncodeToString([]byte(inner)) + `"`},
		"base64url":    {`{path: $.x, in: [base64url, json], at: $.data.email, domain: email}`, `"` + base64.RawURLEncoding.EncodeToString([]byte(inner)) + `"`},
		"url":          {`{path: $.x, in: [url], at: query.email, domain: email}`, `"https://shop.example/panier?` + query + `#top"`},
		"form":         {`{path: $.x, in: [form], at: email, domain: email}`, `"` + query + `"`},
	}
}

func insideTransformer(tb testing.TB, rule string) (*transform.Transformer, map[string]transform.Domain) {
	tb.Helper()
	return benchTransformer(tb, parseBench(tb, `domains: {email: {method: tokenize, value: email}}
routes:
  - {name: bench, from: [a], to: b, fields: [`+rule+`]}
`))
}

func insideEvent(value string) record.Record {
	return record.Record{Value: []byte(`{"x":` + value + `,` + benchEvent[1:])}
}

func BenchmarkInside(b *testing.B) {
	for name, tc := range insideCases() {
		b.Run("place="+strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			t, _ := insideTransformer(b, tc.rule)
			benchRecord(b, t, insideEvent(tc.value))
		})
	}
}

// TestInsideAllocatesOnlyWhatTokensDo: looking into a text costs no allocation beyond that of the one token in it.
func TestInsideAllocatesOnlyWhatTokensDo(t *testing.T) {
	skipUnderRace(t)
	for name, tc := range insideCases() {
		t.Run(name, func(t *testing.T) {
			tr, domains := insideTransformer(t, tc.rule)
			in := insideEvent(tc.value)
			var arena transform.Arena
			have := testing.AllocsPerRun(200, func() {
				arena.Reset()
				if v := tr.Transform(&in, &arena); v.Reason != "" || tr.Stats()[0].Replaced == 0 {
					t.Fatal(v)
				}
			})
			dst, value := make([]byte, 0, 1024), []byte("herbert.marchand8513@messagerie.test") // not in what is counted
			want := testing.AllocsPerRun(200, func() {
				if _, err := domains["email"].AppendToken(dst, value); err != nil {
					t.Fatal(err)
				}
			})
			if have > want {
				t.Errorf("%g allocations a record, the token's own are %g", have, want)
			}
		})
	}
}
