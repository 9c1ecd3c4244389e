//go:build !linux

package vaulttest

import (
	"syscall"
	"time"
)

// endWithParent has nothing to offer here: a killed test process leaves its server behind.
func endWithParent() *syscall.SysProcAttr { return nil }

// awaitHalt gives a process that was sent SIGSTOP the time to stand still.
func awaitHalt(int) error {
	time.Sleep(200 * time.Millisecond)
	return nil
}
