package vaulttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a started program. done is closed when it has ended, and result is set before.
type process struct {
	cmd    *exec.Cmd
	done   chan struct{}
	result error
	mu     sync.Mutex // of stop, which tests and their cleanup both call
}

// start starts a program whose output is appended to a file.
//
// Where the system can do it, the program is killed when the thread that started it ends. Go ends and swaps threads as it likes,
// so one goroutine starts the program, waits for it, and holds its thread in between.
func start(path string, args, env []string, logFile string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, log, log
	cmd.SysProcAttr = endWithParent()
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.result = cmd.Wait()
			close(p.done)
		}
	}()
	err = <-started
	return p, errors.Join(err, log.Close())
}

// stop ends the program: it may end itself within 3 s, then it is killed. Stopping twice is well.
func (p *process) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A halted program does not hear SIGTERM.
	for _, signal := range []syscall.Signal{syscall.SIGCONT, syscall.SIGTERM} {
		if err := p.signal(signal); err != nil {
			return err
		}
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(3 * time.Second):
	}
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
		return fmt.Errorf("process %d does not end", p.cmd.Process.Pid)
	}
}

func (p *process) pause() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return awaitHalt(p.cmd.Process.Pid)
}

func (p *process) resume() error { return p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) error {
	err := p.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
