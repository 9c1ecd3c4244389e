package report

import (
	"fmt"
	"strings"
)

// A Latency is one contender once under an open load: from the moment at which a record was to be sent until a reader of
// committed records saw it in the sink, in milliseconds.
type Latency struct {
	Contender   string    `json:"contender"`
	Round       int       `json:"round"` // from 1
	Part        float64   `json:"part_of_ceiling,omitempty"`
	PerSecond   float64   `json:"records_per_second"`
	Records     int       `json:"records"`
	P50         float64   `json:"p50_ms"`
	P99         float64   `json:"p99_ms"`
	P999        float64   `json:"p999_ms"`
	Most        float64   `json:"most_ms"`
	Behind      float64   `json:"behind_ms"` // from the last record's moment until everything was seen
	P50BySecond []float64 `json:"p50_by_second_ms"`
	P99BySecond []float64 `json:"p99_by_second_ms"`
	LoadBefore  float64   `json:"load_average_before"` // of the machine, over a minute
}

// latencies writes a row for each contender and load, in the order of the contenders.
func (r *Results) latencies(b *strings.Builder) {
	if len(r.Latencies) == 0 {
		return
	}
	b.WriteString("\n| contender | of its ceiling | records/s | p50, ms | p99 | p99.9 | most | behind at the end |\n|---|---|---|---|---|---|---|---|\n")
	for _, c := range r.Contenders {
		for _, part := range r.parts(c.Name) {
			of := func(format string, value func(Latency) float64) string {
				var values []float64
				for _, l := range r.Latencies {
					if l.Contender == c.Name && l.Part == part {
						values = append(values, value(l))
					}
				}
				return spread(format, values)
			}
			share := ""
			if part > 0 {
				share = fmt.Sprintf("%.0f %%", part*100)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", c.Name, share,
				of("%.0f", func(l Latency) float64 { return l.PerSecond }), of("%.1f", func(l Latency) float64 { return l.P50 }),
				of("%.1f", func(l Latency) float64 { return l.P99 }), of("%.1f", func(l Latency) float64 { return l.P999 }),
				of("%.1f", func(l Latency) float64 { return l.Most }), of("%.0f", func(l Latency) float64 { return l.Behind }))
		}
	}
}

// parts are the loads of a contender, in the order in which they were run first.
func (r *Results) parts(contender string) (parts []float64) {
	seen := map[float64]bool{}
	for _, l := range r.Latencies {
		if l.Contender == contender && !seen[l.Part] {
			seen[l.Part] = true
			parts = append(parts, l.Part)
		}
	}
	return parts
}
