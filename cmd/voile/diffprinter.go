package main

import (
	"bufio"
	"fmt"
	"io"

	"voile/cmd/voile/changes"
	"voile/pipeline/record"
)

// A diffPrinter prints, record by record, the values that change: before and after.
type diffPrinter struct {
	out    *bufio.Writer
	colors palette
}

// newDiffPrinter prints to out, which is a buffer in front of to.
func newDiffPrinter(to io.Writer, out *bufio.Writer) *diffPrinter {
	return &diffPrinter{out: out, colors: colors(to)}
}

func (d *diffPrinter) print(number int, before, after *record.Record) error {
	list := changes.Of(before, after)
	c := d.colors
	if len(list) == 0 {
		_, err := fmt.Fprintf(d.out, "%sline %d: unchanged%s\n", c.dim, number, c.reset)
		return err
	}
	fmt.Fprintf(d.out, "line %d:\n", number)
	for _, ch := range list {
		fmt.Fprintf(d.out, "  %s%s%s\n", c.dim, changes.Printable(ch.Place), c.reset)
		fmt.Fprintf(d.out, "    %s- %s%s\n", c.before, changes.Printable(ch.Before), c.reset)
		if !ch.Removed {
			fmt.Fprintf(d.out, "    %s+ %s%s\n", c.after, changes.Printable(ch.After), c.reset)
		}
	}
	return d.out.Flush() // the error of any write before it, too
}
