package kafkatest

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"voile/internal/repo"
)

// pom names the jars of the broker and of its console tools.
//
//go:embed pom.xml
var pom []byte

// jars gives the folder of Kafka's jars, and fetches them when they are not there yet, or belong to another pom.
//
// Packages are tested in parallel by processes of their own, so that a file lock lets one of them fetch. The folder
// appears under its name by a rename, whole or not at all.
func jars() (string, error) {
	for _, program := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%s: %w (install a JDK 17 or later, and Maven)", program, errMissing)
		}
	}
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	home := filepath.Join(root, ".cache", "kafka-4.1.1")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", err
	}
	unlock, err := repo.Lock(filepath.Join(home, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()

	libs := filepath.Join(home, "libs")
	if have, err := os.ReadFile(filepath.Join(libs, "pom.xml")); err == nil && bytes.Equal(have, pom) {
		return libs, nil
	}
	return libs, fetch(home, libs)
}

func fetch(home, libs string) error {
	next, err := os.MkdirTemp(home, "next-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(next) }()
	if err := os.WriteFile(filepath.Join(next, "pom.xml"), pom, 0o644); err != nil {
		return err
	}
	out, err := exec.Command("mvn", "--quiet", "--batch-mode", "--file", filepath.Join(next, "pom.xml"),
		"-DincludeScope=runtime", "-DoutputDirectory="+next, "dependency:copy-dependencies").CombinedOutput()
	if err != nil {
		return fmt.Errorf("mvn could not fetch Kafka's jars: %w\n%s", err, out)
	}
	if err := os.RemoveAll(libs); err != nil {
		return err
	}
	return os.Rename(next, libs)
}
