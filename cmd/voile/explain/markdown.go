package explain

import (
	"bytes"
	"io"
	"strings"
)

// writeMarkdown writes a page with the tables of GitHub's and GitLab's Markdown.
func writeMarkdown(w io.Writer, p *page) error {
	var b bytes.Buffer
	b.WriteString("# " + escapeMarkdown(p.title) + "\n")
	for _, block := range p.blocks {
		b.WriteByte('\n')
		switch x := block.(type) {
		case heading:
			b.WriteString(strings.Repeat("#", x.rank) + " " + markdown(x.text) + "\n")
		case paragraph:
			b.WriteString(markdown(x.text) + "\n")
		case table:
			b.WriteString("| " + strings.Join(x.head, " | ") + " |\n|" + strings.Repeat("---|", len(x.head)) + "\n")
			for _, row := range x.rows {
				subjects := make([]string, len(row.subjects))
				for i, subject := range row.subjects {
					subjects[i] = cellText(subject)
				}
				b.WriteString("| " + strings.Join(subjects, "<br>") + " ")
				for _, cell := range row.cells {
					b.WriteString("| " + cellText(cell) + " ")
				}
				b.WriteString("|\n")
			}
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// cellText is text in a cell, in which a | has a backslash, also within code.
func cellText(in inline) string { return strings.ReplaceAll(markdown(in), "|", `\|`) }

func markdown(in inline) string {
	var b strings.Builder
	for _, s := range in {
		if s.name {
			b.WriteString(code(s.text))
		} else {
			b.WriteString(escapeMarkdown(s.text))
		}
	}
	return b.String()
}

// code is a code span: behind more backticks than are in it (CommonMark 0.31 §6.1).
func code(text string) string {
	ticks := "`"
	for strings.Contains(text, ticks) {
		ticks += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return ticks + text + ticks
}

var escapeMarkdown = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, "`", "\\`").Replace
