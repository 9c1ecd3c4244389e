package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"

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
	changes := recordChanges(before, after)
	c := d.colors
	if len(changes) == 0 {
		_, err := fmt.Fprintf(d.out, "%sline %d: unchanged%s\n", c.dim, number, c.reset)
		return err
	}
	fmt.Fprintf(d.out, "line %d:\n", number)
	for _, ch := range changes {
		fmt.Fprintf(d.out, "  %s%s%s\n", c.dim, printable(ch.place), c.reset)
		fmt.Fprintf(d.out, "    %s- %s%s\n", c.before, printable(ch.before), c.reset)
		if !ch.removed {
			fmt.Fprintf(d.out, "    %s+ %s%s\n", c.after, printable(ch.after), c.reset)
		}
	}
	return d.out.Flush() // the error of any write before it, too
}

// recordChanges lists what differs between a source record and what was made of it.
func recordChanges(before, after *record.Record) []change {
	var changes []change
	if !bytes.Equal(before.Key, after.Key) {
		changes = append(changes, change{place: "key", before: quoted(before.Key), after: quoted(after.Key)})
	}
	j := 0
	for _, h := range before.Headers {
		if j == len(after.Headers) || !bytes.Equal(h.Name, after.Headers[j].Name) {
			changes = append(changes, change{place: "header " + string(h.Name), before: quoted(h.Value), removed: true})
			continue
		}
		if to := after.Headers[j].Value; !bytes.Equal(h.Value, to) {
			changes = append(changes, change{place: "header " + string(h.Name), before: quoted(h.Value), after: quoted(to)})
		}
		j++
	}
	a, okA := parseNode(before.Value)
	b, okB := parseNode(after.Value)
	if okA && okB {
		return appendChanges(changes, "$", a, b)
	}
	if !bytes.Equal(before.Value, after.Value) {
		changes = append(changes, change{place: "value", before: string(before.Value), after: string(after.Value)})
	}
	return changes
}

func quoted(b []byte) string {
	if b == nil {
		return "null"
	}
	return strconv.Quote(string(b))
}
