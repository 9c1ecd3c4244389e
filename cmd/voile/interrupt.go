package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// untilLogged is untilSignal for a command whose last act is a line in the log. Neither a reader of its output that leaves
// (`| head`) nor a terminal that closes ends the process before that: a write fails instead, and SIGHUP ends the context.
func untilLogged(ctx context.Context) (context.Context, context.CancelFunc) {
	ends := []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(ctx, ends...)
	context.AfterFunc(ctx, stop)
	return ctx, func() {
		stop()
		signal.Reset(syscall.SIGPIPE)
	}
}

var errInterrupted = errors.New("interrupted")

// interruptible does work until it ends, or until ctx does: the error is errInterrupted then. Work that waits for input cannot
// be broken off, so it is left behind without mu, which it MUST hold wherever it opens, makes or counts something: after an
// interruption mu stays locked, what is counted no longer changes, and nothing that comes in later has an effect.
func interruptible(ctx context.Context, mu *sync.Mutex, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		mu.Lock()
		return errInterrupted
	}
}
