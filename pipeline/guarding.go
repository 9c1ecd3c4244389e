package pipeline

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"voile/config"
	"voile/pipeline/guard"
)

// maxGuardPaths bounds the paths of a route in metrics and in the log; what is found elsewhere has the path guard.Elsewhere.
const maxGuardPaths = 100

// guardEvery is how often a path is logged.
const guardEvery = time.Hour

// A guardReport tells people what the guard of a route found in all partitions. It is safe for concurrent use.
type guardReport struct {
	log  *zap.Logger
	now  func() time.Time
	mode string

	looked, unlisted, fresh prometheus.Counter
	found                   func(path, kind string) prometheus.Counter

	mu    sync.Mutex
	paths map[string]*guardPath
}

// guardPath is what is to be said of one path.
type guardPath struct {
	logged   time.Time
	findings uint64 // since then
	kinds    []string
}

// newGuardReport gives nil for a route without a guard.
func newGuardReport(r *config.Route, m *Metrics, log *zap.Logger, now func() time.Time) *guardReport {
	g := &r.Guard
	if g.Mode == "" || g.Mode == config.GuardOff && g.Unlisted != config.UnlistedDeny {
		return nil
	}
	return &guardReport{
		log: log, now: now, mode: g.Mode, paths: map[string]*guardPath{},
		looked: m.guardLooked.WithLabelValues(r.Name, g.Mode), unlisted: m.guardUnlisted.WithLabelValues(r.Name), fresh: m.guardNew.WithLabelValues(r.Name),
		found: func(path, kind string) prometheus.Counter { return m.guardFound.WithLabelValues(r.Name, path, kind) },
	}
}

// take counts and logs what a Transformer's guard counted, and resets it. g and t may be nil.
func (g *guardReport) take(t *guard.Tally) {
	if g == nil || t == nil || t.Empty() {
		return
	}
	g.looked.Add(float64(t.Looked))
	g.unlisted.Add(float64(t.Unlisted))
	g.fresh.Add(float64(len(t.Fresh)))
	for _, path := range t.Fresh {
		g.log.Warn("records have a member that none had before", zap.String("path", path))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	t.Each(g.finding)
	now := g.now()
	for path, p := range g.paths {
		if p.findings == 0 || !p.logged.IsZero() && now.Sub(p.logged) < guardEvery {
			continue
		}
		slices.Sort(p.kinds)
		g.log.Warn("an identifier lies where no rule takes it", zap.String("path", path), zap.Strings("kinds", p.kinds), zap.Uint64("findings", p.findings), zap.String("mode", g.mode))
		*p = guardPath{logged: now}
	}
	t.Reset()
}

func (g *guardReport) finding(f guard.Finding, n uint64) {
	p := g.paths[f.Path]
	if p == nil && len(g.paths) >= maxGuardPaths {
		f.Path = guard.Elsewhere
		p = g.paths[f.Path]
	}
	if p == nil {
		p = new(guardPath)
		g.paths[f.Path] = p
	}
	g.found(f.Path, f.Kind).Add(float64(n))
	p.findings += n
	if !slices.Contains(p.kinds, f.Kind) {
		p.kinds = append(p.kinds, f.Kind)
	}
}
