package process

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestCPU(t *testing.T) {
	const after = " S 1 2 3 4 5 6 7 8 9 10 1234 66 13 14 15"
	for _, test := range []struct {
		stat string
		want time.Duration
		ok   bool
	}{
		{"42 (voile)" + after, 13 * time.Second, true},
		{"42 (a b) c) R)" + after, 13 * time.Second, true},
		{"42 (voile) S 1 2 3", 0, false},
		{"42 (voile)" + strings.Replace(after, "66", "x", 1), 12340 * time.Millisecond, false},
		{"", 0, false},
	} {
		got, err := cpu(test.stat)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%q: %v, %v; want %v, %t", test.stat, got, err, test.want, test.ok)
		}
	}
}

func TestPeak(t *testing.T) {
	for _, test := range []struct {
		status string
		want   int64
		ok     bool
	}{
		{"Name:\tvoile\nVmPeak:\t  999 kB\nVmHWM:\t   80 kB\n", 80 << 10, true},
		{"VmHWM:\t80 MB\n", 0, false},
		{"Name:\tvoile\n", 0, false},
	} {
		got, err := peak(test.status)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%q: %d, %v; want %d, %t", test.status, got, err, test.want, test.ok)
		}
	}
}

// TestOfThisProcess: work is seen, and so is memory.
func TestOfThisProcess(t *testing.T) {
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		now, err := CPU(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if now >= before+5*tick {
			break
		}
	}
	if now, _ := CPU(os.Getpid()); now < before+5*tick {
		t.Errorf("%v after ten seconds of work, %v before", now, before)
	}
	if memory, err := PeakMemory(os.Getpid()); err != nil || memory < 1<<20 {
		t.Errorf("peak memory: %d, %v", memory, err)
	}
}
