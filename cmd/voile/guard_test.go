package main

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"voile/config"
	"voile/internal/repo"
	"voile/pipeline/embedded"
	"voile/pipeline/guard"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

func guardConfig(tb testing.TB, guard string) *config.Config {
	tb.Helper()
	return parseBench(tb, `domains:
  id: {method: tokenize}
  email: {method: tokenize, value: email}
  phone: {method: tokenize, value: phone, region: FR}
routes:
  - name: bench
    from: [a]
    to: b
    guard: `+guard+`
    fields: [{path: $.userId, domain: id}, {path: $.context.traits.email, domain: email}, {header: phone, domain: phone}]
`)
}

// An event is a line of the shared events.
type event struct {
	Value *string     `json:"value_b64"`
	Key   *string     `json:"key_b64"`
	Heads [][2]string `json:"headers"`
	Truth struct {
		Planted []struct{ Where, Class, Raw string }
	}
}

func (e *event) record(t *testing.T) record.Record {
	t.Helper()
	bytes := func(s *string) []byte {
		if s == nil {
			return nil
		}
		b, err := base64.StdEncoding.DecodeString(*s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r := record.Record{Key: bytes(e.Key), Value: bytes(e.Value)}
	for i := range e.Heads {
		r.Headers = append(r.Headers, record.Header{Name: []byte(e.Heads[i][0]), Value: bytes(&e.Heads[i][1])})
	}
	return r
}

func sharedEvents(t *testing.T) []event {
	t.Helper()
	f, err := os.Open(repo.Shared(t, "data/events-dev.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []event
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if len(all) < 1000 || lines.Err() != nil {
		t.Fatalf("%d events, %v", len(all), lines.Err())
	}
	return all
}

// textsIn gives every text in a text, however it is wrapped, and itself.
func textsIn(text string) []string {
	out := []string{text}
	if chain := embedded.Guess([]byte(text)); chain != nil {
		switch chain[0] {
		case embedded.JSON:
			var v any
			if json.Unmarshal([]byte(text), &v) == nil {
				out = append(out, leaves(v)...)
			}
		case embedded.Base64, embedded.Base64URL:
			plain, _, _ := embedded.NewCodec(chain[0]).Decode(nil, []byte(strings.TrimSpace(text)))
			out = append(out, textsIn(string(plain))...)
		default:
			if plain, err := url.QueryUnescape(text); err == nil {
				out = append(out, plain)
			}
		}
	}
	return out
}

func leaves(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return textsIn(v)
	case []any:
		for _, e := range v {
			out = append(out, leaves(e)...)
		}
	case map[string]any:
		for name, m := range v {
			out = append(append(out, name), leaves(m)...)
		}
	}
	return out
}

// TestGuardAloneOnTheEvents: with no rule for what is planted, a guard that tokenizes takes it out where its kind has a form, wherever
// it lies; the share is printed, and held.
func TestGuardAloneOnTheEvents(t *testing.T) {
	c := guardConfig(t, "{mode: tokenize, domains: {email: email, phone: phone}}")
	domains, err := ephemeralDomains(c)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := transform.Compile(&c.Routes[0], c, domains)
	if err != nil {
		t.Fatal(err)
	}
	tr := rules.NewTransformer()
	planted, left, sealed := map[string]int{}, map[string]int{}, map[transform.Reason]int{}
	places := map[string]int{}
	var raws []string
	var arena transform.Arena
	for _, e := range sharedEvents(t) {
		in := e.record(t)
		arena.Reset()
		v := tr.Transform(&in, &arena)
		var out []string
		if v.Reason != "" {
			sealed[v.Reason]++
		} else {
			out = append(textsIn(string(v.Records[0].Value)), textsIn(string(v.Records[0].Key))...)
			for _, h := range v.Records[0].Headers {
				out = append(out, textsIn(string(h.Value))...)
			}
		}
		for _, p := range e.Truth.Planted {
			planted[p.Class]++
			raw := strings.TrimSpace(p.Raw)
			if len(raw) > 3 { // shorter ones are in words
				raws = append(raws, raw)
			}
			if raw != "" && slices.ContainsFunc(out, func(text string) bool { return strings.Contains(text, raw) }) {
				left[p.Class]++
				places[p.Class+" "+p.Where]++
			}
		}
	}
	if len(sealed) > 0 {
		t.Errorf("records were set aside: %v", sealed)
	}
	least := map[string]float64{"email": 0.99, "phone": 0.99, "iban": 0.99, "card": 0.99, "ip": 0.99, "nir": 0.99}
	for _, class := range slices.Sorted(maps.Keys(planted)) {
		gone := 1 - float64(left[class])/float64(planted[class])
		t.Logf("%s: %.1f %% of %d are gone", class, 100*gone, planted[class])
		if gone < least[class] {
			t.Errorf("%s: %.1f %% are gone, want %.1f %%", class, 100*gone, 100*least[class])
		}
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		if class, _, _ := strings.Cut(place, " "); least[class] > 0 {
			t.Logf("left: %d %s", places[place], place)
		}
	}
	paths := 0
	tr.Guard().Each(func(f guard.Finding, _ uint64) {
		paths++
		for _, raw := range raws {
			if strings.Contains(f.Path, raw) {
				t.Errorf("a planted value shows in a path")
			}
		}
	})
	if paths < 20 {
		t.Errorf("findings at %d paths only", paths)
	}
}

func BenchmarkGuard(b *testing.B) {
	for _, g := range []struct{ name, guard string }{
		{"off", "off"}, {"report", "{}"}, {"report-all", "{sample: 100%}"}, {"redact", "{mode: redact}"}, {"tokenize", "{mode: tokenize, domains: {email: email, phone: phone}}"},
		{"deny", "{mode: off, unlisted: deny, pass: [key, $.type, $.properties, $.context]}"},
	} {
		b.Run("mode="+g.name, func(b *testing.B) {
			t, _ := benchTransformer(b, guardConfig(b, g.guard))
			benchRecord(b, t, record.Record{Value: []byte(benchEvent)})
		})
	}
}
