package report

import (
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	before, now := results(), results()
	now.Commit = "def"
	for i := range now.Runs {
		switch run := &now.Runs[i]; run.Contender {
		case Six:
			run.CPUMicros = 2
		case Copy:
			run.CPUMicros = 6
		}
	}
	now.Contenders = append(now.Contenders, Contender{Name: "new"})
	got := Compare(before, now)
	for _, want := range []string{
		"Commit def of 2026-11-26 12:00, against abc of 2026-11-26 12:00.\n",
		"| copy | 5.00 (2.50–7.50) | 6.00 (6.00–6.00) | 1.20 | 1.00 | no |\n",
		"| voile 6 tokenize | 10.00 (5.00–15.00) | 2.00 (2.00–2.00) | 0.20 | 0.17 | yes |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"Not the same", "| new |", "not run"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%q in\n%s", unwanted, got)
		}
	}
	now.Load.Records++
	if got := Compare(before, now); !strings.Contains(got, "**Not the same load, or not the same machine.**") {
		t.Errorf("another load is not told:\n%s", got)
	}
}
