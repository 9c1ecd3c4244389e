package faults

import "syscall"

// endWithParent asks the kernel to kill the child when the thread that starts it ends.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
