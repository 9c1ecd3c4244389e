package repo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock takes the file's exclusive lock, between processes too, and waits for it as long as it takes: packages are tested in
// parallel, and one of them fetches what all need. The kernel lets it go with the process, if unlock does not before.
func Lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock of %s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil
}
