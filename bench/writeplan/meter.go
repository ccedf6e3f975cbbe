package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"
)

// meter reads what the kernel counts; where there is no such counter it stays zero.
type meter struct {
	at      time.Time
	cpu     time.Duration // this process
	written int64         // bytes that this process dirtied for the disk
	flushes int64         // of all devices together: anything else that syncs meanwhile shows up here
}

func readMeter() meter {
	return meter{at: time.Now(), cpu: cpuTime(), written: bytesWritten(), flushes: flushes()}
}

func cpuTime() time.Duration {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	// after the ")" that ends the command's name: state is field 0, utime and stime (in 10 ms ticks) are 11 and 12
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return time.Duration(number(fields[11])+number(fields[12])) * 10 * time.Millisecond
}

func bytesWritten() int64 {
	io, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(io), "\nwrite_bytes: ")
	line, _, _ := strings.Cut(after, "\n")
	return number(line)
}

func flushes() (n int64) {
	disks, err := os.ReadFile("/proc/diskstats")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(disks)) {
		if fields := strings.Fields(line); len(fields) > 18 {
			n += number(fields[18])
		}
	}
	return n
}

func number(text string) (n int64) {
	if _, err := fmt.Sscan(text, &n); err != nil {
		return 0
	}
	return n
}

// figures are one measurement, an execution where not said otherwise.
type figures struct {
	actions float64 // a second
	cpu     time.Duration
	written float64 // KiB
	stored  float64 // KiB
	commits float64
	flushes float64
}

func (m meter) figures(executions, commits int) figures {
	now, n := readMeter(), float64(executions)
	return figures{
		actions: n * actions / now.at.Sub(m.at).Seconds(),
		cpu:     time.Duration(float64(now.cpu-m.cpu) / n),
		written: float64(now.written-m.written) / 1024 / n,
		commits: float64(commits) / n,
		flushes: float64(now.flushes-m.flushes) / n,
	}
}
