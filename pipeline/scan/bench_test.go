package scan

import (
	"fmt"
	"strings"
	"testing"

	"voile/pipeline/jsonpath"
)

// event is a web event of some 1.2 KB, as the SDKs of analytics tools send them.
const event = `{"timestamp":"2026-03-02T07:00:09.000Z","integrations":{},"event":"Order Completed","type":"track","properties":{"order_id":"o-9",` +
	`"items":[{"sku":"SKU-0912 lamp","price":19.9},{"sku":"SKU-0913 chair","price":5}],"recipients":[{"email":"claire.petit@example.org",` +
	`"phone":"+33465712001","gift":true},{"email":"ana-louis@poste.example","phone":"05 36 49 62 02","gift":false}],"amount":1.0E+2,` +
	`"order_no":123456789012345678901234567890,"ratio":1.50,"neg":-0,"max":9007199254740993,"tiny":4.9e-324},"context":{"ip":"198.18.1.189",` +
	`"userAgent":"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)","locale":"fr-FR","page":{"path":"/panier","title":"Panier",` +
	`"url":"https://shop.example/panier?step=2&email=%20ana.louis%40example.net%20&utm_source=nl%20mars&empty=#top",` +
	`"referrer":"https://mail.example/open?c=9&uid=ana.louis%40example.net"},"traits":{"email":"ana.louis@example.net",` +
	`"phone":"05 36 49 08 03","firstName":"Anaïs","lastName":"LOUIS","plan":"gold"},"library":{"name":"@segment/analytics-node",` +
	`"version":"3.1.0"}},"userId":"crm-720587188","anonymousId":"fd85a9f9-2381-4647-8e5a-97b701173664","messageId":"seg-9",` +
	`"_metadata":{"nodeVersion":"v20.20.2","jsRuntime":"node"}}`

// eventPaths select one value of event each, two of them with a wildcard two.
var eventPaths = []string{
	"$.context.traits.email", "$.userId", "$.anonymousId", "$.context.ip", "$.context.traits.firstName", "$.context.traits.lastName",
	"$.context.traits.phone", "$.properties.recipients[*].email", "$.properties.recipients[*].phone", "$.context.userAgent",
	"$.context.page.url", "$.context.page.referrer", "$.messageId", "$.properties.order_id", "$.properties.order_no",
	"$.context.locale", "$.context.traits.plan", "$.properties.items[0].sku", "$.properties.amount", "$.timestamp",
}

// automaton compiles paths, and the names in what others select: "keys of $.a".
func automaton(tb testing.TB, paths ...string) *jsonpath.Automaton {
	tb.Helper()
	a, err := compile(tb, paths...)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func compile(tb testing.TB, paths ...string) (*jsonpath.Automaton, error) {
	tb.Helper()
	parsed := make([]jsonpath.Selection, len(paths))
	for i, p := range paths {
		p, parsed[i].Keys = strings.CutPrefix(p, "keys of ")
		var err error
		if parsed[i].Path, err = jsonpath.Parse(p); err != nil {
			tb.Fatalf("%s: %v", p, err)
		}
	}
	return jsonpath.Compile(parsed)
}

// manyPaths gives n paths of which the event has those of eventPaths.
func manyPaths(n int, form string) []string {
	paths := append([]string(nil), eventPaths...)
	for i := len(paths); i < n; i++ {
		paths = append(paths, fmt.Sprintf(form, i))
	}
	return paths
}

func BenchmarkScan(b *testing.B) {
	benchmark(b, event, []benchCase{
		{"form=member/paths=0", nil, 0},
		{"form=member/paths=1", eventPaths[:1], 1},
		{"form=member/paths=6", eventPaths[:6], 6},
		{"form=member/paths=20", eventPaths, 22},
		{"form=member/paths=1000", manyPaths(1000, "$.context.traits.custom%d"), 22},
		{"form=descendant/paths=1000", manyPaths(1000, "$..custom%d"), 22},
	})
}

// BenchmarkScanFilters scans an event with a list of 20 names and values.
func BenchmarkScanFilters(b *testing.B) {
	var twenty []string
	for i := range 20 {
		twenty = append(twenty, fmt.Sprintf("$.params[?@.key=='param_%d'].value", i))
	}
	benchmark(b, params(20), []benchCase{
		{"select=all", []string{"$.params[*].value"}, 20},
		{"select=1-filter", []string{"$.params[?@.key=='email'].value"}, 1},
		{"select=20-filters", twenty, 19},
		{"select=1-filter-at-every-depth", []string{"$..[?@.key=='email'].value"}, 1},
		{"select=names", []string{"keys of $.params[*]"}, 40},
	})
}

// A benchCase scans for paths, and wants so many spans.
type benchCase struct {
	name  string
	paths []string
	want  int
}

func benchmark(b *testing.B, text string, cases []benchCase) {
	for _, bench := range cases {
		b.Run(bench.name, func(b *testing.B) {
			s := New(automaton(b, bench.paths...), 100)
			doc := []byte(text)
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				spans, err := s.Scan(doc, Selected)
				if err != nil || len(spans) != bench.want {
					b.Fatalf("%d spans, want %d, error %v", len(spans), bench.want, err)
				}
			}
		})
	}
}
