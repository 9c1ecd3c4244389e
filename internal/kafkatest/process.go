package kafkatest

import (
	"fmt"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A process is a child that ends with us.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed once the child has ended
	err  error         // of Wait, valid after done
}

// launch starts cmd so that it ends with this process.
//
// The kernel sends the child its parent-death signal when the *thread* that started it ends, and Go ends threads as it
// likes. So the child is started, and waited for, by a goroutine that owns its thread for the child's whole life.
func launch(cmd *exec.Cmd) (*process, error) {
	endWithParent(cmd)
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, after the child
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// wait waits until the child has ended by itself, and kills it where that takes longer than bound.
func (p *process) wait(bound time.Duration) error {
	select {
	case <-p.done:
		return p.err
	case <-time.After(bound):
		p.end(syscall.SIGKILL, time.Minute)
		return fmt.Errorf("not done after %s: killed", bound)
	}
}

// end sends sig, waits until the child has ended, and kills it where that takes longer than bound.
func (p *process) end(sig syscall.Signal, bound time.Duration) {
	if p.ended() {
		return
	}
	_ = p.cmd.Process.Signal(sig) // fails only where the child has just ended
	select {
	case <-p.done:
	case <-time.After(bound):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}
