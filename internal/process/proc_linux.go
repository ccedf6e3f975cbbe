package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// identity is a process for certain: no two have both in common.
type identity struct {
	pid   int
	start uint64 // clock ticks since the boot
}

// status is what the kernel tells about a process to everybody (proc_pid_stat(5)).
type status struct {
	identity
	parent  int
	session int
	alive   bool // not merely waiting to be reaped
	kernel  bool // a thread of the kernel
}

// Positions in proc_pid_stat(5), counted from the field behind the name.
const (
	statState   = 0
	statParent  = 1
	statSession = 3
	statFlags   = 6
	statThreads = 17
	statStart   = 19
)

const kernelThread = 0x00200000 // PF_KTHREAD

func readStatus(pid int) (status, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return status{}, err
	}
	return parseStatus(pid, string(text))
}

// parseStatus looks behind the last parenthesis: the name in front of it may hold anything.
func parseStatus(pid int, text string) (status, error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= statStart {
		return status{}, fmt.Errorf("the status of process %d is not understood: %q", pid, text)
	}
	var numbers [statStart + 1]uint64
	for _, i := range []int{statParent, statSession, statFlags, statThreads, statStart} {
		n, err := strconv.ParseUint(fields[i], 10, 64)
		if err != nil {
			return status{}, fmt.Errorf("the status of process %d is not understood: %w", pid, err)
		}
		numbers[i] = n
	}
	dead := strings.Contains("ZXx", fields[statState])
	return status{
		identity: identity{pid: pid, start: numbers[statStart]},
		parent:   int(numbers[statParent]),
		session:  int(numbers[statSession]),
		alive:    !dead || numbers[statThreads] > 1, // a first thread that has ended does not end the others
		kernel:   numbers[statFlags]&kernelThread != 0,
	}, nil
}

// processIDs are those of all processes that were there throughout.
func processIDs() ([]int, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		return nil, errors.New("/proc shows no process: mount it, or the end of a program cannot be made certain")
	}
	return pids, nil
}

// isGone says whether an error of /proc means that a process has ended.
func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }

// cookies is the value of CookieVariable in a process's environment. An environment that is blank may be about to be set. That of another
// user's process holds none.
func cookies(pid int) (chain string, blank bool, err error) {
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if isGone(err) || errors.Is(err, fs.ErrPermission) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	for entry := range bytes.SplitSeq(environment, []byte{0}) {
		if value, ok := bytes.CutPrefix(entry, []byte(CookieVariable+"=")); ok {
			return string(value), false, nil
		}
	}
	return "", len(environment) == 0, nil
}

// signal reaches the process that id names, or nobody: the handle is opened first, then whose it is is looked at.
func (id identity) signal(sig syscall.Signal) {
	process, err := os.FindProcess(id.pid)
	if err != nil {
		return
	}
	defer process.Release() //nolint:errcheck // nothing depends on it
	if s, err := readStatus(id.pid); err == nil && s.identity == id {
		_ = process.Signal(sig) // whoever could not be reached is found again
	}
}

// currentBoot names this boot and process ID namespace; empty where the kernel does not tell.
func currentBoot() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + namespace
}
