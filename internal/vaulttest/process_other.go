//go:build !linux

package vaulttest

import "syscall"

// endWithParent has nothing to offer here: a killed test process leaves its server behind.
func endWithParent() *syscall.SysProcAttr { return nil }
