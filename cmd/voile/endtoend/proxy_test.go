package endtoend

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"voile/crypto/vault"
	"voile/internal/kafkatest"
	"voile/internal/repo"
	"voile/internal/vaulttest"
)

// program builds voile once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "voile")
	if err != nil {
		return "", err
	}
	exe := filepath.Join(dir, "voile")
	return exe, repo.Build(exe, "voile/cmd/voile")
})

// A site is everything that one proof needs: a broker, a Vault server with voile's keysets, the program and its
// configuration in a folder.
type site struct {
	exe     string
	dir     string
	brokers []string
	vault   *vaulttest.Server
	env     []string
	admin   string
}

// newSite starts what is needed and makes the keysets for the configuration text, which uses the variables of
// docs/examples/omnichannel.yaml.
func newSite(t testing.TB, configuration string) *site {
	t.Helper()
	return newSiteOn(t, kafkatest.Start(t), configuration)
}

// newSiteOn is newSite on a broker that is there already.
func newSiteOn(t testing.TB, cluster *kafkatest.Cluster, configuration string) *site {
	t.Helper()
	return newSiteWith(t, cluster, vaulttest.Start(t), configuration)
}

// newSiteWith is newSite on a broker and a Vault server that are there already.
func newSiteWith(t testing.TB, cluster *kafkatest.Cluster, server *vaulttest.Server, configuration string) *site {
	t.Helper()
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{exe: exe, dir: t.TempDir(), brokers: cluster.Brokers(), vault: server, admin: freeAddress(t)}
	server.EnableTransit(t, "transit")
	s.write(t, "voile.yaml", configuration)
	s.env = append(os.Environ(),
		"KAFKA_BROKERS="+s.brokers[0], "VAULT_ADDR="+server.Address,
		"VAULT_TOKEN_FILE="+s.path("vault-token"), "VOILE_ADMIN="+s.admin, "VOILE_CONFIG="+s.path("voile.yaml"))
	s.makeKeys(t)
	s.write(t, "vault-token", s.login(t, vault.RoleProxy))
	return s
}

// makeKeys makes the keysets of the site's configuration, and the policy voile-proxy.
func (s *site) makeKeys(t testing.TB) {
	t.Helper()
	s.login(t, vault.RoleProxy)
	if out, err := s.command("VAULT_TOKEN="+s.login(t, vault.RoleKeyAdmin), "keys", "init").CombinedOutput(); err != nil {
		t.Fatalf("voile keys init: %v\n%s", err, out)
	}
}

// login writes the policy that the program prints for a role, and gives a Vault token with it: what the role may, and no more.
func (s *site) login(t testing.TB, role vault.Role) string {
	t.Helper()
	policy, err := s.command("", "keys", "policy", string(role)).Output()
	if err != nil {
		t.Fatalf("voile keys policy %s: %v", role, err)
	}
	name := "voile-" + string(role)
	s.vault.WritePolicy(t, name, string(policy))
	return s.vault.Token(t, name, time.Hour, nil)
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

func (s *site) write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// command is voile with args, and with one more variable (or "").
func (s *site) command(variable string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.exe, args...)
	cmd.Env = append(append([]string{}, s.env...), variable)
	cmd.Dir = s.dir
	return cmd
}

// A proxy is one running `voile run`.
type proxy struct {
	site *site
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan error
}

// run starts the proxy. Its log goes to the test's on failure.
func (s *site) run(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{site: s, cmd: s.command("", "run"), log: &lockedBuffer{}, done: make(chan error, 1)}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of voile, process %d:\n%s", p.cmd.Process.Pid, p.log)
		}
	})
	return p
}

func (p *proxy) kill() {
	_ = p.cmd.Process.Kill()
	select {
	case err := <-p.done:
		p.done <- err
	case <-time.After(10 * time.Second):
	}
}

// stop ends the proxy as an orchestrator does, and checks that it ends well and in time.
func (p *proxy) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.done:
		p.done <- err
		if err != nil {
			t.Errorf("voile run after SIGTERM: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("voile run did not end within 10 s of SIGTERM")
	}
}

// get asks the admin port; "" where it does not answer yet.
func (s *site) get(path string) (code int, body string) {
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get("http://" + s.admin + path)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(data)
}

// total sums a metric over its labels, those that hold all of want.
func (s *site) total(metric string, want ...string) (sum float64) {
	_, body := s.get("/metrics")
	for line := range strings.Lines(body) {
		m := sample.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || m[1] != metric || !containsAll(m[2], want) {
			continue
		}
		v, err := strconv.ParseFloat(m[3], 64)
		if err == nil {
			sum += v
		}
	}
	return sum
}

var sample = regexp.MustCompile(`^(\w+)(\{.*\})? (\S+)$`)

func containsAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// waitFor polls until ok, within the bound.
func waitFor(t *testing.T, what string, bound time.Duration, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %s", what, bound)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // the address is what counts
	return l.Addr().String()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
