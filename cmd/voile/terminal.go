package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor is a small number
}

// A palette holds the escape sequences of the colors in use; all empty where there is to be no color.
type palette struct{ before, after, warning, dim, reset string }

// colors gives the palette for w. NO_COLOR (no-color.org) and a dumb terminal mean none.
func colors(w io.Writer) palette {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return palette{}
	}
	return palette{before: "\x1b[31m", after: "\x1b[32m", warning: "\x1b[33m", dim: "\x1b[2m", reset: "\x1b[0m"}
}

// A progress keeps one line of a terminal up to date. Where w is no terminal it prints nothing.
type progress struct {
	w    io.Writer
	on   bool
	next time.Time
}

// progressEvery is how often the line changes; the first time after as long, so that quick work shows nothing.
const progressEvery = 250 * time.Millisecond

// newProgress shows progress on stderr, unless in or out is a terminal too, where it would stand in the way.
func newProgress(stderr io.Writer, in io.Reader, out io.Writer) *progress {
	on := isTerminal(stderr) && !isTerminal(in) && !isTerminal(out)
	return &progress{w: stderr, on: on, next: time.Now().Add(progressEvery)}
}

// show replaces the line, if it is time.
func (p *progress) show(format string, args ...any) {
	if !p.on || time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(progressEvery)
	fmt.Fprintf(p.w, "\r\x1b[Kvoile: %s", fmt.Sprintf(format, args...))
}

// clear takes the line away, before other output and at the end.
func (p *progress) clear() {
	if p.on {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// A progressReader shows how much of r has been read.
type progressReader struct {
	r    io.Reader
	p    *progress
	size int64 // 0: unknown
	read int64
}

func newProgressReader(r io.Reader, p *progress) *progressReader {
	pr := &progressReader{r: r, p: p}
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			pr.size = info.Size()
		}
	}
	return pr
}

func (pr *progressReader) Read(b []byte) (int, error) {
	n, err := pr.r.Read(b)
	pr.read += int64(n)
	if pr.size > 0 {
		pr.p.show("%d of %d MiB", pr.read>>20, pr.size>>20)
	} else {
		pr.p.show("%d MiB", pr.read>>20)
	}
	return n, err
}

// terminalWidth is how many columns w has; 0 where it is no terminal.
func terminalWidth(w any) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd())) //nolint:gosec // a file descriptor is a small number
	if err != nil {
		return 0
	}
	return width
}
