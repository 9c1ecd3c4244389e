package main

import (
	"strings"
	"testing"

	"voile/pipeline/discover"
)

func TestCells(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "会員": 4, "ｱ": 1, "Ａ": 2, "한글": 4} {
		if got := cells(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestPlacesFitTheTerminal(t *testing.T) {
	findings := []discover.Finding{
		{Place: discover.Place{Path: "$.会員.メール"}, Kind: "email", Share: 1, Distinct: 12, Rule: &discover.Rule{Domain: &discover.Domain{Name: "customer-email"}}},
		{Place: discover.Place{Path: "$.a", Inside: []discover.Inside{{In: []string{"url"}, At: "query.e\x1b[2J"}}}, Kind: "phone", Why: "name only", Share: 0.001, Distinct: 3},
	}
	for columns, want := range map[int]string{
		0: "" +
			"PATH                      KIND   SHARE  DISTINCT  RULE\n" +
			"$.会員.メール             email  100 %       ~12  domain customer-email\n" +
			"$.a | url query.e\\x1b[2J  phone  < 1 %        ~3  look: name only\n",
		50: "" +
			"PATH\n    KIND   SHARE  DISTINCT  RULE\n" +
			"$.会員.メール\n    email  100 %       ~12  domain customer-email\n" +
			"$.a | url query.e\\x1b[2J\n    phone  < 1 %        ~3  look: name only\n",
	} {
		var b strings.Builder
		printPlaces(&b, findings, palette{}, columns)
		if b.String() != want {
			t.Errorf("at %d columns\n%s\nwant\n%s", columns, b.String(), want)
		}
		for line := range strings.Lines(b.String()) {
			if columns > 0 && cells(strings.TrimRight(line, "\n")) > columns {
				t.Errorf("wider than %d columns: %q", columns, line)
			}
		}
	}
}
