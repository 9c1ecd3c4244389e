package demo

import (
	"testing"

	"voile/config"
	"voile/crypto"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// transformers makes the real thing of the demo's configuration: one per channel, under fresh keys.
func transformers(t *testing.T, c *config.Config) []*transform.Transformer {
	t.Helper()
	domains := map[string]transform.Domain{}
	for _, d := range c.Domains {
		p, err := crypto.NewParams(d.Name, crypto.Method(d.Method), d.Value, d.Region)
		if err != nil {
			t.Fatal(err)
		}
		if domains[d.Name], err = crypto.NewEphemeralDomain(p); err != nil {
			t.Fatal(err)
		}
	}
	var list []*transform.Transformer
	for i := range c.Routes {
		rules, err := transform.Compile(&c.Routes[i], c, domains)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, rules.NewTransformer())
	}
	return list
}

// What is wrong on purpose goes to quarantine for the reason that it is wrong for; everything else comes out, clean.
func TestTransformedEvents(t *testing.T) {
	want := map[string]transform.Reason{"": "", "broken JSON": transform.ReasonNotJSON,
		"no e-mail": transform.ReasonRequired, "e-mail not understood": transform.ReasonNotNormalized}
	n := 3000
	if testing.Short() {
		n = 600
	}
	events, planted := generate(n)
	list, j := transformers(t, demoConfig(t)), mustJudge(t, planted)
	var out []record.Record
	for i := range events {
		e := &events[i]
		var arena transform.Arena
		verdict := list[e.Channel].Transform(&e.Record, &arena)
		if verdict.Reason != want[e.Wrong] {
			t.Fatalf("event %d (%v, wrong %q): reason %q at %s, want %q", i, e.Channel, e.Wrong, verdict.Reason, verdict.Where, want[e.Wrong])
		}
		for r := range verdict.Records {
			j.LookRecord(e.Channel.Sink(), &verdict.Records[r])
		}
		out = append(out, verdict.Records...)
	}
	if j.Leaks() != 0 {
		t.Errorf("%d leaks: %v", j.Leaks(), j.Findings())
	}
	if want := n - n/wrongEvery; len(out) != want {
		t.Errorf("%d of %d events came out, want %d", len(out), n, want)
	}
	for channel, tr := range list {
		for i, s := range tr.Stats() {
			if s.Matched == 0 {
				t.Errorf("%v: rule %d selects nothing in any event", Channel(channel), i)
			}
		}
	}
}
