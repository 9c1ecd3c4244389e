package faults

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"voile/cmd/auditor/audit"
)

// A row is what a fault did to one fleet.
type row struct {
	name    string
	times   int
	skipped string // what the machine lacks
	counts  audit.Counts
	// The longest time in which a partition of the source, or of the sink, brings a reader of committed records nothing new:
	// the one is the brokers' own, the other has it in it.
	source, sink time.Duration
}

// table prints rows as a table of Markdown whose columns stand below each other.
func table(rows []row) string {
	cells := [][]string{{"fault", "times", "records", "lost", "doubled", "reordered", "leaked", "altered", "sink stall", "source stall"}}
	for i := range rows {
		r := &rows[i]
		if r.skipped != "" {
			cells = append(cells, []string{r.name, "skipped: needs " + r.skipped, "", "", "", "", "", "", "", ""})
			continue
		}
		c := &r.counts
		line := []string{r.name, fmt.Sprint(r.times)}
		for _, n := range []int{c.Records, c.Lost, c.Doubled, c.Reordered + c.Unrun, c.Leaked, c.Altered + c.Torn + c.Misplaced + c.Foreign + c.Flawed} {
			line = append(line, fmt.Sprint(n))
		}
		cells = append(cells, append(line, seconds(r.sink), seconds(r.source)))
	}
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		if len(line) > 1 && strings.HasPrefix(line[1], "skipped") {
			continue // one long cell would spread the column
		}
		for i, cell := range line {
			widths[i] = max(widths[i], len(cell))
		}
	}
	widths[0] = max(widths[0], 1)
	var b bytes.Buffer
	for n, line := range cells {
		for i, cell := range line {
			if i == 0 {
				fmt.Fprintf(&b, "| %-*s ", widths[i], cell)
			} else {
				fmt.Fprintf(&b, "| %*s ", widths[i], cell)
			}
		}
		b.WriteString("|\n")
		if n == 0 {
			for i, w := range widths {
				if i == 0 {
					b.WriteString("|" + strings.Repeat("-", w+2))
				} else {
					b.WriteString("|" + strings.Repeat("-", w+1) + ":")
				}
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func TestTable(t *testing.T) {
	got := table([]row{
		{name: "kill", times: 25, counts: audit.Counts{Records: 12345, Doubled: 3, Reordered: 1, Unrun: 1, Torn: 1}, source: 100 * time.Millisecond, sink: 20 * time.Second},
		{name: "disk", skipped: "root"},
	})
	want := `| fault | times | records | lost | doubled | reordered | leaked | altered | sink stall | source stall |
|-------|------:|--------:|-----:|--------:|----------:|-------:|--------:|-----------:|-------------:|
| kill  |    25 |   12345 |    0 |       3 |         2 |      0 |       1 |     20.0 s |        0.1 s |
| disk  | skipped: needs root |         |      |         |           |        |         |            |              |
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
