package report

import (
	"fmt"
	"slices"
	"strings"
)

// The tables of scaling, by what grows in each.
const (
	Rules      = "rules"
	Partitions = "partitions"
	Exactly    = "partitions, exactly once"
	Processes  = "processes"
)

// scales writes a table for each of the groups, with ratios to its first contender that ran.
func (r *Results) scales(b *strings.Builder) {
	for _, group := range []string{Rules, Partitions, Exactly, Processes} {
		rows := slices.DeleteFunc(slices.Clone(r.Contenders), func(c Contender) bool { return !slices.Contains(c.Groups, group) })
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n| by %s | | CPU µs a record | ratio to the first | records/s | peak MiB | first record, s |\n|---|---|---|---|---|---|---|\n", group)
		base := r.CPU(rows[0].Name)
		for _, c := range rows {
			ratio := ""
			if cpu := r.CPU(c.Name); base > 0 && cpu > 0 {
				ratio = fmt.Sprintf("%.2f", cpu/base)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", r.name(c), c.About,
				spread("%.2f", r.micros(c.Name)), ratio, spread("%.0f", r.Of(c.Name, perSecond)),
				spread("%.0f", r.Of(c.Name, mebibytes)), spread("%.1f", r.Of(c.Name, first)))
		}
	}
}
