package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"voile/cmd/voile/changes"
)

// A Style is how to print: Width columns (0: 100), colors or none.
type Style struct {
	Width int
	Color bool
}

// A Pair is one record before and after, by what changed in it.
type Pair struct {
	Channel  string
	From, To string // topics
	Changes  []changes.Change
}

// The colors of before, after and what explains, as elsewhere in voile.
const (
	red   = "\x1b[31m"
	green = "\x1b[32m"
	dim   = "\x1b[2m"
	bold  = "\x1b[1m"
	plain = "\x1b[0m"
)

const (
	defaultWidth = 100
	narrow       = 72 // below it, before and after stand under each other
)

func (s Style) width() int {
	if s.Width <= 0 {
		return defaultWidth
	}
	return max(s.Width, 24)
}

func (s Style) paint(color, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return color + text + plain
}

// A page collects the first error of its writes.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// BeforeAfter prints one record of each channel: what a place held, and what it holds now.
func BeforeAfter(w io.Writer, s Style, pairs []Pair) error {
	p := &page{w: w}
	place, before, after := s.columns(pairs)
	for i, pair := range pairs {
		if i > 0 {
			p.line("")
		}
		p.line("%s  %s", s.paint(bold, pair.Channel), s.paint(dim, pair.From+" → "+pair.To))
		for _, c := range pair.Changes {
			from, to := changes.Printable(c.Before), changes.Printable(c.After)
			if c.Removed {
				to = "(removed)"
			}
			if s.width() < narrow {
				p.line("  %s", s.paint(dim, shorten(changes.Printable(c.Place), place)))
				p.line("    - %s", s.paint(red, shorten(from, before)))
				p.line("    + %s", s.paint(green, shorten(to, after)))
				continue
			}
			p.line("  %s  %s  %s", s.paint(dim, pad(shorten(changes.Printable(c.Place), place), place)),
				s.paint(red, pad(shorten(from, before), before)), s.paint(green, shorten(to, after)))
		}
	}
	return p.err
}

// columns gives the widths of the three columns, none wider than its widest text. Tokens get what is left.
func (s Style) columns(pairs []Pair) (place, before, after int) {
	if s.width() < narrow {
		return s.width() - 2, s.width() - 6, s.width() - 6
	}
	for _, pair := range pairs {
		for _, c := range pair.Changes {
			place = max(place, utf8.RuneCountInString(changes.Printable(c.Place)))
			before = max(before, utf8.RuneCountInString(changes.Printable(c.Before)))
		}
	}
	place = min(place, s.width()*3/10)
	before = min(before, (s.width()-place-6)*9/20)
	return place, before, s.width() - place - before - 6
}

// Join prints how one person's identifier was written in each channel, and the token of the domain that stands there
// now. what names the identifier ("e-mail").
func Join(w io.Writer, s Style, what, domain string, pairs []Pair) error {
	p := &page{w: w}
	tokens := map[string]bool{}
	channels, written := 0, 0
	var rows []changes.Change
	for _, pair := range pairs {
		c, ok := inDomain(pair.Changes, domain)
		if !ok {
			continue
		}
		rows = append(rows, changes.Change{Place: pair.Channel, Before: c.Before, After: unquoted(c.After)})
		tokens[unquoted(c.After)] = true
		channels = max(channels, utf8.RuneCountInString(pair.Channel))
		written = max(written, utf8.RuneCountInString(changes.Printable(c.Before)))
	}
	p.line("%s", s.paint(bold, "one person, "+what+" in "+count(len(rows), "channel")))
	written = min(written, max(0, s.width()-channels-6)/2)
	token := s.width() - channels - written - 6
	for _, r := range rows {
		p.line("  %s  %s  %s", s.paint(dim, pad(r.Place, channels)), s.paint(red, pad(shorten(changes.Printable(r.Before), written), written)),
			s.paint(green, shorten(changes.Printable(r.After), token)))
	}
	switch {
	case len(rows) < 2:
		p.line("  nothing to join")
	case len(tokens) == 1:
		p.line("  = the same token in all of them: the channels join, and no %s is in them", what)
	default:
		p.line("  ! %d different tokens: the channels do not join", len(tokens))
	}
	return p.err
}

// inDomain finds the first change in the value, or else in key and headers, whose result is a token of the domain.
func inDomain(list []changes.Change, domain string) (found changes.Change, ok bool) {
	for _, c := range list {
		parts := strings.SplitN(unquoted(c.After), ".", 3)
		if len(parts) != 3 || parts[1] != domain || c.Removed {
			continue
		}
		if strings.HasPrefix(c.Place, "$") {
			return c, true
		}
		if !ok {
			found, ok = c, true
		}
	}
	return found, ok
}

func unquoted(token string) string { return strings.Trim(token, `"`) }

// A Run is what the demo measured from the first record fetched to the last acknowledged.
type Run struct {
	Records int
	Bytes   int64 // of keys, values and headers, as they came in
	Elapsed time.Duration
}

// Throughput prints one line.
func Throughput(w io.Writer, r Run) error {
	seconds := max(r.Elapsed.Seconds(), 1e-9)
	p := &page{w: w}
	p.line("%s records, %.1f MB, in %.2f s: %s records/s, %.1f MB/s, broker included",
		thousands(int64(r.Records)), float64(r.Bytes)/1e6, r.Elapsed.Seconds(), thousands(int64(float64(r.Records)/seconds)), float64(r.Bytes)/1e6/seconds)
	return p.err
}

// Leaks prints what the Judge looked for, where, and what it found: classes and places, never values.
func Leaks(w io.Writer, s Style, j *Judge) error {
	p := &page{w: w}
	p.line("looked for %s identifiers (%s spellings) in %.1f MB that came out: %s", thousands(int64(j.Identifiers())),
		thousands(int64(j.Spellings())), float64(j.Bytes())/1e6, s.paint(verdict(j.Leaks()), count(j.Leaks(), "leak")))
	for _, f := range j.Findings() {
		p.line("  %s", s.paint(red, fmt.Sprintf("%d × %s in %s", f.Count, f.Class, f.Place)))
	}
	return p.err
}

func verdict(leaks int) string {
	if leaks > 0 {
		return red
	}
	return green
}

// Summary prints the demo's last line, which other programs may read.
func Summary(w io.Writer, in, out, quarantined, leaks int) error {
	p := &page{w: w}
	p.line("demo: records in=%d out=%d quarantined=%d leaks=%d", in, out, quarantined, leaks)
	return p.err
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(int64(n)) + " " + what + "s"
}

// thousands writes 20,000.
func thousands(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// shorten cuts the middle out of what is wider than width columns: a token shows by its domain, and by its end.
func shorten(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	if width < 8 {
		return string(runes[:max(width-1, 0)]) + "…"
	}
	tail := min(6, width/4)
	return string(runes[:width-1-tail]) + "…" + string(runes[len(runes)-tail:])
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}
