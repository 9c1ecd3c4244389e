package main

import (
	"bytes"
	"strings"
	"testing"

	"voile/cmd/voile/explain"
	"voile/config"
)

// explainConfig has names that are hard to show: long, in other scripts, hostile.
func explainConfig(t *testing.T) *config.Config {
	t.Helper()
	long := strings.Repeat("averylongname", 12)
	c, err := config.Parse("voile.yaml", []byte(`
kafka: {brokers: ["a:1"]}
vault: {address: "http://a", auth: {token: {env: A}}}
domains:
  customer-email: {method: tokenize, value: email}
  a-domain-with-a-name-that-is-as-long-as-a-name-of-a-domain-may: {method: hash}
routes:
  - name: `+strings.Repeat("r", 63)+`
    from: [`+strings.Repeat("topic.", 40)+`, b]
    to: `+strings.Repeat("sink", 60)+`
    fields:
      - {path: $.`+long+`.email, domain: customer-email}
      - {path: "$['会員番号と電話番号と住所']", redact: true}
      - {path: "$['<script>alert(1)</script><img src=x onerror=alert(1)>']", redact: true}
      - {path: "$.data[*].cx", in: [base64url, json], at: "$.data[*].data.`+long+`", domain: a-domain-with-a-name-that-is-as-long-as-a-name-of-a-domain-may}
      - {path: $.iban, mask: {keep_last: 4}}
  - name: web
    from: [c]
    to: d
    guard: {unlisted: deny, pass: [$.type, key]}
    fields:
      - {path: $.email, domain: customer-email}
`), func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestExplainPageInChromium looks at the page as a person with a phone, and one at a desk, would.
func TestExplainPageInChromium(t *testing.T) {
	var page bytes.Buffer
	if err := explain.Write(&page, explainConfig(t), explain.Options{Language: "fr", Format: "html"}); err != nil {
		t.Fatal(err)
	}
	views := look(t, page.Bytes())
	// On a phone, where a row is a card, a cell that has nothing to say is not there.
	empty := []int{strings.Count(page.String(), `"></td>`), 0}
	for i, v := range views {
		if v.Rows < 10 || v.Hidden != empty[i] || v.Overlapping > 0 {
			t.Errorf("at %d pixels: %d rows; %d cells cannot be seen, want %d; %d rows lie over another", v.Width, v.Rows, v.Hidden, empty[i], v.Overlapping)
		}
		if len(v.Headings) != 6 || v.Headings[0] != "Canaux" {
			t.Errorf("the headings are %q", v.Headings)
		}
	}
}
