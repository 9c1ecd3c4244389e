package explain

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
)

// The style of the page: one file without anything from elsewhere, light and dark as the reader has it, readable on a phone,
// where a row of a table becomes a card, and on paper.
const style = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;padding:1rem;overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25}
h2{font-size:1.3rem;margin-top:2.5rem;border-bottom:1px solid var(--line)}
h3{font-size:1.1rem;margin-top:2rem}
p{max-width:48rem}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.5rem;border-bottom:1px solid var(--line)}
th{background:var(--soft)}
th:first-child{width:38%}
td div+div{margin-top:.35rem}
code{font:.9em ui-monospace,monospace;background:var(--soft);padding:.1em .25em;border-radius:.2em}
@media(max-width:45rem){
thead{display:none}
table,tbody,tr,td{display:block}
tr{border:1px solid var(--line);border-radius:.4rem;margin:.8rem 0;padding:.3rem}
td{border:0;padding:.25rem .4rem}
td:empty{display:none}
td:first-child{background:var(--soft)}
td:not(:first-child)::before{content:attr(data-label);display:block;font-size:.8rem;opacity:.7}
}
@media print{tr,h2,h3{break-inside:avoid;break-after:avoid}}
`

// writeHTML writes a page that needs nothing but itself.
func writeHTML(w io.Writer, p *page) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html lang=%q>\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n", p.language.code)
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n<h1>%[1]s</h1>\n", html.EscapeString(p.title), style)
	for _, block := range p.blocks {
		switch x := block.(type) {
		case heading:
			fmt.Fprintf(&b, "<h%d>%s</h%[1]d>\n", x.rank, markup(x.text))
		case paragraph:
			fmt.Fprintf(&b, "<p>%s</p>\n", markup(x.text))
		case table:
			htmlTable(&b, x)
		}
	}
	b.WriteString("</body>\n</html>\n")
	_, err := w.Write(b.Bytes())
	return err
}

func htmlTable(b *bytes.Buffer, t table) {
	b.WriteString("<table>\n<thead><tr>")
	for _, label := range t.head {
		fmt.Fprintf(b, "<th scope=\"col\">%s</th>", html.EscapeString(label))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range t.rows {
		b.WriteString("<tr>")
		b.WriteString("<td>")
		for _, subject := range row.subjects {
			fmt.Fprintf(b, "<div>%s</div>", markup(subject))
		}
		b.WriteString("</td>")
		for i, cell := range row.cells {
			fmt.Fprintf(b, "<td data-label=\"%s\">%s</td>", html.EscapeString(t.head[i+1]), markup(cell))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
}

func markup(in inline) string {
	var b strings.Builder
	for _, s := range in {
		if s.name {
			b.WriteString("<code>" + html.EscapeString(s.text) + "</code>")
		} else {
			b.WriteString(html.EscapeString(s.text))
		}
	}
	return b.String()
}
