package endtoend

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"voile/internal/repo"
)

// metricName is what a query may name of ours, of Go's and of the process'.
var metricName = regexp.MustCompile(`\b(voile|go|process)_\w+`)

// quoted is a string of a query, in which a name is none of a metric.
var quoted = regexp.MustCompile(`"[^"]*"`)

// queriesAreReal demands that the queries of the dashboard are PromQL, and that they and the alert rules name only metrics
// that a run showed.
func queriesAreReal(t *testing.T, r *recording) {
	t.Helper()
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadFile(filepath.Join(root, alertsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(rules), "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			r.has(t, alertsFile, line)
		}
	}
	queries := dashboardQueries(t, filepath.Join(root, "charts", "voile", "files", "dashboard.json"))
	asRules := make([]map[string]string, 0, len(queries)) // which promtool parses
	for i, q := range queries {
		r.has(t, "dashboard.json", q)
		asRules = append(asRules, map[string]string{"record": fmt.Sprintf("dashboard:query%d", i), "expr": q})
	}
	text, err := json.Marshal(map[string]any{"groups": []map[string]any{{"name": "dashboard", "rules": asRules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "dashboard.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(promtool(t), "check", "rules", "--lint=none", file).CombinedOutput(); err != nil {
		t.Errorf("the dashboard's queries: %v\n%s", err, out)
	}
}

// has demands that the recording has every metric that a query names.
func (r *recording) has(t *testing.T, where, query string) {
	t.Helper()
	for _, name := range metricName.FindAllString(quoted.ReplaceAllString(query, ""), -1) {
		if !r.samples[name] {
			t.Errorf("%s names %s, which no run shows", where, name)
		}
	}
}

// dashboardQueries gives all PromQL of the dashboard, with values in place of Grafana's variables.
func dashboardQueries(t *testing.T, file string) (queries []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Annotations struct{ List []struct{ Expr string } }
		Panels      []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$__rate_interval", "5m", "$job", ".+", "$instance", ".+", "$route", ".+")
	for _, a := range d.Annotations.List {
		queries = append(queries, fill.Replace(a.Expr))
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			queries = append(queries, fill.Replace(target.Expr))
		}
	}
	if len(queries) < 20 {
		t.Fatalf("%d queries found: the test looks at the wrong place", len(queries))
	}
	return queries
}
