package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// profileVariable names, for a voile that was built with buildProfiled, where the profiles go: a path without the ends
// .cpu.pprof and .allocs.pprof.
const profileVariable = "VOILE_BENCH_PROFILE"

// buildProfiled is `make build` with one more file, which is not in the product: overlay/profile.go.txt.
func buildProfiled(root, path string) *exec.Cmd {
	overlay, _ := json.Marshal(map[string]map[string]string{"Replace": { // texts only: never fails
		filepath.Join(root, "cmd", "voile", "benchprofile.go"): filepath.Join(root, "bench", "overlay", "profile.go.txt")}})
	file := path + ".overlay.json"
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return &exec.Cmd{Err: err}
	}
	cmd := exec.Command("go", "build", "-overlay", file, "-trimpath", "-buildvcs=false", "-ldflags", "-w", "-o", path, "./cmd/voile")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOAMD64=v1", "GOARM64=v8.0")
	return cmd
}

// endWithProfile has a profiled process write its profiles, and waits until it has ended.
func endWithProfile(p *child) error {
	if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = p.kill()
	}
	if p.err != nil {
		return fmt.Errorf("no profile: %w", p.err)
	}
	return nil
}

// profileName is a contender's name as that of a file.
func profileName(contender string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", ":", "", ",", "").Replace(contender))
}

func TestProfiledVoile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program: left out under -short")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	program, prefix := filepath.Join(dir, "voile"), filepath.Join(dir, "demo")
	if out, err := buildProfiled(root, program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "demo")
	cmd.Env = append(os.Environ(), profileVariable+"="+prefix)
	demo, err := start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if err := endWithProfile(demo); err != nil {
		t.Fatalf("%v\n%s", err, demo.log)
	}
	for _, kind := range []string{".cpu.pprof", ".allocs.pprof"} {
		out, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount=1", program, prefix+kind).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "File: voile") {
			t.Errorf("%s: %v\n%s", kind, err, out)
		}
	}
}
