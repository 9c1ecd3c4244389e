package main

import (
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
