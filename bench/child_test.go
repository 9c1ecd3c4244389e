package bench

import (
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// A child is a process that runs, and the end of what it writes.
type child struct {
	cmd *exec.Cmd
	log *tail
}

func start(t *testing.T, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{cmd: cmd, log: &tail{}}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// kill ends it, if it has not ended, and waits.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// A tail keeps the end of what a process writes.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if over := len(l.text) - 16<<10; over > 0 {
		l.text = l.text[over:]
	}
	return len(p), nil
}

// String gives what was kept.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.ToValidUTF8(string(l.text), "?")
}
