package main

import (
	"fmt"
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

// benchFields are the first n of twenty field rules: two ids, e-mail, IP and two names, then fourteen more. With 0 there is
// one rule that matches nothing.
func benchFields(n int) string {
	if n == 0 {
		return "{path: $.nothing.here, redact: true}"
	}
	rules := []string{
		"{path: $.userId, domain: id}", "{path: $.anonymousId, domain: id}", "{path: $.context.traits.email, domain: email}",
		"{path: $.context.ip, domain: id}", "{path: $.context.traits.firstName, domain: id}", "{path: $.context.traits.lastName, domain: id}",
	}
	for i := 1; len(rules) < 20; i++ {
		rules = append(rules, fmt.Sprintf("{path: $.context.traits.f%d, domain: id}", i))
	}
	return strings.Join(rules[:n], ", ")
}

func benchConfig(tb testing.TB, method string, fields int, guard string) *config.Config {
	tb.Helper()
	rules := benchFields(fields)
	domains := ""
	for name, value := range map[string]string{"id": "text", "email": "email"} {
		if strings.Contains(rules, "domain: "+name+"}") {
			domains += fmt.Sprintf("  %s: {method: %s, value: %s}\n", name, method, value)
		}
	}
	if domains != "" {
		domains = "domains:\n" + domains
	}
	return parseBench(tb, domains+"routes:\n  - {name: bench, from: [a], to: b, guard: "+guard+", fields: ["+rules+"]}\n")
}

// parseBench parses a configuration of these domains and routes.
func parseBench(tb testing.TB, text string) *config.Config {
	tb.Helper()
	c, err := config.Parse("bench", []byte(`
kafka: {brokers: ["127.0.0.1:9092"]}
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

// BenchmarkTransform is the cost with the guard as it is where nobody says anything, BenchmarkUnguarded that without it.
func BenchmarkTransform(b *testing.B) { benchmarkTransform(b, "{}") }

func BenchmarkUnguarded(b *testing.B) { benchmarkTransform(b, "off") }

func benchmarkTransform(b *testing.B, guard string) {
	for _, method := range []string{config.Tokenize, config.Hash} {
		for _, fields := range []int{0, 1, 6, 20} {
			if fields == 0 && method != config.Tokenize {
				continue
			}
			b.Run(fmt.Sprintf("%s/fields=%d", method, fields), func(b *testing.B) {
				t, _ := benchTransformer(b, benchConfig(b, method, fields, guard))
				benchRecord(b, t, record.Record{Value: []byte(benchEvent)})
			})
		}
	}
}

// BenchmarkEnvelope is the cost of a record with a key and five headers, of which no rule takes any.
func BenchmarkEnvelope(b *testing.B) {
	t, _ := benchTransformer(b, benchConfig(b, config.Tokenize, 0, "{}"))
	in := record.Record{Key: []byte("crm-642179813"), Value: []byte(benchEvent)}
	for _, name := range []string{"traceparent", "source", "content-type", "schema", "sent-at"} {
		in.Headers = append(in.Headers, record.Header{Name: []byte(name), Value: []byte("00-4bf92f3577b34da6")})
	}
	benchRecord(b, t, in)
}

// benchRecord is the cost of a record when some have gone before: the guard learns the members of the first 500, and the
// memory of the Transformer has grown.
func benchRecord(b *testing.B, t *transform.Transformer, in record.Record) {
	b.Helper()
	var arena transform.Arena
	one := func() {
		arena.Reset()
		if v := t.Transform(&in, &arena); v.Reason != "" {
			b.Fatal(v)
		}
	}
	for range 1000 {
		one()
	}
	b.SetBytes(int64(len(in.Value)))
	b.ReportAllocs()
	for b.Loop() {
		one()
	}
}

// TestTransformAllocatesOnlyWhatTinkDoes: a record costs no allocation beyond Tink's own, which are counted here on the
// same values.
func TestTransformAllocatesOnlyWhatTinkDoes(t *testing.T) {
	if n := len(benchEvent); n < 1100 || n > 1700 {
		t.Fatalf("the event has %d bytes", n)
	}
	for _, method := range []string{config.Tokenize, config.Hash} {
		for _, fields := range []int{0, 1, 6, 20} {
			if fields == 0 && method != config.Tokenize {
				continue // no field has a method
			}
			t.Run(fmt.Sprintf("%s/fields=%d", method, fields), func(t *testing.T) {
				c := benchConfig(t, method, fields, "{}")
				tr, domains := benchTransformer(t, c)
				in := record.Record{Value: []byte(benchEvent)}
				var arena transform.Arena
				got := testing.AllocsPerRun(200, func() {
					arena.Reset()
					if v := tr.Transform(&in, &arena); v.Reason != "" || len(v.Records) != 1 {
						t.Fatal(v)
					}
				})
				var want float64
				for _, rule := range c.Routes[0].Fields {
					d, ok := domains[rule.Action.Domain]
					if !ok {
						continue
					}
					dst := make([]byte, 0, 1024)
					want += testing.AllocsPerRun(200, func() {
						if _, err := d.AppendToken(dst, []byte("Herbert")); err != nil {
							t.Fatal(err)
						}
					})
				}
				if got > want {
					t.Errorf("%g allocations a record, Tink's own are %g", got, want)
				}
			})
		}
	}
}
