package endtoend

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"voile/internal/repo"
)

// A recording is what Prometheus would have of some processes: every metric of voile, scrape by scrape, and `up`. Between
// two scrapes a second passes, and for the rules a minute: a recording of half a minute passes every `for`. With the
// time, the values are stretched that are times.
type recording struct {
	targets  []target
	began    time.Time
	scrapes  int
	series   map[string][]string // by name and labels: one value a scrape, in promtool's words
	families map[string]string   // the type of each metric that was seen, by name
	samples  map[string]bool     // the names of all samples, those of Go and the process too
}

type target struct {
	instance string
	site     *site
}

const (
	scrapePause = time.Second
	stretch     = float64(time.Minute / scrapePause)
)

func newRecording(targets ...target) *recording {
	return &recording{targets: targets, began: time.Now().Truncate(time.Second),
		series: map[string][]string{}, families: map[string]string{}, samples: map[string]bool{}}
}

// copied is the recording as it is now.
func (r *recording) copied() *recording {
	out := *r
	out.series = make(map[string][]string, len(r.series))
	for name, values := range r.series {
		out.series[name] = slices.Clone(values)
	}
	return &out
}

func (r *recording) scrape() {
	now := map[string]string{}
	for _, target := range r.targets {
		code, body := target.site.get("/metrics")
		up := "0"
		if code == 200 {
			up = "1"
			r.read(body, target.instance, time.Now(), now)
		}
		now[seriesName("up", "", target.instance)] = up
	}
	for name := range now {
		if r.series[name] == nil {
			r.series[name] = slices.Repeat([]string{"_"}, r.scrapes)
		}
	}
	for name, values := range r.series {
		value, ok := now[name]
		if !ok { // Prometheus marks the end of what a scrape does not show any more
			value = "_"
			if last := values[len(values)-1]; last != "_" && last != "stale" {
				value = "stale"
			}
		}
		r.series[name] = append(values, value)
	}
	r.scrapes++
}

// read takes the samples of one answer.
func (r *recording) read(body, instance string, at time.Time, now map[string]string) {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if family, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(family, " ")
			r.families[name] = kind
		}
		m := sample.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		r.samples[m[1]] = true
		if !strings.HasPrefix(m[1], "voile_") || strings.HasSuffix(m[1], "_bucket") {
			continue
		}
		if v, err := strconv.ParseFloat(m[3], 64); err == nil {
			now[seriesName(m[1], m[2], instance)] = strconv.FormatFloat(r.stretched(m[1], v, at), 'f', -1, 64)
		}
	}
}

// stretched is a value in the time of the rules: what is a second away from a scrape is a minute away there.
func (r *recording) stretched(name string, v float64, at time.Time) float64 {
	switch {
	case strings.HasSuffix(name, "_timestamp_seconds") && v != 0: // 0 is never
		now := float64(r.began.Unix()) + float64(r.scrapes)*time.Minute.Seconds()
		return now + (v-float64(at.UnixMilli())/1000)*stretch
	case strings.HasSuffix(name, "_lifetime_seconds"):
		return v * stretch
	}
	return v
}

// seriesName adds the labels that Prometheus gives to a target.
func seriesName(name, labels, instance string) string {
	own := strings.Trim(labels, "{}")
	if own != "" {
		own += ","
	}
	return fmt.Sprintf(`%s{%sinstance=%q,job="voile"}`, name, own, instance)
}

// A judgement is which alerts of charts/voile/files/alerts.yaml have fired by the end of a recording, at any time or just
// then: name and route, as alerts.
type judgement struct {
	name  string
	heard *recording
	ever  bool
	want  []firing
}

type firing struct{ alert, route string }

// askPromtool demands the judgements of Prometheus' own rule engine.
func askPromtool(t *testing.T, judgements ...judgement) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	groups := make([]map[string]any, 0, len(judgements))
	for _, j := range judgements {
		groups = append(groups, j.group())
	}
	text, err := json.MarshalIndent(map[string]any{
		"rule_files":          []string{filepath.Join(root, alertsFile)},
		"evaluation_interval": "1m",
		"tests":               groups,
	}, "", " ") // which is YAML too
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "recorded.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", "--lint=all", "--lint-fatal", filepath.Join(root, alertsFile)}, {"test", "rules", file}} {
		if out, err := exec.Command(promtool(t), args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// group is a judgement as a test group of promtool.
func (j *judgement) group() map[string]any {
	series := []map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(j.heard.series)) {
		series = append(series, map[string]string{"series": name, "values": strings.Join(j.heard.series[name], " ")})
	}
	samples := []map[string]any{}
	for _, f := range j.want {
		labels := fmt.Sprintf(`{alertname=%q}`, f.alert)
		if f.route != "" {
			labels = fmt.Sprintf(`{alertname=%q, route=%q}`, f.alert, f.route)
		}
		samples = append(samples, map[string]any{"labels": labels, "value": 1})
	}
	fired := `ALERTS{alertstate="firing"}`
	if j.ever {
		fired = "max_over_time(" + fired + "[1d])"
	}
	return map[string]any{
		"name": j.name, "interval": "1m", "start_timestamp": j.heard.began.UTC().Format(time.RFC3339), "input_series": series,
		"promql_expr_test": []map[string]any{{
			"expr":      "group by (alertname, route) (" + fired + ")",
			"eval_time": fmt.Sprintf("%dm", j.heard.scrapes-1), "exp_samples": samples,
		}},
	}
}

const alertsFile = "charts/voile/files/alerts.yaml"

// promtool is Prometheus' own test program: the one that the Makefile names in VOILE_PROMTOOL, else one that it left in
// .cache/bin. Without it the test skips, and fails under CI=true; under -short it skips.
func promtool(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs promtool and real services: left out under -short")
	}
	if named := os.Getenv("VOILE_PROMTOOL"); named != "" {
		return named
	}
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(root, ".cache", "bin", "promtool-*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		const none = "no promtool in .cache/bin: make test-rules builds it"
		if os.Getenv("CI") == "true" {
			t.Fatal(none)
		}
		t.Skip("skipped: " + none)
	}
	return slices.Max(found)
}
