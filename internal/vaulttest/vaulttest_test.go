package vaulttest

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	s := Start(t)
	if !strings.HasPrefix(s.Address, "http://127.0.0.1:") {
		t.Errorf("Address = %q, want the loopback interface", s.Address)
	}
	arguments := strings.Join(s.process.cmd.Args, " ")
	if strings.Contains(arguments, s.RootToken) {
		t.Error("the root token stands in the command line")
	}
	s.EnableTransit(t, "team/transit")
	s.Do(t, http.MethodPut, "team/transit/keys/one", map[string]any{})
	s.EnableAuth(t, "approle", "approle")
	s.WritePolicy(t, "reader", `path "secret/data/x" { capabilities = ["read"] }`)
	if token := s.Token(t, "reader", time.Minute, nil); token == "" {
		t.Error("Token is empty")
	}
	if role, secret := s.AppRole(t, "approle", "proxy", "reader", nil); role == "" || secret == "" {
		t.Error("AppRole is empty")
	}
	for _, file := range []string{".vault-token", ".bao-token"} {
		if _, err := os.Stat(filepath.Join(s.dir, file)); err == nil {
			t.Errorf("the root token was left in %s", file)
		}
	}
	s.Stop(t)
	if _, _, err := s.request(http.MethodGet, "sys/health", nil); err == nil {
		t.Error("the server answers after Stop")
	}
	s.Stop(t)
}

// get asks a server for its health as any client does.
func get(address string) error {
	response, err := http.Get(address + "/v1/sys/health")
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func TestRestartKeepsData(t *testing.T) {
	s := StartPersistent(t)
	s.Do(t, http.MethodPut, "secret/data/kept", map[string]any{"data": map[string]any{"word": "still here"}})
	s.Stop(t)
	s.Restart(t)
	answer := s.Do(t, http.MethodGet, "secret/data/kept", nil)
	data, _ := answer["data"].(map[string]any)
	inner, _ := data["data"].(map[string]any)
	if inner["word"] != "still here" {
		t.Errorf("after Restart: %v", inner)
	}
	s.Seal(t)
	if status, _, err := s.request(http.MethodGet, "secret/data/kept", nil); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("sealed: status %d, %v, want 503", status, err)
	}
	s.Unseal(t)
	s.Do(t, http.MethodGet, "secret/data/kept", nil)
}

func TestPause(t *testing.T) {
	s := Start(t)
	s.client.Timeout = 300 * time.Millisecond
	s.Pause(t)
	if _, _, err := s.request(http.MethodGet, "sys/health", nil); err == nil {
		t.Error("the server answers while it is halted")
	}
	s.Resume(t)
	s.client.Timeout = 15 * time.Second
	s.Do(t, http.MethodGet, "sys/health", nil)
	s.Pause(t) // the cleanup must end a halted server too
}

func TestTLS(t *testing.T) {
	s := StartTLS(t)
	if !strings.HasPrefix(s.Address, "https://") {
		t.Errorf("Address = %q, want https", s.Address)
	}
	s.Do(t, http.MethodGet, "secret/config", nil)
	if err := get(s.Address); err == nil {
		t.Error("the server answers to a client that knows neither its authority nor has a certificate")
	}
}

func TestNamespace(t *testing.T) {
	s := Start(t)
	team := s.Namespace(t, "team")
	team.EnableKV(t, "secret")
	team.Do(t, http.MethodPut, "secret/data/x", map[string]any{"data": map[string]any{"a": "b"}})
	if status, _, err := s.request(http.MethodGet, "secret/data/x", nil); err != nil || status != http.StatusNotFound {
		t.Errorf("outside the namespace: status %d, %v, want 404", status, err)
	}
}

// A test process that is killed runs no cleanup, and its server must end all the same.
func TestEndsWithKilledTest(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: only Linux ends a program with its parent")
	}
	const address = "VAULTTEST_ADDRESS_FILE"
	if file := os.Getenv(address); file != "" {
		s := Start(t)
		if err := os.WriteFile(file+".tmp", []byte(s.Address), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".tmp", file); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		return
	}
	if testing.Short() {
		t.Skip("-short")
	}
	if _, err := program(); err != nil {
		prepare(t) // skips or fails
	}
	dir := t.TempDir() // the child leaves its own behind
	file := filepath.Join(dir, "address")
	child := exec.Command(os.Args[0], "-test.run=^TestEndsWithKilledTest$")
	child.Env = append(os.Environ(), address+"="+file, "TMPDIR="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var where []byte
	for range 600 {
		if where, _ = os.ReadFile(file); where != nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if where == nil {
		t.Fatalf("the child started no server; kill: %v", child.Process.Kill())
	}
	if err := get(string(where)); err != nil {
		t.Errorf("before: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // reports the kill
	for range 100 {
		if err := get(string(where)); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the server answers 2 s after its test was killed")
}
