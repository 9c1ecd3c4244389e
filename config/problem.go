package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one thing that is wrong with a configuration file.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 where the problem has no place in the file
	Path         string // of the setting, in the words of the file: routes[0].fields[2].path; empty for the file itself
	What         string // what is wrong
	Hint         string // what would be right; may be empty
}

// String is one line: voile.yaml:12:9: routes[0].fields[2].path: what; hint.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.What)
	if p.Hint != "" {
		b.WriteString("; ")
		b.WriteString(p.Hint)
	}
	return b.String()
}

// Problems is the error of a configuration that cannot be used: everything that is wrong with it, by line and column.
type Problems []Problem

// Error is one line per problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// A fault is a problem that does not know its place yet.
type fault struct{ what, hint string }

func faultf(format string, args ...any) *fault { return &fault{what: fmt.Sprintf(format, args...)} }

func (f *fault) hintf(format string, args ...any) *fault {
	f.hint = fmt.Sprintf(format, args...)
	return f
}
