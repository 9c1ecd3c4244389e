// Package repo tells tests where they are: the repository's root, and the shared test data beside it.
//
// It is for tests only and MUST NOT be imported by anything that is shipped.
package repo

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Root gives the folder of the repository, the one that holds go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = parent
	}
}

// Shared gives the path of a file or folder of the shared test data: below VOILE_SHARED, or below `shared` beside the
// repository. Where it is missing the test skips and says so; under CI=true it fails, for a proof that did not run is
// no proof.
func Shared(tb testing.TB, name string) string {
	tb.Helper()
	dir := os.Getenv("VOILE_SHARED")
	if dir == "" {
		root, err := Root()
		if err != nil {
			tb.Fatal(err)
		}
		dir = filepath.Join(root, "..", "shared")
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("the shared test data is missing: %v", err)
		}
		tb.Skipf("SKIPPED without the shared test data (VOILE_SHARED names its folder): %v", err)
	}
	return path
}
