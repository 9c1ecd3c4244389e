package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"voile/config"
)

// The exit codes.
const (
	exitWell   = 0
	exitFailed = 1
	exitWrong  = 2 // wrong use, or a configuration that cannot be used
)

var (
	// errFailedShown and errWrongUseShown set the exit code where everything has been said already.
	errFailedShown   = errors.New("failed")
	errWrongUseShown = errors.New("wrong use")
)

// A usageError is a mistake on the command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// A hintedError says in a line of its own what to do.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

func hintf(err error, format string, args ...any) error {
	return &hintedError{err, fmt.Sprintf(format, args...)}
}

// report prints err, if there is one to print, and returns the exit code for it.
func report(stderr io.Writer, err error) int {
	var usage *usageError
	var problems config.Problems
	switch {
	case err == nil:
		return exitWell
	case errors.Is(err, errFailedShown):
		return exitFailed
	case errors.Is(err, errWrongUseShown):
		return exitWrong
	}
	say(stderr, "%v", err)
	var hinted *hintedError
	if errors.As(err, &hinted) {
		say(stderr, "hint: %s", hinted.hint)
	}
	if errors.As(err, &usage) || errors.As(err, &problems) {
		return exitWrong
	}
	return exitFailed
}

// say prints a message for people, each line of it behind `voile: `. What could drive a terminal is escaped: a message may hold
// what a server said, or what stands in a file.
func say(stderr io.Writer, format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		line = strings.TrimPrefix(strings.TrimRight(line, "\n"), "voile: ")
		fmt.Fprintf(stderr, "voile: %s\n", visible(line))
	}
}
