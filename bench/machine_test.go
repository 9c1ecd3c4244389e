package bench

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"voile/bench/report"
)

// build builds voile as it is released, or with what writes profiles, and the contenders' modules, each once. Both maps go
// by contender.program: a program that cannot be built is a failure of those who need it.
func build(t *testing.T, root string, list []contender, profiled bool) (programs map[string]string, failures map[string]error) {
	t.Helper()
	dir := t.TempDir()
	programs, failures = map[string]string{}, map[string]error{}
	for _, c := range list {
		if programs[c.program] != "" || failures[c.program] != nil {
			continue
		}
		path := filepath.Join(dir, filepath.Base(c.program))
		if err := buildOne(root, c.program, path, profiled); err != nil {
			failures[c.program] = fmt.Errorf("it cannot be built: %w", err)
			continue
		}
		programs[c.program] = path
	}
	return programs, failures
}

func buildOne(root, program, path string, profiled bool) error {
	var cmd *exec.Cmd
	switch {
	case program == streamsProgram:
		return buildStreams(root, path)
	case program != "voile":
		cmd = exec.Command("go", "build", "-trimpath", "-o", path, ".")
		cmd.Dir = filepath.Join(root, "bench", filepath.FromSlash(program))
	case profiled:
		cmd = buildProfiled(root, path)
	default:
		cmd = exec.Command("make", "-s", "-C", root, "BINARY="+path, "build")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}

// libraries are those whose versions a reader of the tables wants to know.
var libraries = map[string]string{"github.com/segmentio/kafka-go": "kafka-go", "github.com/tink-crypto/tink-go/v2": "Tink",
	"github.com/bytedance/sonic": "sonic", "github.com/minio/simdjson-go": "simdjson-go", "github.com/benthosdev/benthos/v4": "Benthos"}

// versionsOf gives Go's version and those of the libraries, as they are in the programs.
func versionsOf(t *testing.T, programs map[string]string) map[string]string {
	t.Helper()
	versions := map[string]string{}
	for name, path := range programs {
		if name == streamsProgram {
			of, err := streamsVersions(path)
			if err != nil {
				t.Fatal(err)
			}
			maps.Copy(versions, of)
			continue
		}
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		versions["Go"] = strings.TrimPrefix(info.GoVersion, "go")
		for _, dep := range info.Deps {
			label := libraries[dep.Path]
			if label == "" {
				continue
			}
			version := strings.TrimPrefix(dep.Version, "v")
			if before := versions[label]; before != "" && before != version {
				t.Fatalf("%s has %s %s, another program has %s", name, label, version, before)
			}
			versions[label] = version
		}
	}
	return versions
}

// commit is the last one, with -dirty where files differ from it; what a benchmark writes itself is not looked at.
func commit(t *testing.T, root string) string {
	t.Helper()
	git := func(args ...string) (string, error) {
		out, err := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	last, err1 := git("rev-parse", "--short", "HEAD")
	differ, err2 := git("status", "--porcelain", "--", ".", ":!docs/performance.md", ":!docs/performance")
	if err := errors.Join(err1, err2); err != nil {
		t.Logf("no commit: %v", err)
		return "unknown"
	}
	if differ != "" {
		last += "-dirty"
	}
	return last
}

// calm waits until the machine has nothing else to do, as after another benchmark, but not for long.
func calm(t *testing.T, busy func(load float64) bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); busy(loadAverage(t)) && time.Now().Before(deadline); time.Sleep(5 * time.Second) {
		fmt.Printf("waiting, because the load average is %.1f\n", loadAverage(t))
	}
}

func kafkaVersion(t *testing.T, root string) string {
	t.Helper()
	jars, err := filepath.Glob(filepath.Join(root, ".cache", "kafka-*", "libs", "kafka-clients-*.jar"))
	if err != nil || len(jars) != 1 {
		t.Fatalf("Kafka's version: %v, %v", jars, err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(jars[0]), "kafka-clients-"), ".jar")
}

func (r *ring) vaultVersion(t *testing.T) string {
	t.Helper()
	version, _ := r.vault.Do(t, "GET", "sys/health", nil)["version"].(string)
	return version
}

func machine(t *testing.T) report.Machine {
	t.Helper()
	line := func(path, key string) string {
		for line := range strings.Lines(read(t, path)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == key {
				return strings.TrimSpace(value)
			}
		}
		return ""
	}
	kilobytes, err := strconv.ParseInt(strings.TrimSuffix(line("/proc/meminfo", "MemTotal"), " kB"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	name := line("/proc/cpuinfo", "model name")
	if name == "" {
		name = "an unnamed " + runtime.GOARCH
	}
	return report.Machine{CPU: name, Cores: runtime.NumCPU(), Memory: kilobytes << 10,
		Kernel: strings.TrimSpace(read(t, "/proc/sys/kernel/osrelease"))}
}

// loadAverage is the machine's, over the last minute.
func loadAverage(t *testing.T) float64 {
	t.Helper()
	first, _, _ := strings.Cut(read(t, "/proc/loadavg"), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		t.Fatal(err)
	}
	return load
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
