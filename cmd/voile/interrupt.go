package main

import (
	"context"
	"errors"
	"sync"
)

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
