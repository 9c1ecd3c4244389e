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
	labels    = 250 // of it, for the names, if that is enough
	letter    = 7   // width of one, if it is a wide one
	figures   = 110 // of it, behind the bars
	row       = 26
	head      = 44
)

// ink is the color of texts and lines, on white.
const ink = "#222"

// CPUSVG draws a bar for each contender's and each limit's CPU per record.
func (r *Results) CPUSVG() string {
	return r.bars(chart{title: "CPU per record", about: "CPU of the process, µs a record", better: "less", format: "%.2f",
		value: func(run Run) float64 { return run.CPUMicros }})
}

// ThroughputSVG draws a bar for each contender's records a second; empty where nobody has any.
func (r *Results) ThroughputSVG() string {
	return r.bars(chart{title: "Throughput", about: "Records a second, all on the same cores", better: "more", format: "%.0f", value: perSecond})
}

// MemorySVG draws a bar for each contender's peak memory; empty where nobody has any.
func (r *Results) MemorySVG() string {
	return r.bars(chart{title: "Peak memory", about: "Peak memory of the process, MiB", better: "less", format: "%.0f", value: mebibytes})
}

// A chart is one figure of everybody.
type chart struct {
	title, about string
	better       string // which is: less, more
	format       string
	value        func(Run) float64
}

// A bar is what a contender has of a chart.
type bar struct {
	contender          Contender
	median, least, top float64
}

// bars draws a bar for each contender that has the figure: the median, with a line from the least to the most. It says
// everything in text too.
func (r *Results) bars(c chart) string {
	var list []bar
	most, wide := 0.0, labels
	for _, of := range r.Contenders {
		values := r.Of(of.Name, c.value)
		if len(values) == 0 || slices.Max(values) <= 0 {
			continue
		}
		list = append(list, bar{of, Median(values), slices.Min(values), slices.Max(values)})
		most, wide = max(most, slices.Max(values)), max(wide, letter*len(of.Name))
	}
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	r.open(&b, c.title, head+row*len(list)+row/2)
	runs := "one run"
	if r.Load.Rounds > 1 {
		runs = fmt.Sprintf("median of %d runs, the least and the most", r.Load.Rounds)
	}
	fmt.Fprintf(&b, `<text x="8" y="24" font-size="14">%s: %s; %s is better</text>`+"\n", c.about, runs, c.better)
	for i, one := range list {
		one.draw(&b, c, wide, head+row*i, float64(plotWidth-wide-figures)/most)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// open begins a picture with dark letters on white, whatever is around it.
func (r *Results) open(b *strings.Builder, title string, height int) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" fill="%s">`+"\n", plotWidth, height, ink)
	fmt.Fprintf(b, "<title>%s, commit %s</title>\n", title, html.EscapeString(r.Commit))
	fmt.Fprintf(b, `<path d="M0 0H%dV%dH0z" fill="#fff"/>`+"\n", plotWidth, height)
}

func (one bar) draw(b *strings.Builder, c chart, wide, y int, scale float64) {
	color := "#a6a6a6"
	switch {
	case one.contender.Limit:
		color = "#e0b83a"
	case strings.HasPrefix(one.contender.Name, "voile"):
		color = "#3d8ad9"
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, wide-8, y+16, html.EscapeString(one.contender.Name))
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="18" fill="%s"/>`, wide, y+2, one.median*scale, color)
	fmt.Fprintf(b, `<path d="M%.1f %dH%.1f" stroke="%s" stroke-width="2"/>`, float64(wide)+one.least*scale, y+11, float64(wide)+one.top*scale, ink)
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", float64(wide)+max(one.median, one.top)*scale+8, y+16, number(c.format, one.median))
}
