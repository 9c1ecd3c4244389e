package markdown

import (
	"slices"
	"testing"
)

const guide = "# Guide\n\n## One\n\n```sh\n# no heading\n|-|\n| no row |\n```\n\n| a | b |\n|---|---|\n| `x` | 1 |\n| y `z` | 2 |\n\n### Part `of` one\n\n## Two\n\ntext\n"

func TestDocument(t *testing.T) {
	t.Parallel()
	d := parse("guide", guide)
	if got, want := d.Headings(), []string{"Guide", "One", "Part `of` one", "Two"}; !slices.Equal(got, want) {
		t.Errorf("headings %q, want %q", got, want)
	}
	one := d.Section(t, "One")
	if got, want := one.Headings(), []string{"Part `of` one"}; !slices.Equal(got, want) {
		t.Errorf("headings of One: %q, want %q", got, want)
	}
	rows := one.Table(t)
	if len(rows) != 2 || !slices.Equal(rows[0], []string{"`x`", "1"}) || !slices.Equal(rows[1], []string{"y `z`", "2"}) {
		t.Errorf("rows %q, want those behind the block of code", rows)
	}
	if got, want := d.Section(t, "Two").Text(), "\ntext\n"; got != want {
		t.Errorf("Two is %q, want %q", got, want)
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]struct {
		code string
		all  bool
	}{"`x`": {"x", true}, "y `z`": {"z", false}, "none": {"", false}, "`open": {"open", false}} {
		if code, all := Code(cell); code != want.code || all != want.all {
			t.Errorf("Code(%q) is %q, %v, want %q, %v", cell, code, all, want.code, want.all)
		}
	}
}

func TestAnchor(t *testing.T) {
	t.Parallel()
	for heading, want := range map[string]string{
		"Every stop and its cure":       "every-stop-and-its-cure",
		"At the start of `voile run`":   "at-the-start-of-voile-run",
		"VoileDown":                     "voiledown",
		"Pre-stop, and what it_does: 2": "pre-stop-and-what-it_does-2",
	} {
		if got := Anchor(heading); got != want {
			t.Errorf("Anchor(%q) is %q, want %q", heading, got, want)
		}
	}
}
