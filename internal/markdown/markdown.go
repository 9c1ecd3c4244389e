// Package markdown reads the project's documentation, for the tests that hold it and the code together.
//
// It knows the little of Markdown that these documents are written in: `#` headings, tables of pipes with a line of dashes
// under the head, fenced blocks of code (in which there are neither), and code in single backticks. Whatever else stands
// there is text.
//
// It is for tests only and MUST NOT be imported by anything that is shipped.
package markdown

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"voile/internal/repo"
)

// A Document is a file of the repository, or a part of one, by lines.
type Document struct {
	name  string
	lines []string
	code  []bool // which lines are in a fenced block, or its fences
}

// Read reads the file of that path in the repository, such as docs/operations.md. Where it cannot the test ends.
func Read(tb testing.TB, path string) *Document {
	tb.Helper()
	root, err := repo.Root()
	if err != nil {
		tb.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		tb.Fatal(err)
	}
	return parse(path, string(text))
}

func parse(name, text string) *Document {
	d := &Document{name: name, lines: strings.Split(text, "\n")}
	d.code = make([]bool, len(d.lines))
	inside := false
	for i, line := range d.lines {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		d.code[i] = inside || fence
		inside = inside != fence
	}
	return d
}

// part is d from one line to before another.
func (d *Document) part(name string, from, to int) *Document {
	return &Document{name: name, lines: d.lines[from:to], code: d.code[from:to]}
}

// Section gives what stands below the heading of that text, to the next one of the same rank or above. Where the
// document has none the test ends.
func (d *Document) Section(tb testing.TB, heading string) *Document {
	tb.Helper()
	rank, from := 0, -1
	name := d.name + ", " + heading
	for i := range d.lines {
		r, text := d.heading(i)
		switch {
		case from < 0 && r > 0 && text == heading:
			rank, from = r, i+1
		case from >= 0 && r > 0 && r <= rank:
			return d.part(name, from, i)
		}
	}
	if from < 0 {
		tb.Fatalf("%s has no heading %q", d.name, heading)
	}
	return d.part(name, from, len(d.lines))
}

// Headings gives the texts of all headings, in order.
func (d *Document) Headings() (all []string) {
	for i := range d.lines {
		if rank, text := d.heading(i); rank > 0 {
			all = append(all, text)
		}
	}
	return all
}

// Table gives the rows of the first table, without its head, each as its cells. Where there is none the test ends.
func (d *Document) Table(tb testing.TB) (rows [][]string) {
	tb.Helper()
	for i, line := range d.lines {
		if d.code[i] || !strings.HasPrefix(line, "|-") && !strings.HasPrefix(line, "| -") {
			continue
		}
		for _, row := range d.lines[i+1:] {
			if !strings.HasPrefix(row, "|") {
				break
			}
			cells := strings.Split(strings.Trim(row, "|"), "|")
			for j := range cells {
				cells[j] = strings.TrimSpace(cells[j])
			}
			rows = append(rows, cells)
		}
		return rows
	}
	tb.Fatalf("%s has no table", d.name)
	return nil
}

// Blocks gives the texts of the fenced blocks of code in a language, in order, without their fences. A block inside a list
// is left out.
func (d *Document) Blocks(language string) (all []string) {
	var block []string
	inside := false
	for _, line := range d.lines {
		switch {
		case !inside && line == "```"+language:
			inside, block = true, nil
		case inside && line == "```":
			inside, all = false, append(all, strings.Join(append(block, ""), "\n"))
		case inside:
			block = append(block, line)
		}
	}
	return all
}

// Text gives all lines, joined.
func (d *Document) Text() string { return strings.Join(d.lines, "\n") }

// Code gives what stands in the first pair of single backticks of a cell, and whether the cell is nothing but that.
func Code(cell string) (code string, all bool) {
	before, rest, ok := strings.Cut(cell, "`")
	if !ok {
		return "", false
	}
	code, after, ok := strings.Cut(rest, "`")
	return code, ok && before == "" && after == ""
}

// Anchor gives what a link to a heading has behind its #, as GitHub and GitLab make it.
func Anchor(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z':
			b.WriteRune(r)
		}
	}
	return b.String()
}

// heading gives the rank of the heading in line i and its text; rank 0 where it is none.
func (d *Document) heading(i int) (rank int, text string) {
	line := d.lines[i]
	for rank < len(line) && line[rank] == '#' {
		rank++
	}
	if d.code[i] || rank == 0 || rank > 6 || rank == len(line) || line[rank] != ' ' {
		return 0, ""
	}
	return rank, strings.TrimSpace(line[rank:])
}
