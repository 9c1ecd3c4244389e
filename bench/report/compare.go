package report

import (
	"fmt"
	"slices"
	"strings"
)

// Compare writes a table of what has changed since another benchmark, for the contenders that ran in both. The column `by
// the copy` has the change of the ratio to the copy, each of its own run: a machine that was slower as a whole is not in
// it. Beyond the spread is a change where every run of now is above, or below, every run of before.
func Compare(before, now *Results) string {
	var b strings.Builder
	const minute = "2006-01-02 15:04"
	fmt.Fprintf(&b, "Commit %s of %s, against %s of %s.\n", now.Commit, now.Began.Format(minute), before.Commit, before.Began.Format(minute))
	if before.Load != now.Load || before.Machine != now.Machine {
		b.WriteString("\n**Not the same load, or not the same machine.**\n")
	}
	b.WriteString("\n| | CPU µs a record before | now | now/before | by the copy | beyond the spread |\n|---|---|---|---|---|---|\n")
	baseBefore, baseNow := before.CPU(Copy), now.CPU(Copy)
	for _, c := range now.Contenders {
		old, recent := before.micros(c.Name), now.micros(c.Name)
		if len(old) == 0 || len(recent) == 0 {
			continue
		}
		ratio, byCopy, beyond := Median(recent)/Median(old), "", "no"
		if baseBefore > 0 && baseNow > 0 {
			byCopy = fmt.Sprintf("%.2f", ratio*baseBefore/baseNow)
		}
		if slices.Min(recent) > slices.Max(old) || slices.Max(recent) < slices.Min(old) {
			beyond = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %.2f | %s | %s |\n", c.Name, spread("%.2f", old), spread("%.2f", recent), ratio, byCopy, beyond)
	}
	return b.String()
}
