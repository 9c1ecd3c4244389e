package report

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Sizes of the plot, in pixels.
const (
	plotWidth = 840
	labels    = 250 // of it, for the names
	figures   = 110 // of it, behind the bars
	row       = 26
	head      = 44
)

// SVG draws a bar for each contender's and each limit's CPU per record: the median, with a line from the least to the most.
// It says everything in text too, and has colors that can be read on light and on dark.
func (r *Results) SVG() string {
	var names []Contender
	most := 0.0
	for _, c := range r.Contenders {
		if micros := r.micros(c.Name); len(micros) > 0 {
			names = append(names, c)
			most = max(most, slices.Max(micros))
		}
	}
	var b strings.Builder
	height := head + row*len(names) + row/2
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" fill="#777">`+"\n", plotWidth, height)
	fmt.Fprintf(&b, `<title>CPU per record, commit %s</title>`+"\n", html.EscapeString(r.Commit))
	fmt.Fprintf(&b, `<text x="8" y="22">CPU of the process, µs a record: median of %d runs, the least and the most; less is better</text>`+"\n", r.Load.Rounds)
	for i, c := range names {
		r.bar(&b, c, head+row*i, float64(plotWidth-labels-figures)/most)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (r *Results) bar(b *strings.Builder, c Contender, y int, scale float64) {
	micros := r.micros(c.Name)
	median, least, top := Median(micros), slices.Min(micros), slices.Max(micros)
	color := "#9a9a9a"
	switch {
	case c.Limit:
		color = "#c9a227"
	case strings.HasPrefix(c.Name, "voile"):
		color = "#2f7fd1"
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labels-8, y+16, html.EscapeString(c.Name))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="18" fill="%s"/>`, labels, y+2, median*scale, color)
	fmt.Fprintf(b, `<path d="M%.1f %dH%.1f" stroke="#444" stroke-width="2"/>`, labels+least*scale, y+11, labels+top*scale)
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%.2f</text>`+"\n", labels+max(median, top)*scale+8, y+16, median)
}
