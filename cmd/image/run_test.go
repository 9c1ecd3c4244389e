package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// inContainer does what a container's runtime does before it hands over: a mount namespace of its own, the image's files
// read-only at the root, the configuration read-only in it, the image's user and groups. Then it tries to write as root, in
// vain, and becomes the program.
const inContainer = `
root=$1 config=$2 user=$3; shift 3
mount --bind "$root" "$root"
mount --bind "$config" "$root/etc/voile"
mount -o remount,bind,ro "$root/etc/voile"
mount -o remount,bind,ro "$root"
for file in "$root/written" "$root/etc/voile/written"; do
	if message=$(LC_ALL=C touch "$file" 2>&1); then echo "$file could be written" >&2; exit 97; fi
	case $message in *"Read-only file system"*) ;; *) echo "$message" >&2; exit 98;; esac
done
exec setpriv --no-new-privs chroot --userspec="$user" --groups="${user#*:}" "$root" "$@"
`

const testYAML = `
kafka: {brokers: ["127.0.0.1:1"]}
vault: {address: "https://127.0.0.1:1", auth: {token: {file: /etc/voile/vault-token}}}
quarantine: {topic: voile.quarantine}
admin: {listen: "127.0.0.1:0"}
domains: {customer-email: {method: tokenize, value: email}}
routes:
  - {name: web, from: [events.raw], to: events, fields: [{path: $.email, domain: customer-email}]}
`

// testRun starts the program from the unpacked image as its configuration says.
func testRun(t *testing.T, img v1.Image) {
	if err := exec.Command("unshare", "--mount", "true").Run(); runtime.GOOS != "linux" || err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the image cannot be run here: it needs Linux, root, util-linux and coreutils (unshare --mount true: %v)", err)
		}
		t.Skipf("SKIPPED, the image was not run: it needs Linux, root, util-linux and coreutils (unshare --mount true: %v)", err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c := container{user: config.Config.User, entrypoint: config.Config.Entrypoint, root: t.TempDir(), config: t.TempDir()}
	flat := mutate.Extract(img)
	untar(t, flat, c.root)
	_ = flat.Close()
	if err := os.MkdirAll(filepath.Join(c.root, "etc", "voile"), 0o755); err != nil { // the mount point, as a runtime makes it
		t.Fatal(err)
	}
	for name, text := range map[string]string{"voile.yaml": testYAML, "vault-token": "hvs.none"} {
		if err := os.WriteFile(filepath.Join(c.config, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("version", func(t *testing.T) {
		want := fmt.Sprintf("voile %s, %s linux/%s\n", testVersion, runtime.Version(), runtime.GOARCH)
		if got := c.output(t, "version"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("check", func(t *testing.T) { c.output(t, "check", "/etc/voile/voile.yaml") })
	t.Run("admin port", func(t *testing.T) { testAdmin(t, c, config.Config.Cmd) })
}

// A container is an unpacked image and how to start it.
type container struct {
	user         string
	entrypoint   []string
	root, config string
}

func (c container) command(args ...string) *exec.Cmd {
	script := append([]string{"--mount", "sh", "-euc", inContainer, "sh", c.root, c.config, c.user}, c.entrypoint...)
	cmd := exec.Command("unshare", append(script, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // no HOME, no TZ, no SSL_CERT_FILE
	return cmd
}

func (c container) output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := c.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("voile %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}

// testAdmin runs the image's own command until the admin port answers, looks at the process, and ends it.
func testAdmin(t *testing.T, c container, args []string) {
	cmd := c.command(args...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log lines
	read := make(chan struct{})
	go func() { log.follow(stderr); close(read) }()
	defer func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("its log:\n%s", log.text())
		}
	}()
	address := log.await(t, read, "admin port open", "address")
	if got := get(t, "http://"+address+"/healthz"); got != "200 alive" {
		t.Errorf("/healthz: %s, want 200 alive", got)
	}
	if got := get(t, "http://"+address+"/readyz"); !strings.HasPrefix(got, "503 ") {
		t.Errorf("/readyz: %s, want 503: there is no Vault", got)
	}

	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Name:\tvoile\n", "Uid:\t65532\t65532\t65532\t65532\n", "Gid:\t65532\t65532\t65532\t65532\n",
		"Groups:\t65532 \n", "CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n"} {
		if !bytes.Contains(status, []byte(want)) {
			t.Errorf("its status has no %q:\n%s", want, status)
		}
	}
	mounts, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// Seen from within: what lies outside its root a process does not see.
	if n := strings.Count(string(mounts), "\n"); n != 2 {
		t.Errorf("it can see %d file systems, want its root and /etc/voile:\n%s", n, mounts)
	}
	for line := range strings.Lines(string(mounts)) {
		if field := strings.Fields(line); !strings.HasPrefix(field[5]+",", "ro,") {
			t.Errorf("it can see a file system that is not read-only: %s", line)
		}
	}

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-read
	if err := cmd.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", answer.StatusCode, strings.TrimSpace(string(body)))
}

// lines is a log that is still being written.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) follow(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		l.mu.Lock()
		l.all = append(l.all, s.Text())
		l.mu.Unlock()
	}
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

// await gives the member of the first line with that message.
func (l *lines) await(t *testing.T, ended <-chan struct{}, message, member string) string {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for over := false; ; {
		for line := range strings.Lines(l.text()) {
			var entry map[string]any
			if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == message {
				value, _ := entry[member].(string)
				return value
			}
		}
		if over {
			t.Fatalf("no line %q:\n%s", message, l.text())
		}
		select {
		case <-ended:
			over = true
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			over = true
		}
	}
}

// untar unpacks what this package packs: files in folders.
func untar(t *testing.T, from io.Reader, dir string) {
	t.Helper()
	for r := tar.NewReader(from); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(h.Name) {
			t.Fatalf("%s is no file, or outside", h.Name)
		}
		file := filepath.Join(dir, h.Name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

func goarch(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(command(t, root(t), nil, "go", "env", "GOARCH"))
}
