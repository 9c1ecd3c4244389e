package endtoend

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"voile/internal/kafkatest"
	"voile/internal/vaulttest"
)

// smallDisk mounts a small file system, which ends with the test.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "mode=0700,size=96m", "voile-disk", dir).CombinedOutput(); err != nil {
		t.Skipf("skipped: it needs root, to mount a small file system: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v %s", dir, err, out)
		}
	})
	return dir
}

// TestDiskFull: the disk of the only broker is full. The broker ends itself; voile waits and says so; and when there is room
// and the broker is started again all goes on, with nothing lost.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	cluster := kafkatest.Start(t, kafkatest.Config("log.dirs", filepath.Join(disk, "data")), kafkatest.Config("metadata.log.dir", t.TempDir()))
	s := newPair(t, cluster, vaulttest.Start(t), "disk")
	for _, d := range deliveries {
		cluster.CreateTopic(t, s.source(d), 2, nil)
		cluster.CreateTopic(t, s.sink(d), 2, nil)
	}
	streams := s.streams(t, 2, 400)
	p := s.run(t)
	s.flowing(t, "records flow", 200, time.Minute)
	ballast := filepath.Join(disk, "ballast")
	if out, err := exec.Command("dd", "if=/dev/zero", "of="+ballast, "bs=64k").CombinedOutput(); err == nil {
		t.Fatalf("the disk is never full: %s", out)
	}
	waitFor(t, "the broker ends itself", time.Minute, func() bool { return cluster.Nodes()[0].PID() == 0 })
	waitFor(t, "voile says that it waits", 30*time.Second, func() bool { return strings.Contains(p.log.String(), "kafka: waiting, and trying again") })
	if code, _ := s.get("/healthz"); code != 200 {
		t.Errorf("/healthz while the broker is away: %d", code)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	cluster.Restart(t)
	s.flowing(t, "records flow again", 400, time.Minute)
	s.audit(t, p, streams, true)
}
