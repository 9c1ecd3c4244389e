package repo

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Build builds a package of the repository into the file exe.
//
// It reads the folders of the sources as well, for one reason: go test keeps the result of a test whose binary, environment and
// opened files are what they were, and of a program that the test builds it knows nothing. A folder that was opened counts with
// the names, sizes and times of its files.
func Build(exe, pkg string) error {
	root, err := Root()
	if err != nil {
		return err
	}
	for _, dir := range []string{"cmd", "pipeline", "crypto", "config"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() == "testdata" {
				return fs.SkipDir
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			return err
		}
	}
	if out, err := exec.Command("go", "build", "-o", exe, pkg).CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w: %s", pkg, err, out)
	}
	return nil
}
