package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"voile/config"
	"voile/internal/leaktest"
	"voile/internal/repo"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// leakConfig reads the configuration of a proof, whose addresses nobody dials.
func leakConfig(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse("omnichannel.yaml", []byte(text), func(name string) (string, bool) {
		if name == "VAULT_ADDR" {
			return "http://127.0.0.1:8200", true
		}
		return "127.0.0.1:9092", true
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func omnichannel(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/examples/omnichannel.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// recordOf is the event as the pipeline has it, eventOf what came of it as the judge reads it.
func recordOf(e *leaktest.Event) record.Record {
	r := record.Record{Key: e.Key, Value: e.Value}
	for _, h := range e.Headers {
		r.Headers = append(r.Headers, record.Header{Name: []byte(h.Name), Value: h.Value})
	}
	return r
}

func eventOf(in *leaktest.Event, r *record.Record) leaktest.Event {
	out := leaktest.Event{Topic: in.Topic, Partition: in.Partition, Key: r.Key, Value: r.Value, Headers: []leaktest.Header{}}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, leaktest.Header{Name: string(h.Name), Value: h.Value})
	}
	return out
}

// transformEvents transforms every event by the route of its topic, and writes what came of them for the judge: the
// records as out, the verdicts on those that are set aside as a log beside it.
func transformEvents(t *testing.T, c *config.Config, events []leaktest.Event) (out, log string, quarantined int) {
	t.Helper()
	domains, err := ephemeralDomains(c)
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]*transform.Transformer{}
	for i := range c.Routes {
		rules, err := transform.Compile(&c.Routes[i], c, domains)
		if err != nil {
			t.Fatal(err)
		}
		for _, topic := range c.Routes[i].From {
			routes[topic] = rules.NewTransformer()
		}
	}
	var passed []leaktest.Event
	var verdicts strings.Builder
	for i := range events {
		e := &events[i]
		in := recordOf(e)
		v := routes[e.Topic].Transform(&in, new(transform.Arena))
		if v.Reason != "" {
			quarantined++
			verdicts.WriteString(e.Topic + ": " + string(v.Reason) + ": " + v.Where + "\n")
			continue
		}
		for j := range v.Records {
			passed = append(passed, eventOf(e, &v.Records[j]))
		}
	}
	dir := t.TempDir()
	out, log = filepath.Join(dir, "out.jsonl"), filepath.Join(dir, "verdicts.log")
	leaktest.Write(t, out, passed)
	if err := os.WriteFile(log, []byte(verdicts.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return out, log, quarantined
}

// TestNothingLeaks: all shared events, by the example with profiles. The judge, who knows nothing of voile, finds no
// planted value in what came out, every byte between them unchanged, and equal people's tokens equal in all channels.
// The end-to-end test does the same through real brokers and a real Vault server.
func TestNothingLeaks(t *testing.T) {
	truth := repo.Shared(t, leaktest.Dev)
	events := leaktest.Read(t, truth)
	out, log, quarantined := transformEvents(t, leakConfig(t, omnichannel(t)), events)
	f := leaktest.Judge(t, truth, out, quarantined, log)
	t.Logf("the judge's table:\n%s", f.Table)
	if !f.OK || quarantined != 0 {
		verdicts, _ := os.ReadFile(log)
		t.Errorf("the judge is not content, or %d of %d records were set aside:\n%s", quarantined, len(events), verdicts)
	}
	if n := leaktest.Sum(f.Planted); n < 18000 {
		t.Errorf("only %d values are planted: the test proves nothing", n)
	}
	for _, class := range []string{"email", "phone", "user_id", "device_id"} {
		if f.Join[class][1] == 0 {
			t.Errorf("no %s lies in two channels: the test proves nothing of joins", class)
		}
	}
}

// Negative controls: without one own rule, and without one profile, the judge finds the leaks.
func TestLeaksAreFound(t *testing.T) {
	truth := repo.Shared(t, leaktest.Dev)
	events := leaktest.Read(t, truth)
	for _, test := range []struct{ name, drop, topic, leak string }{
		{"an own rule", `(?m)^ *- \{path: \$\.data\.customer\.email, .*\n`, "events.pos.sale", "email value"},
		{"a rule inside base64", `(?m)^ *- \{path: \$\.data_base64, in: \[base64, json\], at: \$\.customer\.phone, .*\n`, "events.pos.sale", "phone value|base64|json"},
		{"a profile", `(?m)^    use: \[xdm\]\n`, "customers.profile", "email value|keys_of"},
	} {
		t.Run(test.name, func(t *testing.T) {
			whole := omnichannel(t)
			rule := regexp.MustCompile(test.drop)
			if n := len(rule.FindAllString(whole, -1)); n != 1 {
				t.Fatalf("what is dropped stands %d times in the example", n)
			}
			some := slices.DeleteFunc(slices.Clone(events), func(e leaktest.Event) bool { return e.Topic != test.topic })
			part := filepath.Join(t.TempDir(), "truth.jsonl")
			leaktest.Write(t, part, some)
			out, log, quarantined := transformEvents(t, leakConfig(t, rule.ReplaceAllString(whole, "")), some)
			if f := leaktest.Judge(t, part, out, quarantined, log); f.OK || f.Leaks[test.leak] == 0 {
				t.Errorf("the judge found no %s: %v", test.leak, f.Leaks)
			}
		})
	}
}

// TestNothingLeaksOfOthers: the same proof on events that nobody has fitted a rule to: other people, other spellings, harder
// cases. What cannot be read must be refused, and nothing else.
func TestNothingLeaksOfOthers(t *testing.T) {
	dev := leaktest.Read(t, repo.Shared(t, leaktest.Dev))
	c := leakConfig(t, omnichannel(t))
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		events, err := leaktest.Replant(dev, seed)
		if err != nil {
			t.Fatal(err)
		}
		truth := filepath.Join(t.TempDir(), "truth.jsonl")
		leaktest.Write(t, truth, events)
		refuse := 0
		for i := range events {
			if events[i].Truth.Expect == "quarantine" {
				refuse++
			}
		}
		out, log, quarantined := transformEvents(t, c, events)
		f := leaktest.Judge(t, truth, out, quarantined, log)
		t.Logf("the judge's table, seed %d:\n%s", seed, f.Table)
		if !f.OK || quarantined != refuse || refuse == 0 {
			verdicts, _ := os.ReadFile(log)
			t.Errorf("seed %d: the judge is not content, or %d records were set aside, want %d:\n%s", seed, quarantined, refuse, verdicts)
		}
	}
}

// nestedRules name the places of leaktest.Nested.
const nestedRules = `
kafka: {brokers: ["127.0.0.1:9092"]}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains:
  customer-email: {method: tokenize, value: email}
  customer-phone: {method: tokenize, value: phone, region: FR}
routes:
  - name: nested
    from: [events.nested]
    to: tokens.nested
    fields:
      - {key: $.email, domain: customer-email}
      - {header: x-ctx, in: [base64, json], at: $.email, domain: customer-email}
      - {header: x-names, in: [json], at: {keys_of: "$"}, domain: customer-email}
      - {header: x-link, in: [url], at: query.e, domain: customer-email}
      - {path: $.a, in: [json], at: {path: $.deep, in: [json], at: $.email}, domain: customer-email}
      - {path: $.a, in: [json], at: $.phone, domain: customer-phone}
      - {path: $.link, in: [url], at: {path: query.to, in: [url], at: query.e}, domain: customer-email}
      - {path: $.ctx, in: [url], at: {path: query.ctx, in: [base64url, json], at: $.e}, domain: customer-email}
      - {path: $.blob, in: [base64, json], at: {path: $.u, in: [base64url, json], at: $.email}, domain: customer-email}
      - {path: $.map, in: [json], at: {keys_of: $.m}, domain: customer-email}
      - {path: "$.list[?@.name == 'email'].value", domain: customer-email}
      - {path: "$.list[?@.name == 'phone'].value", domain: customer-phone}
      - {path: "$.grid[*][*][*].email", domain: customer-email}
`

// TestNothingLeaksOfNestedTexts: texts in texts in texts, in value, key and headers.
func TestNothingLeaksOfNestedTexts(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	events := leaktest.Nested(1, n)
	truth := filepath.Join(t.TempDir(), "truth.jsonl")
	leaktest.Write(t, truth, events)
	out, log, quarantined := transformEvents(t, leakConfig(t, nestedRules), events)
	f := leaktest.Judge(t, truth, out, quarantined, log)
	t.Logf("the judge's table:\n%s", f.Table)
	if !f.OK || quarantined != 0 {
		verdicts, _ := os.ReadFile(log)
		t.Errorf("the judge is not content, or %d records were set aside:\n%s", quarantined, verdicts)
	}
}
