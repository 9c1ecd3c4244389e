package bench

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// A child is a process that was started, and the end of what it writes.
type child struct {
	cmd   *exec.Cmd
	log   *tail
	ended chan struct{} // closed once it has ended; err is set then
	err   error
}

func start(cmd *exec.Cmd) (*child, error) {
	c := &child{cmd: cmd, log: &tail{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.err = cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// kill ends it, if it has not ended, and waits.
func (c *child) kill() error {
	_ = c.cmd.Process.Kill() // fails only where it has ended
	<-c.ended
	return nil
}

// gone is an error where it has ended, though nobody asked it to.
func (c *child) gone() error {
	select {
	case <-c.ended:
		return fmt.Errorf("the process ended by itself: %w", errorOr(c.err, "it said that all is well"))
	default:
		return nil
	}
}

// goneOr is why nothing can be read about it any more: gone's error where it has ended, else err.
func (c *child) goneOr(err error) error {
	select {
	case <-c.ended: // /proc forgets it a little before Wait returns
		return c.gone()
	case <-time.After(time.Second):
		return err
	}
}

func errorOr(err error, text string) error {
	if err == nil {
		return fmt.Errorf("%s", text)
	}
	return err
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

// TestChild: one that ends by itself is told from one that runs, and is killed but once.
func TestChild(t *testing.T) {
	runs, err := start(exec.Command("sleep", "60"))
	if err != nil {
		t.Fatal(err)
	}
	if err := runs.gone(); err != nil {
		t.Errorf("one that runs: %v", err)
	}
	if err := runs.kill(); err != nil || runs.gone() == nil {
		t.Errorf("one that was killed: %v, %v", err, runs.gone())
	}
	for script, want := range map[string]string{
		"echo no keys >&2; exit 3": "the process ended by itself: exit status 3",
		"exit 0":                   "the process ended by itself: it said that all is well",
	} {
		ends, err := start(exec.Command("sh", "-c", script))
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-ends.ended:
		case <-time.After(time.Minute):
			t.Fatalf("%q does not end", script)
		}
		if err := ends.gone(); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", script, err, want)
		}
		if strings.Contains(script, "echo") && ends.log.String() != "no keys\n" {
			t.Errorf("its log is %q", ends.log)
		}
	}
	if _, err := start(&exec.Cmd{Err: exec.ErrNotFound}); err == nil {
		t.Error("a command that cannot be made was started")
	}
}
