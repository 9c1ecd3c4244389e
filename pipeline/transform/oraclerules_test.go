package transform_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"voile/config"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// An oRoute is rules for the oracle and for voile.
type oRoute struct {
	oracle             oracle
	value, key, header []oWay // the first step of value and key stands for the record's own text
	keyWhole           []oWay
	lines              []string
	route              *config.Route
}

// rules makes rules that the configuration takes.
func (m maker) rules() oRoute {
	var r oRoute
	for range 1 + m.IntN(5) {
		rule := oRule{action: m.one("d", "d", "secret", "redact", "remove", "truncate"), redact: m.IntN(3) == 0}
		action := map[string]string{"d": "domain: d", "secret": "domain: secret", "redact": "redact: true", "remove": "remove: true", "truncate": "truncate: 2"}[rule.action]
		if rule.redact {
			action += ", on_invalid: redact"
		}
		next, way, selector := r, oWay{len(r.oracle), m.steps(rule.action == "d")}, ""
		first := oStep{decoder: "json", path: m.path()}
		switch m.IntN(12) {
		case 0:
			selector, next.header = "header: h", append(next.header[:len(next.header):len(next.header)], way)
		case 1:
			selector, next.keyWhole = "key: true", append(next.keyWhole[:len(next.keyWhole):len(next.keyWhole)], way)
		case 2:
			selector = fmt.Sprintf("key: %q", pathText(first.path))
			next.key = append(next.key[:len(next.key):len(next.key)], oWay{way.rule, append([]oStep{first}, way.steps...)})
		case 3, 4:
			first.keys, way.steps = true, nil
			selector = fmt.Sprintf("keys_of: %q", pathText(first.path))
			next.value = append(next.value[:len(next.value):len(next.value)], oWay{way.rule, []oStep{first}})
		default:
			selector = fmt.Sprintf("path: %q", pathText(first.path))
			next.value = append(next.value[:len(next.value):len(next.value)], oWay{way.rule, append([]oStep{first}, way.steps...)})
		}
		next.oracle = append(r.oracle[:len(r.oracle):len(r.oracle)], rule)
		next.lines = append(r.lines[:len(r.lines):len(r.lines)], "{"+selector+inside(way.steps)+", "+action+"}")
		if c, err := parsedRoute(next.lines, "{sample: 100%}"); err == nil {
			next.route = c
			r = next
		}
	}
	return r
}

func parsedRoute(lines []string, guard string) (*config.Route, error) {
	c, err := config.Parse("oracle", []byte(`
kafka: {brokers: ["127.0.0.1:9092"]}
vault: {address: "http://127.0.0.1:8200", auth: {token: {env: VAULT_TOKEN}}}
domains: {d: {method: tokenize}, secret: {method: encrypt}}
routes:
  - {name: r, from: [a], to: b, accept_tokens: true, guard: `+guard+`, fields: [`+strings.Join(lines, ", ")+`, {header: never, domain: d}, {header: never2, domain: secret}]}
`), func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, err
	}
	return &c.Routes[0], nil
}

// wants is what the oracle makes of a record; false where it is to be set aside.
func (r oRoute) wants(value, key, header string) (string, bool) {
	out := []string{value, key, header}
	if r.value != nil {
		effect, edits := r.oracle.inJSON(value, r.value)
		if effect == fails {
			return "", false
		}
		if effect == edited {
			out[0] = applied(value, edits)
		}
	}
	for i, ways := range [][]oWay{r.keyWhole, r.header} {
		if ways == nil {
			continue
		}
		switch effect, edits := r.oracle.take(oValue{raw: out[1+i]}, ways); effect {
		case fails:
			return "", false
		case edited:
			out[1+i] = applied(out[1+i], edits)
		case goes:
			out[1+i] = "gone"
		}
	}
	if r.key != nil {
		effect, edits := r.oracle.inJSON(key, r.key)
		if effect == fails {
			return "", false
		}
		if effect == edited {
			out[1] = applied(key, edits)
		}
	}
	return strings.Join(out, "\n"), true
}

// TestOracle: random rules make of random records, byte by byte, what the oracle makes of them, whatever the Transformer has seen
// before.
func TestOracle(t *testing.T) {
	seeds, changed := uint64(600), 0
	if testing.Short() {
		seeds = 100
	}
	for seed := range seeds {
		changed += againstOracle(t, seed)
	}
	if changed < int(seeds) {
		t.Errorf("only %d records were changed", changed)
	}
}

// againstOracle gives how many records it saw changed.
func againstOracle(t *testing.T, seed uint64) (changed int) {
	m := maker{Rand: rand.New(rand.NewPCG(seed, 0))}
	r := m.rules()
	if r.route == nil {
		return 0
	}
	for _, w := range slices.Concat(r.value, r.key, r.header, r.keyWhole) {
		m.ways = append(m.ways, w.steps)
	}
	tr := compile(t, r.route).NewTransformer()
	var arena transform.Arena
	for range 30 {
		value, key, header := m.space()+m.value(5)+m.space(), m.text(3), m.text(3)
		if len(r.value) > 0 && m.IntN(2) == 0 {
			value = m.along(r.value[m.IntN(len(r.value))].steps, 4)
		}
		if r.key != nil {
			key = m.along(r.key[m.IntN(len(r.key))].steps, 3)
		}
		arena.Reset()
		v := tr.Transform(&record.Record{Value: []byte(value), Key: []byte(key), Headers: []record.Header{{Name: []byte("h"), Value: []byte(header)}}}, &arena)
		if v.Reason == transform.ReasonAmbiguous {
			continue
		}
		want, ok := r.wants(value, key, header)
		have := string(v.Reason)
		if v.Reason == "" {
			header := "gone"
			if out := v.Records[0]; len(out.Headers) > 0 {
				header = string(out.Headers[0].Value)
			}
			have = string(v.Records[0].Value) + "\n" + string(v.Records[0].Key) + "\n" + header
		}
		if ok != (v.Reason == "") || ok && have != want {
			t.Errorf("seed %d\n%s\nof   %s\n%q\n%q\nhave %s\nwant %s %t", seed, strings.Join(r.lines, "\n"), value, key, header, have, want, ok)
			return changed
		}
		if ok && want != value+"\n"+key+"\n"+header {
			changed++
		}
	}
	return changed
}
