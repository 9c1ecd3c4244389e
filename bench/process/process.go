// Package process reads what a process has used, from Linux's /proc.
package process

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every architecture that Go runs on.
const tick = 10 * time.Millisecond

// CPU is what the process has used so far, all threads, user and system, in steps of 10 ms (proc_pid_stat(5)).
func CPU(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	return cpu(string(data))
}

func cpu(stat string) (time.Duration, error) {
	end := strings.LastIndexByte(stat, ')') // the program's name, in parentheses, may hold anything
	fields := strings.Fields(stat[end+1:])
	if end < 0 || len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is of another form")
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// PeakMemory is the most that the process had in memory at once, in bytes (VmHWM of proc_pid_status(5)).
func PeakMemory(pid int) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return peak(string(data))
}

func peak(status string) (int64, error) {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fields := strings.Fields(rest)
			if len(fields) != 2 || fields[1] != "kB" {
				break
			}
			kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("/proc/PID/status is of another form")
}
