package demo

import (
	"encoding/json"
	"testing"

	"voile/config"
	"voile/pipeline/jsonpath"
	"voile/pipeline/record"
)

func demoConfig(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Parse("demo.yaml", Config, Env("127.0.0.1:19092", "127.0.0.1:19640"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfig(t *testing.T) {
	c := demoConfig(t)
	if c.Kafka.Brokers[0] != "127.0.0.1:19092" || c.Admin.Listen != "127.0.0.1:19640" {
		t.Errorf("brokers %v, admin %s", c.Kafka.Brokers, c.Admin.Listen)
	}
	if len(c.Routes) != len(Channels()) {
		t.Fatalf("%d routes for %d channels", len(c.Routes), len(Channels()))
	}
	for i, channel := range Channels() {
		r := c.Routes[i]
		if r.Name != channel.String() || len(r.From) != 1 || r.From[0] != channel.Source() || r.To != channel.Sink() {
			t.Errorf("route %d: %s from %v to %s", i, r.Name, r.From, r.To)
		}
	}
}

// The rules take every planted identifier out, and there is none without which they would: what a rule does is written
// anew here, in a few lines that share nothing with the pipeline.
func TestEveryRuleIsNeeded(t *testing.T) {
	events, planted := generate(300)
	routes, j := demoConfig(t).Routes, mustJudge(t, planted)
	leaks := func(channel Channel, without int) int {
		before := j.Leaks()
		rules := newStandIn(t, routes[channel].Fields, without)
		for i := range events {
			if events[i].Channel == channel && events[i].Wrong == "" {
				j.LookRecord(channel.Sink(), rules.apply(t, &events[i].Record))
			}
		}
		return j.Leaks() - before
	}
	for _, channel := range Channels() {
		if n := leaks(channel, -1); n != 0 {
			t.Errorf("%v: %d leaks under all rules: %v", channel, n, j.Findings())
		}
		for i := range routes[channel].Fields {
			if leaks(channel, i) == 0 {
				t.Errorf("%v: no leaks without the rule for %s", channel, routes[channel].Fields[i].Selector())
			}
		}
	}
}

// A standIn does to a record what field rules ask for, with made-up tokens.
type standIn struct {
	rules []config.Rule
	paths *jsonpath.Automaton
	index []int // from the automaton's numbers to the rules'
}

func newStandIn(t *testing.T, rules []config.Rule, without int) *standIn {
	t.Helper()
	s := &standIn{}
	var paths []jsonpath.Selection
	for i, r := range rules {
		if i == without {
			continue
		}
		if r.Target == config.Value {
			s.index = append(s.index, len(s.rules))
			paths = append(paths, jsonpath.Selection{Path: r.Path})
		}
		s.rules = append(s.rules, r)
	}
	var err error
	if s.paths, err = jsonpath.Compile(paths); err != nil {
		t.Fatal(err)
	}
	return s
}

const madeUp = "vt1.some-domain.AAAA"

func (s *standIn) apply(t *testing.T, in *record.Record) *record.Record {
	t.Helper()
	out := &record.Record{Key: in.Key}
	for _, h := range in.Headers {
		for _, r := range s.rules {
			if r.Target == config.Header && r.Header == string(h.Name) {
				h.Value = []byte(madeUp)
			}
		}
		out.Headers = append(out.Headers, h)
	}
	for _, r := range s.rules {
		if r.Whole && len(in.Key) > 0 {
			out.Key = []byte(madeUp)
		}
	}
	var value any
	if err := json.Unmarshal(in.Value, &value); err != nil {
		t.Fatal(err)
	}
	value, _ = s.walk(value, s.paths.Root())
	var err error
	if out.Value, err = json.Marshal(value); err != nil {
		t.Fatal(err)
	}
	return out
}

// walk gives what becomes of v, and whether it stays at all.
func (s *standIn) walk(v any, e jsonpath.Edge) (any, bool) {
	if hit := s.paths.Rules(e.Accept); len(hit) > 0 {
		switch action := s.rules[s.index[hit[0]]].Action; action.Kind {
		case config.Remove:
			return nil, false
		case config.Mask:
			text, _ := v.(string)
			return "****" + text[len(text)-action.KeepLast:], true
		}
		return madeUp, true
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			to, stays := s.walk(member, s.paths.Member(e.Next, []byte(name)))
			if v[name] = to; !stays {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i], _ = s.walk(v[i], s.paths.Element(e.Next, i))
		}
	}
	return v, true
}
