package kafkatest

import (
	"os/exec"
	"syscall"
)

// endWithParent asks the kernel to kill the child when the thread that starts it ends.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
