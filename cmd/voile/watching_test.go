package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"voile/internal/markdown"
)

type alert struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func readAlerts(t *testing.T) (alerts []alert, text string) {
	t.Helper()
	data, err := os.ReadFile("../../charts/voile/files/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []alert } }
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		alerts = append(alerts, g.Rules...)
	}
	if len(alerts) == 0 {
		t.Fatal("no alert found")
	}
	return alerts, string(data)
}

// Every alert says how bad it is, what is the matter and where its runbook is; every runbook in docs/operations.md is of
// an alert.
func TestAlertsHaveRunbooks(t *testing.T) {
	const guide = "docs/operations.md"
	section := markdown.Read(t, guide).Section(t, "Alerts")
	headings := section.Headings()
	alerts, text := readAlerts(t)
	var names []string
	for _, a := range alerts {
		names = append(names, a.Alert)
		if s := a.Labels["severity"]; s != "critical" && s != "warning" || len(a.Labels) != 1 {
			t.Errorf("%s: labels %v, want severity alone, critical or warning", a.Alert, a.Labels)
		}
		if a.For == "" || a.Annotations["summary"] == "" || a.Annotations["description"] == "" {
			t.Errorf("%s lacks for, summary or description", a.Alert)
		}
		if got, want := a.Annotations["runbook"], guide+"#"+markdown.Anchor(a.Alert); got != want {
			t.Errorf("%s: runbook %q, want %q", a.Alert, got, want)
		}
		if !slices.Contains(headings, a.Alert) {
			t.Errorf("%s has no heading %q under Alerts", guide, a.Alert)
			continue
		}
		body := section.Section(t, a.Alert).Text()
		for _, part := range []string{"**Means.** ", "**Look.** ", "**Do.** "} {
			if !strings.Contains(body, part) {
				t.Errorf("%s: the runbook lacks %q", a.Alert, part)
			}
		}
	}
	for _, heading := range headings {
		if !slices.Contains(names, heading) {
			t.Errorf("%s: the runbook %s is of no alert", guide, heading)
		}
	}
	if strings.Contains(text, "://") {
		t.Error("the alert rules name a host: where the guide is served is not ours to say")
	}
}

// link is one to a heading of the same document.
var link = regexp.MustCompile(`\]\(#([^)]+)\)`)

// Every link within the guide leads somewhere: at three in the morning nobody searches.
func TestLinksWithinTheGuide(t *testing.T) {
	guide := markdown.Read(t, "docs/operations.md")
	anchors := map[string]bool{}
	for _, heading := range guide.Headings() {
		anchors[markdown.Anchor(heading)] = true
	}
	for _, m := range link.FindAllStringSubmatch(guide.Text(), -1) {
		if !anchors[m[1]] {
			t.Errorf("docs/operations.md has no heading for #%s", m[1])
		}
	}
}

// A dashboard is what of a Grafana dashboard can be wrong without Grafana.
type dashboard struct {
	SchemaVersion int
	Templating    struct{ List []struct{ Name string } }
	Panels        []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ UID string }
	FieldConfig              struct{ Defaults struct{ Unit string } }
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []struct{ Expr, LegendFormat string }
}

// dollar is a variable of Grafana's; $1 is label_replace's.
var dollar = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)`)

// TestDashboard: no panel hides another, each has its unit and says what it shows, and every variable is there. Whether
// the queries are PromQL, and of metrics that exist, TestAlerts says.
func TestDashboard(t *testing.T) {
	data, err := os.ReadFile("../../charts/voile/files/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.SchemaVersion < 39 {
		t.Errorf("schemaVersion %d, want that of Grafana 11 or later", d.SchemaVersion)
	}
	variables := map[string]bool{"__rate_interval": true}
	for _, v := range d.Templating.List {
		variables[v.Name] = true
	}
	for _, name := range []string{"datasource", "job", "instance", "route"} {
		if !variables[name] {
			t.Errorf("no variable %q", name)
		}
	}
	ids, taken := map[int]bool{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 {
			t.Errorf("%s: the id %d is another panel's, or none", p.Title, p.ID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%s lies over %q, or beyond the 24 columns", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type != "row" {
			p.check(t, variables)
		}
	}
}

func (p *panel) check(t *testing.T, variables map[string]bool) {
	t.Helper()
	if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != "${datasource}" || len(p.Targets) == 0 {
		t.Errorf("panel %d, %s, lacks a title, a description, a unit, the data source or a query", p.ID, p.Title)
	}
	for _, target := range p.Targets {
		for _, m := range dollar.FindAllStringSubmatch(target.Expr, -1) {
			if !variables[m[1]] {
				t.Errorf("%s: no variable %q", p.Title, m[1])
			}
		}
		if p.Type == "timeseries" && target.LegendFormat == "" {
			t.Errorf("%s: a line without a legend", p.Title)
		}
	}
}
