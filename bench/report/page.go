package report

import (
	"fmt"
	"slices"
	"strings"
)

// The forms that the tables know.
const (
	FormFull    = "full"
	FormZipf    = "zipf" // people come back, some more often than others
	FormLatency = "latency"
	FormScale   = "scale" // voile against itself, by what grows
)

// Sections are the forms that have a part of docs/performance.md of that name.
var Sections = []string{FormFull, FormZipf, FormLatency, FormScale}

// Section names the part of docs/performance.md that a benchmark writes; "" for none.
func (r *Results) Section() string {
	if !slices.Contains(Sections, r.Form) || r.Load.Zipf != (r.Form == FormZipf) {
		return ""
	}
	return r.Form
}

// A Plot is a picture, as SVG.
type Plot struct {
	Name  string // of the file, without its end
	About string // what stands in its place where it cannot be seen
	SVG   string
}

// Plots are those that the form is for and has figures for. With scaling all processes share the same few cores, so that
// throughput says nothing.
func (r *Results) Plots() (plots []Plot) {
	all := []Plot{{"cpu", "CPU per record", r.CPUSVG()}, {"throughput", "Records a second", r.ThroughputSVG()}}
	switch r.Form {
	case FormLatency:
		all = []Plot{{"over-time", "Latency over time", r.LatencySVG()}}
	case FormScale:
		all = []Plot{{"cpu", "CPU per record", r.CPUSVG()}, {"memory", "Peak memory", r.MemorySVG()}}
	}
	for _, p := range all {
		if p.SVG != "" {
			plots = append(plots, p)
		}
	}
	return plots
}

// Fragment is Markdown with the plots below it, whose files are prefix and name.
func (r *Results) Fragment(prefix string) string {
	var b strings.Builder
	b.WriteString(r.Markdown())
	for _, p := range r.Plots() {
		fmt.Fprintf(&b, "\n![%s](%s%s.svg)\n", p.About, prefix, p.Name)
	}
	return b.String()
}

// Replace puts text between the two marks of a section, <!-- bench:NAME --> and <!-- /bench:NAME -->. All else of the page,
// the marks too, stays byte for byte.
func Replace(page, section, text string) (string, error) {
	begin, end := "<!-- bench:"+section+" -->\n", "<!-- /bench:"+section+" -->\n"
	from, to := strings.Index(page, begin), strings.Index(page, end)
	if strings.Count(page, begin) != 1 || strings.Count(page, end) != 1 || to < from {
		return "", fmt.Errorf("the page has no section between %s and %s", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return page[:from+len(begin)] + "\n" + strings.Trim(text, "\n") + "\n\n" + page[to:], nil
}
