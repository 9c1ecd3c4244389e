package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"voile/crypto/tokencache"
)

// registerTokenCache makes the metrics of the token cache. They are of the whole process, and stay 0 where the cache is off.
func registerTokenCache(r prometheus.Registerer, cache *tokencache.Cache) {
	counter := func(name, help string, value func(tokencache.Stats) uint64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 {
			return float64(value(cache.Stats()))
		}))
	}
	counter("voile_token_cache_hits_total", "Tokens of method tokenize that came from the cache instead of the cipher.",
		func(s tokencache.Stats) uint64 { return s.Hits })
	counter("voile_token_cache_misses_total", "Tokens of method tokenize that were looked for in the cache and were not there.",
		func(s tokencache.Stats) uint64 { return s.Misses })
	counter("voile_token_cache_evictions_total", "Tokens that the cache let go of to make room: 0 while it is large enough.",
		func(s tokencache.Stats) uint64 { return s.Evictions })
}
