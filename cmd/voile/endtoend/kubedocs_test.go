package endtoend

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/internal/repo"
	"voile/internal/vaulttest"
)

// shellBlock is a block of commands in Markdown.
var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// typesDocumentation types the commands of docs/kubernetes.md as they stand, one block after the other into one shell,
// with other values in the first block only. After the installation voile runs beside the shell with the ConfigMap of the
// cluster, as its pods would.
func typesDocumentation(t *testing.T, k *kubeCluster, cluster *kafkatest.Cluster, server *vaulttest.Server) {
	root, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "kubernetes.md"))
	if err != nil {
		t.Fatal(err)
	}
	docs := *k
	docs.namespace = "privacy"
	remove := func() {
		docs.kubectl(t, "delete", "namespace", "privacy", "--ignore-not-found")
		docs.kubectl(t, "delete", "clusterrolebinding", "vault-reviewer", "--ignore-not-found")
	}
	remove() // what a run that was killed left
	t.Cleanup(remove)
	sh := newShell(t, k, cluster, server)
	blocks := shellBlock.FindAllStringSubmatch(string(text), -1)
	installed := false
	for i, block := range blocks {
		commands := block[1]
		if i == 0 {
			commands = withValues(t, commands, map[string]string{"KAFKA": cluster.Brokers()[0], "VAULT_ADDR": server.Address})
		}
		out := sh.types(t, commands)
		switch {
		case strings.Contains(commands, "upgrade --install"):
			installed = true
			runsAsInstalled(t, &docs, cluster, server)
		case strings.Contains(commands, "kafka-console-consumer"):
			for _, want := range []string{`"userId": "vh1.customer-id.`, `"email": "vt1.customer-email.`, `"page": "/basket"}`} {
				if !strings.Contains(out, want) {
					t.Errorf("the consumer of the documentation prints\n%s\nwant %s in it", out, want)
				}
			}
		}
	}
	if !installed || len(blocks) < 10 {
		t.Errorf("docs/kubernetes.md has %d blocks of commands and no installation among them", len(blocks))
	}
}

// withValues sets shell variables that the commands set.
func withValues(t *testing.T, commands string, values map[string]string) string {
	t.Helper()
	for name, value := range values {
		assignment := regexp.MustCompile(`(?m)^((?:export )?` + name + `=)\S+`)
		if !assignment.MatchString(commands) {
			t.Fatalf("the first block of the documentation does not set %s:\n%s", name, commands)
		}
		commands = assignment.ReplaceAllString(commands, "${1}"+value)
	}
	return commands
}

// runsAsInstalled starts voile with the ConfigMap of the documentation's installation. Only the admin port and the place
// of the token are of this machine.
func runsAsInstalled(t *testing.T, k *kubeCluster, cluster *kafkatest.Cluster, server *vaulttest.Server) {
	t.Helper()
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{exe: exe, dir: t.TempDir(), brokers: cluster.Brokers(), vault: server, admin: freeAddress(t)}
	text := k.kubectl(t, "get", "configmap", "voile", "--output", `jsonpath={.data.voile\.yaml}`)
	for old, with := range map[string]string{
		"listen: :9640": "listen: " + s.admin,
		"role: voile":   "role: voile\n      jwt_file: " + s.path("token"),
	} {
		if strings.Count(text, old) != 1 {
			t.Fatalf("the configuration does not have %q once:\n%s", old, text)
		}
		text = strings.Replace(text, old, with, 1)
	}
	s.write(t, "voile.yaml", text)
	s.write(t, "token", k.token(t, k.awaitPods(t, "voile", 2, "")[0], "vault"))
	s.env = []string{"VOILE_CONFIG=" + s.path("voile.yaml")}
	if out, err := s.command("", "check", "--live", s.path("voile.yaml")).CombinedOutput(); err != nil || !strings.Contains(string(out), "rights in Vault") {
		t.Errorf("voile check --live, as the pod: %v\n%s", err, out)
	}
	s.run(t)
	waitFor(t, "ready", 30*time.Second, func() bool { code, _ := s.get("/readyz"); return code == http.StatusOK })
}

// A shell is one bash that runs as long as the test, in a folder that has the charts where the repository has them.
type shell struct {
	dir   string
	cmd   *exec.Cmd
	stdin io.Writer
	out   *bufio.Reader
	n     int // blocks so far
}

func newShell(t *testing.T, k *kubeCluster, cluster *kafkatest.Cluster, server *vaulttest.Server) *shell {
	t.Helper()
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "charts"), os.DirFS(filepath.Dir(chartFolder(t, "voile")))); err != nil {
		t.Fatal(err)
	}
	programs := t.TempDir()
	for name, path := range map[string]string{"vault": server.Program(), "voile": exe} {
		if err := os.Symlink(path, filepath.Join(programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	path := strings.Join([]string{programs, cluster.Tools(t), filepath.Join(k.dir, "bin"), os.Getenv("PATH")}, ":")
	cmd := exec.Command("bash", "-euo", "pipefail")
	cmd.Dir, cmd.Env = dir, append(k.env, "PATH="+path, "VAULT_TOKEN="+server.RootToken)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait() // the end of a shell that failed is reported where it failed
	})
	return &shell{dir: dir, cmd: cmd, stdin: stdin, out: bufio.NewReader(out)}
}

// types runs commands and gives what they print; a command that fails ends the test.
func (s *shell) types(t *testing.T, commands string) string {
	t.Helper()
	s.n++
	file, end := filepath.Join(s.dir, fmt.Sprintf(".block-%d", s.n)), fmt.Sprintf("end of block %d", s.n)
	if err := os.WriteFile(file, []byte(commands), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.stdin, "source %s </dev/null; echo %q\n", file, end); err != nil {
		t.Fatal(err)
	}
	bound := time.AfterFunc(3*time.Minute, func() { _ = s.cmd.Process.Kill() })
	defer bound.Stop()
	var printed strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if strings.TrimSpace(line) == end {
			return printed.String()
		}
		printed.WriteString(line)
		if err != nil {
			t.Fatalf("these commands of the documentation fail:\n%s\n%s", commands, printed.String())
		}
	}
}
