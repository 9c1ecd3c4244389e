package vaulttest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// awaitHalt waits until every thread of a process that was sent SIGSTOP stands still.
func awaitHalt(pid int) error {
	for range 500 {
		threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "stat"))
		if err != nil {
			return err
		}
		running := 0
		for _, file := range threads {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // the thread ended
			}
			// The state follows the program's name in brackets: proc_pid_stat(5).
			if _, rest, _ := bytes.Cut(text, []byte(") ")); !bytes.HasPrefix(rest, []byte("T")) {
				running++
			}
		}
		if running == 0 {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("process %d still runs 5 s after SIGSTOP", pid)
}
