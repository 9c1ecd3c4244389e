package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// The cost of a record, with the real scanner, the real paths and the real ciphers. The package transform itself must not
// know the cryptography, so these stand here, where both meet.

// benchEvent is a web event of 1.2 KB.
const benchEvent = `{"type":"track","event":"Order Completed","messageId":"seg-000000001","timestamp":"2026-03-02T07:00:06.000Z",` +
	`"userId":"crm-642179813","anonymousId":"fd85a9f9-2381-4647-8e5a-97b701173663","integrations":{"All":true},` +
	`"context":{"ip":"198.18.174.132","userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)","locale":"fr-FR",` +
	`"page":{"path":"/panier","title":"Panier","url":"https://shop.example/panier?step=2","referrer":"https://mail.example/open?c=9"},` +
	`"traits":{"email":"Herbert.Marchand8513@Messagerie.test","phone":"+33 6 39 98 12 34","firstName":"Herbert","lastName":"Marchand","plan":"gold",` +
	`"f1":"value one","f2":"value two","f3":"value three","f4":"value four","f5":"value five","f6":"value six","f7":"value seven",` +
	`"f8":"value eight","f9":"value nine","f10":"value ten","f11":"value eleven","f12":"value twelve","f13":"value 13","f14":"value 14"},` +
	`"library":{"name":"@segment/analytics-node","version":"3.1.0"}},` +
	`"properties":{"order_id":"o-9","currency":"EUR","revenue":59.90,"items":[{"sku":"SKU-0912","name":"lampe","price":19.9,"quantity":2},` +
	`{"sku":"SKU-0042","name":"vase","price":9.90,"quantity":1}],"coupon":null,"order_no":123456789012345678901234567890},` +
	`"_metadata":{"nodeVersion":"v20.20.2","jsRuntime":"node"}}`

// benchFields are the first n of twenty field rules of a method: two ids, e-mail, IP and two names, then fourteen more. With 0
// there is one rule that matches nothing.
func benchFields(method string, n int) string {
	if n == 0 {
		return "{path: $.nothing.here, redact: true}"
	}
	paths := []string{"userId", "anonymousId", "context.traits.email", "context.ip", "context.traits.firstName", "context.traits.lastName"}
	for i := 1; len(paths) < 20; i++ {
		paths = append(paths, fmt.Sprintf("context.traits.f%d", i))
	}
	return benchRules(method, paths[:n]...)
}

// benchRules has a rule of a method for each path, of which $. is left out. E-mail addresses are normalized where the method
// takes a domain.
func benchRules(method string, paths ...string) string {
	rules := make([]string, len(paths))
	for i, path := range paths {
		action := "domain: id"
		switch {
		case slices.Contains(keylessMethods, method):
			action = method + ": true"
		case strings.HasSuffix(path, "email"):
			action = "domain: email"
		}
		rules[i] = fmt.Sprintf("{path: '$.%s', %s}", path, action)
	}
	return strings.Join(rules, ", ")
}

// keylessMethods need no domain. The others are those of a domain.
var keylessMethods = []string{"redact", "remove"}

func benchConfig(tb testing.TB, method, rules string) *config.Config {
	tb.Helper()
	return parseBench(tb, benchDomains(method, rules)+"routes:\n  - {name: bench, from: [a], to: b, fields: ["+rules+"]}\n")
}

// benchDomains are the domains that rules name.
func benchDomains(method, rules string) string {
	domains := ""
	for _, name := range []string{"id", "email"} {
		if !strings.Contains(rules, "domain: "+name+"}") {
			continue
		}
		value := ""
		if name == "email" && method != config.Encrypt { // which takes the value as it is
			value = ", value: email"
		}
		domains += fmt.Sprintf("  %s: {method: %s%s}\n", name, method, value)
	}
	if domains == "" {
		return ""
	}
	return "domains:\n" + domains
}

// parseBench parses a configuration of these domains and routes.
func parseBench(tb testing.TB, text string) *config.Config {
	tb.Helper()
	return parseAt(tb, "127.0.0.1:9092", text)
}

// parseAt is parseBench with the address of a broker.
func parseAt(tb testing.TB, broker, text string) *config.Config {
	tb.Helper()
	c, err := config.Parse("bench", []byte(`
kafka: {brokers: ["`+broker+`"]}
admin: {listen: "127.0.0.1:0"}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
quarantine: {topic: q}
`+text), func(string) (string, bool) { return "", false })
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func benchTransformer(tb testing.TB, c *config.Config) (*transform.Transformer, map[string]transform.Domain) {
	tb.Helper()
	domains, err := ephemeralDomains(c)
	if err != nil {
		tb.Fatal(err)
	}
	rules, err := transform.Compile(&c.Routes[0], c, domains)
	if err != nil {
		tb.Fatal(err)
	}
	return rules.NewTransformer(), domains
}

// TestTransformAllocatesOnlyWhatTokensDo: a record costs no allocation beyond those of its tokens, which are counted here on the
// same values.
func TestTransformAllocatesOnlyWhatTokensDo(t *testing.T) {
	skipUnderRace(t)
	if n := len(benchEvent); n < 1100 || n > 1700 {
		t.Fatalf("the event has %d bytes", n)
	}
	for _, method := range []string{config.Tokenize, config.Hash, config.Encrypt, "redact", "remove"} {
		for _, fields := range []int{0, 1, 6, 20} {
			if fields == 0 && method != config.Tokenize {
				continue // no field has a method
			}
			t.Run(fmt.Sprintf("fields=%d/method=%s", fields, method), func(t *testing.T) {
				c := benchConfig(t, method, benchFields(method, fields))
				tr, domains := benchTransformer(t, c)
				in := record.Record{Value: []byte(benchEvent)}
				var arena transform.Arena
				got := testing.AllocsPerRun(200, func() {
					arena.Reset()
					if v := tr.Transform(&in, &arena); v.Reason != "" || len(v.Records) != 1 {
						t.Fatal(v)
					}
				})
				if want := tokenAllocations(t, c, domains); got > want {
					t.Errorf("%g allocations a record, those of its tokens are %g", got, want)
				}
			})
		}
	}
}
