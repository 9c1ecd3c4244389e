// Package nodetest runs scripts of Node in tests, with packages of npm: oracles that judge as we do, and the real clients
// whose events the profiles are for.
//
// Before: node 20 or later and npm are on the PATH. Where one is missing a test skips and says so, and under CI=true it
// fails: a proof that did not run is no proof. Under -short every test that asks for a script skips.
//
// During: a folder holds package.json, package-lock.json and scripts. Its packages are installed once for all tests and
// runs, into the git-ignored folder .cache/node at the root of the repository, under the digest of the lock file, which
// fixes the versions and digests of all of them. The lock file names no registry (npm install
// --omit-lockfile-registry-resolved writes it so); npm asks the one it is configured for. Scripts of packages do not run at
// the installation.
//
// After: what a script wrote beside itself is gone.
//
// The package is for tests only and MUST NOT be imported by anything that is shipped.
package nodetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/internal/repo"
)

// runTimeout bounds one run of a script, installTimeout the installation of its packages.
const (
	runTimeout     = 5 * time.Minute
	installTimeout = 10 * time.Minute
)

// Run runs script, a file of the folder dir, with stdin as its standard input and args as its arguments, and gives its
// standard output. dir is relative to the folder of the test's package, as testdata/oracle. The test fails where the
// script's exit code is not 0, and shows what it wrote to standard error. Scripts may require or import each other and the
// packages of dir/package.json.
func Run(tb testing.TB, dir, script string, stdin []byte, args ...string) []byte {
	tb.Helper()
	if testing.Short() {
		tb.Skip("SKIPPED under -short: needs Node and packages of npm")
	}
	if err := present(); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skipf("SKIPPED without Node: %v", err)
	}
	out, err := run(tb.Context(), dir, script, stdin, args)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// present says whether Node and npm are there, and new enough.
func present() error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is not installed (install Node 20 or later, with npm)", program)
		}
	}
	out, err := exec.Command("node", "--print", "parseInt(process.versions.node) >= 20").Output()
	if err != nil || strings.TrimSpace(string(out)) != "true" {
		return errors.New("node is older than 20, or does not start (install Node 20 or later)")
	}
	return nil
}

func run(ctx context.Context, dir, script string, stdin []byte, args []string) ([]byte, error) {
	home, err := install(ctx, dir)
	if err != nil {
		return nil, err
	}
	// Node looks for packages in the folders above the script's own, so that it runs from a folder inside home.
	here, err := os.MkdirTemp(home, "run-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(here) }()
	if err := os.CopyFS(here, os.DirFS(dir)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, runTimeout)
	defer cancel()
	var out, complaints bytes.Buffer
	node := exec.CommandContext(ctx, "node", append([]string{filepath.Join(here, script)}, args...)...)
	node.Dir, node.Stdin, node.Stdout, node.Stderr = here, bytes.NewReader(stdin), &out, &complaints
	if err := node.Run(); err != nil {
		return nil, fmt.Errorf("node %s: %w\n%s", filepath.Join(dir, script), err, complaints.Bytes())
	}
	return out.Bytes(), nil
}

// install gives the folder that holds the packages of dir, and installs them where they are not there yet. The folder
// appears under its name by a rename, whole or not at all.
func install(ctx context.Context, dir string) (home string, err error) {
	manifest, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return "", err
	}
	lock, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return "", err
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		return "", fmt.Errorf("%s names a registry: write it with npm install --omit-lockfile-registry-resolved", filepath.Join(dir, "package-lock.json"))
	}
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	all := filepath.Join(root, ".cache", "node")
	if err := os.MkdirAll(all, 0o755); err != nil {
		return "", err
	}
	unlock, err := repo.Lock(filepath.Join(all, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	digest := sha256.Sum256(append(append(manifest, 0), lock...))
	home = filepath.Join(all, hex.EncodeToString(digest[:8]))
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	return home, fetch(ctx, home, map[string][]byte{"package.json": manifest, "package-lock.json": lock})
}

func fetch(ctx context.Context, home string, files map[string][]byte) error {
	next, err := os.MkdirTemp(filepath.Dir(home), "next-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(next) }()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(next, name), content, 0o644); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = next
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return os.Rename(next, home)
}
