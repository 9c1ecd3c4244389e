package faults

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// A member is a slot for one voile process of a fleet: the same configuration, links and admin port for each process that
// runs in it, one after the other.
type member struct {
	name string // in file names
	exe  string
	dir  string
	env  []string
	addr string // of the admin port

	mu     sync.Mutex
	cmd    *exec.Cmd
	done   chan struct{}
	ended  error
	ours   bool // it was us who ended the process
	starts int
	kills  int
}

// start starts a process, unless one runs.
func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.running() {
		return nil
	}
	m.starts++
	log, err := os.Create(filepath.Join(m.dir, fmt.Sprintf("%s-%d.log", m.name, m.starts)))
	if err != nil {
		return err
	}
	defer log.Close() //nolint:errcheck // the process has its own descriptor
	cmd := exec.Command(m.exe, "run")
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = m.env, m.dir, log, log
	cmd.SysProcAttr = endWithParent()
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // whose end would end the process
		err := cmd.Start()
		started <- err
		if err == nil {
			m.ended = cmd.Wait()
			close(done)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	m.cmd, m.done, m.ours = cmd, done, false
	return nil
}

func (m *member) running() bool {
	if m.cmd == nil {
		return false
	}
	select {
	case <-m.done:
		return false
	default:
		return true
	}
}

// kill ends the process as kill -9 does.
func (m *member) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.running() {
		return
	}
	_ = m.cmd.Process.Kill() // fails only where the process has just ended
	<-m.done
	m.ours = true
	m.kills++
}

// halt stops the process without ending it, and resume lets it go on.
func (m *member) halt() error { return m.signal(syscall.SIGSTOP) }

func (m *member) resume() error { return m.signal(syscall.SIGCONT) }

func (m *member) signal(sig syscall.Signal) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.running() {
		return nil
	}
	return m.cmd.Process.Signal(sig)
}

// leaveBound is how long a process may take to end well: its drain, and what it takes to leave the group.
const leaveBound = 30 * time.Second

// stop ends the process as an orchestrator does, and demands that it ends well.
func (m *member) stop() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.running() {
		return nil
	}
	m.ours = true
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-m.done:
		if m.ended != nil {
			return fmt.Errorf("%s after SIGTERM: %w", m.name, m.ended)
		}
		return nil
	case <-time.After(leaveBound):
		_ = m.cmd.Process.Kill()
		<-m.done
		return fmt.Errorf("%s did not end within %s of SIGTERM", m.name, leaveBound)
	}
}

// unbidden says whether the process ended without being asked to.
func (m *member) unbidden() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd == nil || m.ours || m.running() {
		return nil
	}
	return fmt.Errorf("%s ended by itself: %w", m.name, m.ended)
}

// dump writes what the admin port says to a file, and gives its name.
func (m *member) dump() (string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	file := filepath.Join(m.dir, m.name+".metrics")
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // see Sync
	for _, path := range []string{"/metrics", "/readyz", "/healthz"} {
		resp, err := client.Get("http://" + m.addr + path)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(f, resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return "", err
		}
	}
	return file, f.Sync()
}
