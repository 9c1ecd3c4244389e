package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"voile/cmd/voile/live"
)

// TestTableFits: nothing but what is meant to be copied is wider than the terminal, and nothing of a text is lost.
func TestTableFits(t *testing.T) {
	detail := "the source events.web.raw has 3 partitions and the sink events.web has 4: with `partition: source` the numbers must be equal"
	findings := []live.Finding{
		{Subject: "broker kafka-1.example.org:9092", Result: live.OK, Detail: "answers"},
		{Subject: "partitions of route web", Result: live.Failed, Detail: detail, Do: "give the sink as many, or say `partition: key`"},
		{Subject: "settings of quarantine voile.quarantine", Result: live.Unseen, Detail: "no\x1b[2Jthing\n", Do: "allow it"},
		{Subject: "settings of source events.web.raw", Result: live.Unseen, Detail: "nothing", Do: "allow it"},
	}
	for _, width := range []int{60, 80, 120, 200, 0} {
		var b strings.Builder
		printTable(&b, findings, palette{}, width)
		printAdvice(&b, findings, palette{}, width)
		text := b.String()
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 0 && n > width {
				t.Errorf("width %d: a line of %d: %s", width, n, line)
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("width %d: a name gives orders to the terminal", width)
		}
		if words := strings.Join(strings.Fields(text), " "); !strings.Contains(words, detail) {
			t.Errorf("width %d: the detail is not whole:\n%s", width, text)
		}
		if n := strings.Count(text, "allow it"); n != 1 {
			t.Errorf("width %d: one advice is said %d times", width, n)
		}
	}
}
