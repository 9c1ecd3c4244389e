package main

import (
	"strings"
	"testing"
)

// A message may hold what a server answered.
func TestMessagesCannotDriveTheTerminal(t *testing.T) {
	var b strings.Builder
	say(&b, "%s\n%s", "Zoé\x1b]0;x\a\r\u009b2J\u202e\xff", "hint: next")
	if want := `voile: Zoé\x1b]0;x\x07\x0d\x9b2J\u{202e}\xff` + "\nvoile: hint: next\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
