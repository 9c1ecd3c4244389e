package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"voile/config"
	"voile/pipeline/guard"
)

// A path is logged at its first finding and once an hour after, and counted all the time; paths are bounded.
func TestGuardReport(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	now := time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg)
	r := &config.Route{Name: "web", Guard: config.Guard{Mode: config.GuardReport}}
	g := newGuardReport(r, m, zap.New(core), func() time.Time { return now })
	var tally guard.Tally
	lines := func() (out []string) {
		for _, l := range logs.TakeAll() {
			c := l.ContextMap()
			out = append(out, fmt.Sprintf("%s %v %v %v", l.Message, c["path"], c["kinds"], c["findings"]))
		}
		return out
	}
	find := func(n int, path, kind string) {
		for range n {
			tally.Found([]byte(path), kind)
		}
		tally.Looked++
		g.take(&tally)
	}
	const message = "an identifier lies where no rule takes it "
	find(2, "$.a", "email")
	if have, want := fmt.Sprint(lines()), "["+message+"$.a [email] 2]"; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
	find(3, "$.a", "phone")
	find(1, "$.a", "email")
	now = now.Add(59 * time.Minute)
	find(1, "$.a", "phone")
	if have := lines(); len(have) != 0 {
		t.Errorf("within the hour: %s", have)
	}
	now = now.Add(time.Minute)
	find(1, "$.a", "phone")
	if have, want := fmt.Sprint(lines()), "["+message+"$.a [email phone] 6]"; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
	now = now.Add(2 * time.Hour)
	tally.New([]string{"$.new"})
	tally.Unlisted += 7
	g.take(&tally)
	if have, want := fmt.Sprint(lines()), "[records have a member that none had before $.new <nil> <nil>]"; have != want {
		t.Errorf("have %s, want %s", have, want)
	}
	for i := range 3 * maxGuardPaths {
		find(1, fmt.Sprintf("$.p%d", i), "email")
	}
	if have := lines(); len(have) != maxGuardPaths || !strings.Contains(have[maxGuardPaths-1], guard.Elsewhere) {
		t.Errorf("%d lines", len(have))
	}
	have := counters(t, reg)
	for series, want := range map[string]float64{
		"voile_guard_findings_total phone $.a web":         5,
		"voile_guard_findings_total email (elsewhere) web": 2*maxGuardPaths + 1,
		"voile_guard_records_total report web":             3*maxGuardPaths + 5,
		"voile_guard_new_members_total web":                1,
		"voile_guard_unlisted_total web":                   7,
	} {
		if have[series] != want {
			t.Errorf("%s: have %g, want %g", series, have[series], want)
		}
	}
	if len(have) != maxGuardPaths+1+1+3 {
		t.Errorf("%d series", len(have))
	}
	newGuardReport(&config.Route{}, m, nil, nil).take(&tally) // no guard
}

// counters gives all counters by name and the values of their labels.
func counters(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue()
		}
	}
	return out
}
