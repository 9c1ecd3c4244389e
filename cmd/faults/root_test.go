package faults

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// diskNode is the broker whose disk can be filled, clockNode the one whose clock can jump.
const (
	diskNode  = 3
	clockNode = 2
)

// A disk is a small file system of one broker.
type disk struct{ dir string }

// roomy is the size of a disk that is not full; what is not used takes no memory.
const roomy = "6g"

// newDisk mounts a disk; nil where that is not allowed.
func newDisk(t testing.TB) *disk {
	t.Helper()
	dir, err := os.MkdirTemp("", "voile-disk-")
	if err != nil {
		t.Fatal(err)
	}
	mounted := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0700,size="+roomy, "voile-faults", dir).Run() == nil
	t.Cleanup(func() {
		if mounted {
			if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
				t.Errorf("umount %s: %v %s", dir, err, out)
				return
			}
		}
		_ = os.Remove(dir)
	})
	if !mounted {
		return nil
	}
	return &disk{dir}
}

// shrink leaves the broker next to no room.
func (d *disk) shrink() error {
	// A file system that is in use cannot be made smaller than what is in it, which grows all the time.
	var err error
	for margin := int64(64 << 10); margin <= 16<<20; margin *= 2 {
		used, errUsed := d.used()
		if errUsed != nil {
			return errUsed
		}
		if err = d.resize(fmt.Sprint(used + margin)); err == nil {
			return nil
		}
	}
	return err
}

func (d *disk) grow() error { return d.resize(roomy) }

func (d *disk) resize(size string) error {
	if out, err := exec.Command("mount", "-o", "remount,size="+size, d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("remount %s with size %s: %w: %s", d.dir, size, err, out)
	}
	return nil
}

func (d *disk) used() (bytes int64, err error) {
	out, err := exec.Command("df", "--output=used", "-B1", d.dir).Output()
	if err != nil {
		return 0, fmt.Errorf("df %s: %w", d.dir, err)
	}
	var title string
	_, err = fmt.Sscan(string(out), &title, &bytes)
	return bytes, err
}

// A clock is the wall clock of one broker: the machine's and an offset in a file, which testdata/clock.c adds to it.
// (libfaketime 0.9.10 does that too, but takes hold of waiting as well, and a broker with it does not answer.)
type clock struct {
	file string
	env  []string
}

// newClock builds the library; nil without a C compiler, or on another system than Linux.
func newClock(t testing.TB, dir string) *clock {
	t.Helper()
	library := filepath.Join(dir, "clock.so")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-O2", "-o", library, filepath.Join("testdata", "clock.c")).CombinedOutput(); err != nil || runtime.GOOS != "linux" {
		t.Logf("no clock that can jump: %v %s", err, out)
		return nil
	}
	c := &clock{file: filepath.Join(dir, "clock")}
	c.env = []string{"LD_PRELOAD=" + library, "CLOCK_OFFSET=" + c.file}
	if err := c.set(0); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *clock) set(offset time.Duration) error {
	f, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// In place: the broker has the file mapped.
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(int64(offset/time.Second))))
	return errors.Join(err, f.Close())
}

// TestClock: a program's wall clock jumps ahead, behind, and back.
func TestClock(t *testing.T) {
	c := newClock(t, t.TempDir())
	if c == nil {
		t.Skip("SKIPPED without a C compiler")
	}
	ask := func() time.Time {
		cmd := exec.Command("date", "+%s")
		cmd.Env = append(os.Environ(), c.env...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return time.Unix(n, 0)
	}
	for _, want := range []time.Duration{0, half, -half, 0} {
		if err := c.set(want); err != nil {
			t.Fatal(err)
		}
		if got := time.Until(ask()); got < want-10*time.Second || got > want+10*time.Second {
			t.Errorf("the clock is wrong by %s, want %s", got, want)
		}
	}
}
