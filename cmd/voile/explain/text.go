package explain

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// width is how many columns a text has.
const width = 80

// writeText writes a page for a terminal or a letter: a row of a table is a line for each of its subjects, and below them, set
// in, what is said of them.
func writeText(w io.Writer, p *page) error {
	var b bytes.Buffer
	b.WriteString(p.title + "\n" + strings.Repeat("=", utf8.RuneCountInString(p.title)) + "\n")
	for _, block := range p.blocks {
		switch x := block.(type) {
		case heading:
			text := x.text.String()
			line := "="
			if x.rank > 2 {
				line = "-"
			}
			b.WriteString("\n" + text + "\n" + strings.Repeat(line, utf8.RuneCountInString(text)) + "\n")
		case paragraph:
			b.WriteByte('\n')
			wrap(&b, x.text.String(), "", "")
		case table:
			textTable(&b, p, x)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func textTable(b *bytes.Buffer, p *page, t table) {
	for _, row := range t.rows {
		b.WriteByte('\n')
		for _, subject := range row.subjects {
			wrap(b, subject.String(), "* ", "  ")
		}
		for i, cell := range row.cells {
			if len(cell) > 0 {
				wrap(b, p.label(t.head[i+1])+cell.String(), "    ", "      ")
			}
		}
	}
}

// wrap writes text in lines of width columns, the first behind one indent, the others behind another. A word that is
// longer than a line has one of its own. A no-break space breaks nothing.
func wrap(b *bytes.Buffer, text, first, next string) {
	column := utf8.RuneCountInString(first)
	b.WriteString(first)
	begun := false
	for word := range strings.SplitSeq(text, " ") {
		if word == "" {
			continue
		}
		n := utf8.RuneCountInString(word)
		switch {
		case begun && column+1+n > width:
			b.WriteString("\n" + next)
			column = utf8.RuneCountInString(next)
		case begun:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
		begun = true
	}
	b.WriteByte('\n')
}
