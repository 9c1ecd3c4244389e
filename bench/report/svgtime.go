package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Sizes of the plot over time, in pixels, beside those of the bars.
const (
	panel = 190 // height of one load
	above = 34  // of it, for its title
	below = 26  // of it, for the axis
)

// lineColors are told apart on white, also by people who see few colors (after Okabe and Ito).
var lineColors = []string{"#8a8a8a", "#d98c00", "#2f7fd1", "#009e73", "#cc79a7", "#d55e00", "#6a51a3"}

// LatencySVG draws the p99 of every second and, dashed, the p50: one panel for each load, one line for each contender, the
// median of the rounds; the scale is logarithmic. Empty where no latency was measured.
func (r *Results) LatencySVG() string {
	parts := r.allParts()
	if len(parts) == 0 {
		return ""
	}
	var b strings.Builder
	r.open(&b, "Latency over time", panel*len(parts)+8)
	for i, part := range parts {
		r.panel(&b, part, i*panel)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// allParts are the loads of all contenders, in the order in which they were run first.
func (r *Results) allParts() (parts []float64) {
	seen := map[float64]bool{}
	for _, l := range r.Latencies {
		if !seen[l.Part] {
			seen[l.Part] = true
			parts = append(parts, l.Part)
		}
	}
	return parts
}

func (r *Results) panel(b *strings.Builder, part float64, y int) {
	title := "at one rate for all"
	if part > 0 {
		title = fmt.Sprintf("at %.0f %% of the ceiling", part*100)
	}
	fmt.Fprintf(b, `<text x="8" y="%d">p99 of every second, ms, %s; dashed: p50; less is better</text>`+"\n", y+20, title)
	type line struct{ p50, p99 []float64 }
	lines, seconds := map[string]line{}, 0
	least, most := math.Inf(1), 0.0
	for _, c := range r.Contenders {
		of := line{p50: r.overTime(c.Name, part, func(l Latency) []float64 { return l.P50BySecond }),
			p99: r.overTime(c.Name, part, func(l Latency) []float64 { return l.P99BySecond })}
		lines[c.Name] = of
		seconds = max(seconds, len(of.p99))
		for _, value := range slices.Concat(of.p50, of.p99) {
			least, most = min(least, value), max(most, value)
		}
	}
	low, high := math.Floor(math.Log10(max(least, 0.1))), math.Ceil(math.Log10(max(most, 1)))
	high = max(high, low+1)
	right, bottom, tall := plotWidth-labels, y+panel-below, panel-above-below
	at := func(value float64) float64 {
		return float64(bottom) - (math.Log10(max(value, 0.1))-low)/(high-low)*float64(tall)
	}
	for power := low; power <= high; power++ {
		value := math.Pow(10, power)
		fmt.Fprintf(b, `<path d="M52 %.1fH%d" stroke="#999" stroke-opacity="0.4"/><text x="46" y="%.1f" text-anchor="end">%g</text>`+"\n",
			at(value), right, at(value)+4, value)
	}
	fmt.Fprintf(b, `<text x="52" y="%d">0</text><text x="%d" y="%d" text-anchor="end">%d s</text>`+"\n", bottom+18, right, bottom+18, seconds)
	drawn := 0
	for i, c := range r.Contenders {
		of := lines[c.Name]
		if len(of.p99) == 0 {
			continue
		}
		color := lineColors[i%len(lineColors)]
		for _, one := range []struct {
			values []float64
			style  string
		}{{of.p50, `stroke-width="1.5" stroke-dasharray="3 3"`}, {of.p99, `stroke-width="2"`}} {
			if len(one.values) == 0 {
				continue
			}
			fmt.Fprintf(b, `<polyline fill="none" stroke="%s" %s points="`, color, one.style)
			for second, value := range one.values {
				fmt.Fprintf(b, "%.1f,%.1f ", 52+float64(second+1)/float64(seconds)*float64(right-52), at(value))
			}
			b.WriteString("\"/>\n")
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="%s">%s</text>`+"\n", right+8, y+above+16*drawn+10, color, html.EscapeString(c.Name))
		drawn++
	}
}

// overTime is the median of the rounds of each second that all rounds have.
func (r *Results) overTime(contender string, part float64, values func(Latency) []float64) (line []float64) {
	var rounds [][]float64
	for _, l := range r.Latencies {
		if l.Contender == contender && l.Part == part {
			rounds = append(rounds, values(l))
		}
	}
	for second := 0; len(rounds) > 0; second++ {
		now := make([]float64, 0, len(rounds))
		for _, round := range rounds {
			if second >= len(round) {
				return line
			}
			now = append(now, round[second])
		}
		line = append(line, Median(now))
	}
	return line
}
