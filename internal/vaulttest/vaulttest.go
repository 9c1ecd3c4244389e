// Package vaulttest starts a real Vault server for a test.
//
// The server is OpenBao 2.7.2, the open server that speaks Vault's API, or the program that VOILE_TEST_VAULT names
// (HashiCorp Vault's own, for example): the same tests hold for both.
//
// Before: nothing needs to be installed but Python's pip, by which the program is fetched once into the
// repository's git-ignored folder .cache. Without it the test fails where CI=true and plainly skips elsewhere;
// under -short it always skips.
// During: the server listens on a free port of the loopback interface, keeps what it stores in memory (Start) or in a
// temporary folder (StartPersistent, StartTLS), and knows one root token, which is in no command line.
// After: it ends with the test, also when the test process is killed; its log is shown where the test failed.
package vaulttest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Server is a running Vault server: unsealed, with a KV version 2 engine at secret/, as `server -dev` has it.
// Its methods are for the goroutine of the test that is handed to them.
type Server struct {
	Address   string // http://127.0.0.1:port, https:// after StartTLS
	RootToken string

	// After StartTLS only: PEM files. The server demands the client certificate.
	CAFile, ClientCertFile, ClientKeyFile string

	args      []string // of the program
	env       []string
	dir       string // temporary: home, log, storage, certificates
	program   string
	process   *process
	client    *http.Client
	unsealKey string // empty in dev mode
	namespace string
}

// Start starts a server in dev mode, whose data are in memory: what Stop ends is gone.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := prepare(tb)
	s.RootToken = "root-" + randomHex(tb)
	s.env = append(s.env, "BAO_DEV_ROOT_TOKEN_ID="+s.RootToken, "VAULT_DEV_ROOT_TOKEN_ID="+s.RootToken)
	s.startOnFreePort(tb, func(host string) {
		s.Address = "http://" + host
		s.args = []string{"server", "-dev", "-dev-no-store-token", "-dev-listen-address=" + host}
	})
	s.awaitUnsealed(tb)
	return s
}

// StartPersistent starts a server whose data survive Stop and Restart.
func StartPersistent(tb testing.TB) *Server {
	tb.Helper()
	s := prepare(tb)
	s.startStored(tb, false)
	return s
}

// StartTLS is StartPersistent behind TLS, under a certification authority of its own, with a client certificate demanded.
func StartTLS(tb testing.TB) *Server {
	tb.Helper()
	s := prepare(tb)
	s.writeCertificates(tb)
	s.startStored(tb, true)
	return s
}

// Program is the path of the server's program, which is its command-line client too.
func (s *Server) Program() string { return s.program }

// Stop ends the server: connections are refused from now on.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if err := s.process.stop(); err != nil {
		tb.Fatalf("vaulttest: stop: %v", err)
	}
}

// Restart starts a stopped persistent server at its old address and unseals it.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	if s.unsealKey == "" {
		tb.Fatal("vaulttest: Restart of a server in dev mode, whose data are gone: use StartPersistent")
	}
	if err := s.run(); err != nil {
		tb.Fatalf("vaulttest: restart: %v", err)
	}
	s.Unseal(tb)
}

// Pause halts the server without ending it: connections are accepted by the system, and nothing answers.
func (s *Server) Pause(tb testing.TB) {
	tb.Helper()
	if err := s.process.pause(); err != nil {
		tb.Fatalf("vaulttest: pause: %v", err)
	}
}

// Resume ends a Pause.
func (s *Server) Resume(tb testing.TB) {
	tb.Helper()
	if err := s.process.resume(); err != nil {
		tb.Fatalf("vaulttest: resume: %v", err)
	}
}

// prepare finds the program and makes the temporary folder. It skips or fails the test where there is no program.
func prepare(tb testing.TB) *Server {
	tb.Helper()
	if testing.Short() {
		tb.Skip("vaulttest: -short: the test needs a real Vault server")
	}
	path, err := program()
	if err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("vaulttest: no Vault server, which CI=true makes a failure: %v", err)
		}
		tb.Skipf("vaulttest: SKIPPED, no Vault server: %v", err)
	}
	s := &Server{program: path, dir: tb.TempDir(), client: &http.Client{Timeout: 15 * time.Second}}
	s.env = append(cleanEnvironment(), "HOME="+s.dir)
	tb.Cleanup(func() {
		if s.process != nil {
			if err := s.process.stop(); err != nil {
				tb.Errorf("vaulttest: stop: %v", err)
			}
		}
		s.client.CloseIdleConnections()
		if tb.Failed() {
			tb.Logf("vaulttest: the end of the server's log:\n%s", s.logTail())
		}
	})
	return s
}

// startOnFreePort starts the server on a port that was free a moment ago, and again on another one if it was taken since.
func (s *Server) startOnFreePort(tb testing.TB, configure func(host string)) {
	tb.Helper()
	var err error
	for range 5 {
		var host string
		if host, err = freePort(); err != nil {
			break
		}
		configure(host)
		if err = s.run(); err == nil {
			return
		}
	}
	tb.Fatalf("vaulttest: %s does not start: %v\n%s", s.program, err, s.logTail())
}

// run starts the program and waits until it answers on its port, whatever it answers.
func (s *Server) run() error {
	p, err := start(s.program, s.args, s.env, s.logFile())
	if err != nil {
		return err
	}
	s.process = p
	deadline := time.Now().Add(30 * time.Second)
	for {
		response, err := s.client.Get(s.Address + "/v1/sys/health")
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-p.done:
			return fmt.Errorf("the server ended: %v", p.result)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer within 30 s: %w", err)
		}
	}
}

// awaitUnsealed waits until the server is the unsealed, active node and has its KV engine.
func (s *Server) awaitUnsealed(tb testing.TB) {
	tb.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		status, _, err := s.request(http.MethodGet, "sys/health", nil)
		if err == nil && status == http.StatusOK {
			// Dev mode mounts secret/ after it has unsealed itself.
			if s.unsealKey != "" {
				return
			}
			if status, _, err = s.request(http.MethodGet, "secret/config", nil); err == nil && status == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			tb.Fatalf("vaulttest: the server is not ready after 30 s: status %d, %v\n%s", status, err, s.logTail())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *Server) logFile() string { return filepath.Join(s.dir, "server.log") }

// logTail returns the last 8 KiB of the server's log, without the lines that dev mode shows its secrets in.
func (s *Server) logTail() string {
	text, err := os.ReadFile(s.logFile())
	if err != nil {
		return err.Error()
	}
	const most = 8 << 10
	if len(text) > most {
		text = text[len(text)-most:]
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "Root Token:") && !strings.Contains(line, "Unseal Key:") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// cleanEnvironment returns the environment without what the developer has set for a Vault server or client of their own.
func cleanEnvironment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "VAULT_") && !strings.HasPrefix(entry, "BAO_") && !strings.HasPrefix(entry, "HOME=") {
			kept = append(kept, entry)
		}
	}
	return kept
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func randomHex(tb testing.TB) string {
	tb.Helper()
	b := make([]byte, 12)
	if _, err := rand.Read(b); err != nil {
		tb.Fatalf("vaulttest: %v", err)
	}
	return hex.EncodeToString(b)
}
