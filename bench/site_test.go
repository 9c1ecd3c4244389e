package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// adminVariable names the address at which a voile has its metrics.
const adminVariable = "VOILE_ADMIN"

// voile makes the command that runs voile with a configuration, and before it the keys, and a Vault token that may do what
// the role of a proxy may and no more. What voile says against it is the command's error.
func (r *ring) voile(program, sink, configuration string) *exec.Cmd {
	t := r.t
	t.Helper()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(path("voile.yaml"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "KAFKA_BROKERS="+r.brokers[0], "VAULT_ADDR="+r.vault.Address, "VAULT_TOKEN_FILE="+path("vault-token"),
		adminVariable+"="+freeAddress(t), "VOILE_CONFIG="+path("voile.yaml"))
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(program, args...)
		cmd.Env, cmd.Dir = env, dir
		return cmd
	}
	token := func(role string) (string, error) {
		var complaint bytes.Buffer
		cmd := command("keys", "policy", role)
		cmd.Stderr = &complaint
		policy, err := cmd.Output()
		if err != nil {
			return "", fmt.Errorf("voile keys policy %s: %w\n%s", role, err, complaint.Bytes())
		}
		r.vault.WritePolicy(t, sink+"-"+role, string(policy))
		return r.vault.Token(t, sink+"-"+role, 6*time.Hour, nil), nil
	}
	keyAdmin, err1 := token("key-admin")
	proxy, err2 := token("proxy")
	if err := errors.Join(err1, err2); err != nil {
		return &exec.Cmd{Err: err}
	}
	init := command("keys", "init")
	init.Env = append(init.Env, "VAULT_TOKEN="+keyAdmin)
	if out, err := init.CombinedOutput(); err != nil {
		return &exec.Cmd{Err: fmt.Errorf("voile keys init: %w\n%s", err, out)}
	}
	if err := os.WriteFile(path("vault-token"), []byte(proxy), 0o600); err != nil {
		t.Fatal(err)
	}
	return command("run")
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody has connected
	return l.Addr().String()
}
