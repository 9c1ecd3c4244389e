package main

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"voile/cmd/voile/demo"
)

var summary = regexp.MustCompile(`(?m)^demo: records in=(\d+) out=(\d+) quarantined=(\d+) leaks=(\d+)\n\z`)

func runDemo(t *testing.T, configuration []byte) (stdout string, m []string, err error) {
	t.Helper()
	d := demonstration{events: 1000, people: 50, seed: 1, configuration: configuration}
	var out, stderr bytes.Buffer
	err = d.run(t.Context(), strings.NewReader(""), &out, &stderr)
	m = summary.FindStringSubmatch(out.String())
	if m == nil {
		t.Fatalf("the last line is no summary (error %v):\n%s%s", err, out.String(), stderr.String())
	}
	return out.String(), m, err
}

func TestDemo(t *testing.T) {
	out, m, err := runDemo(t, demo.Config)
	if err != nil {
		t.Fatal(err)
	}
	if m[1] != "1000" || m[3] == "0" || m[4] != "0" {
		t.Errorf("%s; want 1000 records in, some quarantined, no leak", m[0])
	}
	for _, want := range []string{"events.web.raw → events.web", "vt1.customer-email.", "one person, e-mail in 5 channels", "records/s"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
}

// TestDemoWithoutOneRule is the negative control: with a rule dropped the judge finds leaks, and the exit code is 1.
func TestDemoWithoutOneRule(t *testing.T) {
	rule := regexp.MustCompile(`(?m)^ *- \{path: \$\.context\.traits\.phone, .*\n`)
	if n := len(rule.FindAll(demo.Config, -1)); n != 1 {
		t.Fatalf("the rule to drop stands %d times in the configuration", n)
	}
	_, m, err := runDemo(t, rule.ReplaceAll(demo.Config, nil))
	if m[4] == "0" {
		t.Errorf("%s; want leaks", m[0])
	}
	if !errors.Is(err, errFailedShown) {
		t.Errorf("error %v, want the one with exit code 1", err)
	}
}
