package process

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const cgroupPrefix = "penstock-"

// cgroupHome is the control group of this process in the unified hierarchy, as a directory; empty where there is none.
func cgroupHome() string {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return ""
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	return cgroupDir(string(groups), string(mounts))
}

// cgroupDir reads cgroups(7) and proc_pid_mountinfo(5).
func cgroupDir(groups, mounts string) string {
	var group string
	for line := range strings.Lines(groups) {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			group = strings.TrimSpace(path)
		}
	}
	if group == "" || strings.HasPrefix(group, "/../") { // outside of this namespace
		return ""
	}
	for line := range strings.Lines(mounts) {
		mount, fields, found := strings.Cut(line, " - ")
		if !found || !strings.HasPrefix(fields, "cgroup2 ") {
			continue
		}
		if parts := strings.Fields(mount); len(parts) > 4 {
			below, err := filepath.Rel(parts[3], group)
			if err == nil && filepath.IsLocal(below) {
				return filepath.Join(parts[4], below)
			}
		}
	}
	return ""
}

// newCgroup makes a control group; empty where this process may not.
func newCgroup(home, cookie string) string {
	if home == "" {
		return ""
	}
	dir := filepath.Join(home, cgroupPrefix+cookie)
	if os.Mkdir(dir, 0o755) != nil {
		return ""
	}
	return dir
}

// isCgroupOf keeps a record that was tampered with from naming anything else.
func isCgroupOf(dir, cookie string) bool { return filepath.Base(dir) == cgroupPrefix+cookie }

// cgroups are a control group and all within it, the outer ones first.
func cgroups(dir string) []string {
	if dir == "" {
		return nil
	}
	var out []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // one that is gone has nothing within
		if err == nil && d.IsDir() {
			out = append(out, path)
		}
		return nil
	})
	return out
}

func cgroupProcesses(dir string) (map[int]bool, error) {
	out := map[int]bool{}
	for _, group := range cgroups(dir) {
		text, err := os.ReadFile(filepath.Join(group, "cgroup.procs"))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV) {
			continue // it is gone
		}
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && pid > 0 {
				out[pid] = true
			}
		}
	}
	return out, nil
}

// killCgroup ends all processes in it at once, those within too. Kernels before 5.14 cannot.
func killCgroup(dir string) {
	if dir != "" {
		_ = os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0) // they are looked for besides
	}
}

// removeTries bounds how often an emptied group is tried: the kernel may count the last process a moment longer than it shows it. Together
// they take up to 255 ms.
const removeTries = 8

func removeCgroup(dir string) {
	for _, group := range slices.Backward(cgroups(dir)) {
		for try, pause := 0, time.Millisecond; try < removeTries; try, pause = try+1, 2*pause {
			if !errors.Is(os.Remove(group), syscall.EBUSY) { // an empty group that stays costs next to nothing
				break
			}
			time.Sleep(pause)
		}
	}
}
