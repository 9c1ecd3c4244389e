package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"voile/pipeline/discover"
)

// printScan prints a table for each topic, and below it what was not looked at.
func printScan(w io.Writer, topics []discover.Topic) error {
	var b strings.Builder
	p, columns := colors(w), terminalWidth(w)
	for i, t := range topics {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s, %s\n", visible(t.Name), count(t.Records, "record"), count(len(t.Findings), "place"))
		printPlaces(&b, t.Findings, p, columns)
		for _, note := range scanNotes(t.Report) {
			b.WriteString("  " + note + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// scanNotes says what of the records was not looked at.
func scanNotes(r *discover.Report) (notes []string) {
	note := func(what string, n int, noun string) {
		if n > 0 {
			notes = append(notes, what+": "+count(n, noun))
		}
	}
	note("without a value", r.Tombstones, "tombstone")
	note("no JSON, and not looked into", r.NotJSON, "value")
	note("too deep, and not looked into", r.TooDeep, "value")
	note("at places beyond those that there is room for, and not looked at", r.Beyond, "text")
	return notes
}

// scanColumns are the columns of the table.
var scanColumns = [...]string{"PATH", "KIND", "SHARE", "DISTINCT", "RULE"}

// gap is the space between two columns.
const gap = 2

// printPlaces prints the table: a place a line, or two where the terminal is too narrow for one, so that no line is broken in two
// by the terminal unless its path alone is too long.
func printPlaces(b *strings.Builder, findings []discover.Finding, p palette, columns int) {
	if len(findings) == 0 {
		return
	}
	rows := [][len(scanColumns)]string{scanColumns}
	for i := range findings {
		rows = append(rows, rowOf(&findings[i]))
	}
	var widths [len(scanColumns)]int
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], cells(cell))
		}
	}
	total := widths[0]
	for _, w := range widths[1:] {
		total += gap + w
	}
	narrow := columns > 0 && total > columns
	for i, r := range rows {
		line := cell(r[0], widths[0], false) + "  " + rest(r, widths)
		if narrow {
			line = r[0] + "\n    " + rest(r, widths)
		}
		line = strings.TrimRight(line, " ")
		switch {
		case i == 0:
			line = p.dim + line + p.reset
		case findings[i-1].Rule == nil:
			line = p.warning + line + p.reset
		}
		b.WriteString(line + "\n")
		if i > 0 {
			for _, sample := range findings[i-1].Samples {
				b.WriteString("      e.g. " + visible(sample) + "\n")
			}
		}
	}
}

func rest(r [len(scanColumns)]string, widths [len(scanColumns)]int) string {
	var cellsOf []string
	for i := 1; i < len(r); i++ {
		cellsOf = append(cellsOf, cell(r[i], widths[i], i == 2 || i == 3))
	}
	return strings.Join(cellsOf, "  ")
}

func rowOf(f *discover.Finding) [len(scanColumns)]string {
	rule := "look: " + f.Why
	if f.Rule != nil {
		rule = f.Rule.String()
	}
	return [...]string{visible(f.Place.String()), string(f.Kind), discover.Percent(f.Share), fmt.Sprint("~", f.Distinct), rule}
}

// cell pads a text to a width in columns.
func cell(text string, to int, right bool) string {
	pad := strings.Repeat(" ", max(to-cells(text), 0))
	if right {
		return pad + text
	}
	return text + pad
}

// cells is how many columns of a terminal a text takes: those of Chinese, Japanese and Korean take two (UAX 11), marks none.
func cells(text string) (n int) {
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}
