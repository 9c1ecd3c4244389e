package main

import (
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// keyedRules are the transforms that work from the key of a domain of method hash, each on one value of benchEvent, with the
// number of derivations that it takes.
var keyedRules = []struct {
	name, rule string
	derives    int
}{
	{"uuid", "{path: $.userId, domain: id, as: uuid}", 1},
	{"digits", "{path: $.userId, domain: id, as: {digits: {length: 15, persons: 1000000}}}", 1},
	{"digits-long", "{path: $.userId, domain: id, as: {digits: {length: 24, persons: 1000000}}}", 2},
	{"email", "{path: $.context.traits.email, domain: email, as: {email: {keep_domain: false}}}", 2},
	{"email-keep-domain", "{path: $.context.traits.email, domain: email, as: {email: {keep_domain: true}}}", 1},
	{"shift-date", "{path: $.timestamp, shift_date: {domain: id, subject: $.userId, days: 30}}", 1},
	{"pick", "{path: $.context.traits.firstName, pick: {domain: id, from: [Anna, Ben, Chloé, Driss, Eva]}}", 1},
}

func keyedConfig(tb testing.TB, rule string) *config.Config {
	tb.Helper()
	return parseBench(tb, `domains:
  id: {method: hash}
  email: {method: hash, value: email}
routes:
  - {name: bench, from: [a], to: b, fields: [`+rule+`, {header: x, domain: id}, {header: y, domain: email}]}
`)
}

func BenchmarkKeyed(b *testing.B) {
	for _, k := range keyedRules {
		b.Run("transform="+k.name, func(b *testing.B) {
			t, _ := benchTransformer(b, keyedConfig(b, k.rule))
			benchRecord(b, t, record.Record{Value: []byte(benchEvent)})
		})
	}
}

// TestKeyedAllocatesOnlyWhatTinkDoes: each derivation costs Tink's one allocation, and nothing else is allocated.
func TestKeyedAllocatesOnlyWhatTinkDoes(t *testing.T) {
	skipUnderRace(t)
	for _, k := range keyedRules {
		t.Run(k.name, func(t *testing.T) {
			tr, domains := benchTransformer(t, keyedConfig(t, k.rule))
			d, ok := domains["id"].(transform.Deriver)
			if !ok {
				t.Fatal("a domain of method hash is no transform.Deriver")
			}
			dst, value := make([]byte, 0, 64), []byte("crm-642179813") // not in what is counted
			one := testing.AllocsPerRun(200, func() {
				if _, err := d.Derive(dst, "label", value); err != nil {
					t.Fatal(err)
				}
			})
			in := record.Record{Value: []byte(benchEvent)}
			var arena transform.Arena
			got := testing.AllocsPerRun(200, func() {
				arena.Reset()
				if v := tr.Transform(&in, &arena); v.Reason != "" || string(v.Records[0].Value) == benchEvent {
					t.Fatal(v)
				}
			})
			if want := one * float64(k.derives); got > want {
				t.Errorf("%g allocations a record, Tink's own are %g", got, want)
			}
		})
	}
}

// Shapes with real keys: the same for the same person in any domain's spelling, others under another key, and a second pass makes
// others again.
func TestShapesWithRealKeys(t *testing.T) {
	for _, k := range keyedRules {
		t.Run(k.name, func(t *testing.T) {
			c := keyedConfig(t, k.rule)
			one, _ := benchTransformer(t, c)
			two, _ := benchTransformer(t, c)
			var arena transform.Arena
			pass := func(tr *transform.Transformer, in string) string {
				v := tr.Transform(&record.Record{Value: []byte(in)}, &arena)
				if v.Reason != "" {
					t.Fatal(v)
				}
				return string(v.Records[0].Value)
			}
			first := pass(one, benchEvent)
			if again := pass(one, benchEvent); again != first {
				t.Errorf("other texts the second time:\n%s\n%s", first, again)
			}
			if k.name == "pick" || k.name == "shift-date" {
				return // so few possibilities tell nothing
			}
			for what, other := range map[string]string{"another key": pass(two, benchEvent), "a second pass": pass(one, first)} {
				if other == first {
					t.Errorf("%s: the same texts", what)
				}
			}
		})
	}
}
