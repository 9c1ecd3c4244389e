package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"voile/config"
	"voile/crypto"
	"voile/crypto/tokencache"
	"voile/pipeline/record"
	"voile/pipeline/transform"
)

// cached gives domains the token cache of the configuration, as `voile run` does, and does not wait for people to come back.
func cached(tb testing.TB, c *config.Config, domains map[string]transform.Domain) (map[string]transform.Domain, *tokencache.Cache) {
	tb.Helper()
	cache := tokencache.New(c.Limits.TokenCache)
	tb.Cleanup(cache.Close)
	cache.Eager()
	with := map[string]transform.Domain{}
	for name, d := range domains {
		with[name] = d.(*crypto.Domain).Cached(cache)
	}
	return with, cache
}

// cachedTransformer is benchTransformer with the token cache.
func cachedTransformer(tb testing.TB, c *config.Config) (*transform.Transformer, *tokencache.Cache) {
	tb.Helper()
	_, domains := benchTransformer(tb, c)
	domains, cache := cached(tb, c, domains)
	rules, err := transform.Compile(&c.Routes[0], c, domains)
	if err != nil {
		tb.Fatal(err)
	}
	return rules.NewTransformer(), cache
}

// BenchmarkTransformCached is BenchmarkTransform where everybody has been seen before.
func BenchmarkTransformCached(b *testing.B) {
	for _, fields := range []int{1, 6, 20} {
		b.Run(fmt.Sprintf("fields=%d/method=tokenize", fields), func(b *testing.B) {
			t, _ := cachedTransformer(b, benchConfig(b, config.Tokenize, benchFields(config.Tokenize, fields)))
			benchRecord(b, t, record.Record{Value: []byte(benchEvent)})
		})
	}
}

// A record of somebody who comes back allocates nothing at all.
func TestTransformOfKnownPeopleAllocatesNothing(t *testing.T) {
	tr, cache := cachedTransformer(t, benchConfig(t, config.Tokenize, benchFields(config.Tokenize, 6)))
	in := record.Record{Value: []byte(benchEvent)}
	var arena transform.Arena
	one := func() {
		arena.Reset()
		if v := tr.Transform(&in, &arena); v.Reason != "" || len(v.Records) != 1 {
			t.Fatal(v)
		}
	}
	for range 1000 { // the guard learns from the first 500
		one()
	}
	if n := testing.AllocsPerRun(200, one); n != 0 && !raceDetector {
		t.Errorf("%v allocations a record, want none", n)
	}
	if s := cache.Stats(); s.Misses != 12 || s.Hits < 1000 {
		t.Errorf("%+v, want 12 misses, two for each field", s)
	}
}

// limits.token_cache is the size, 0 turns it off, and the metrics are there all the same.
func TestTokenCacheOfTheConfiguration(t *testing.T) {
	for _, c := range []struct {
		limits string
		kept   bool
	}{
		{"{}", true},
		{"{token_cache: 64KiB}", true},
		{"{token_cache: 0}", false},
		{`{token_cache: "0"}`, false},
	} {
		cfg := parseBench(t, "limits: "+c.limits+"\ndomains: {id: {method: tokenize}}\nroutes:\n  - {name: a, from: [a], to: b, fields: [{path: $.id, domain: id}]}\n")
		tr, cache := cachedTransformer(t, cfg)
		registry := prometheus.NewPedanticRegistry()
		registerTokenCache(registry, cache)
		var outs []string
		for range 4 {
			in := record.Record{Value: []byte(`{"id":"marie"}`)}
			var arena transform.Arena
			v := tr.Transform(&in, &arena)
			if len(v.Records) != 1 {
				t.Fatal(v)
			}
			outs = append(outs, string(v.Records[0].Value))
		}
		if len(slices.Compact(outs)) != 1 || strings.Contains(outs[0], "marie") {
			t.Errorf("%s: tokens differ: %q", c.limits, outs)
		}
		hits, misses := 2.0, 2.0
		if !c.kept {
			hits, misses = 0, 0
		}
		want := map[string]float64{"voile_token_cache_hits_total": hits, "voile_token_cache_misses_total": misses, "voile_token_cache_evictions_total": 0}
		if got := counters(t, registry); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.limits, got, want)
		}
	}
}

// counters are the values of all metrics, which are counters without labels.
func counters(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		all[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue()
	}
	return all
}
