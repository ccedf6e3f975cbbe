package process

import (
	"os"
	"slices"
	"syscall"
)

// family finds who belongs to whom. A program that is run leads a session, so every session of a member is the tree's own: nobody can
// join one. So are a member's children.
type family struct {
	all        []status
	looked     map[int]bool // at whom
	blank      []int        // who had no environment, or not yet
	members    map[int]status
	sessions   map[int]bool
	self       int
	ownSession int // of this process
}

func newFamily() *family {
	session, _, _ := syscall.RawSyscall(syscall.SYS_GETSID, 0, 0, 0)
	return &family{
		looked: map[int]bool{}, members: map[int]status{}, sessions: map[int]bool{}, self: os.Getpid(), ownSession: int(session),
	}
}

// lookAgain forgets those who were blank.
func (f *family) lookAgain() {
	f.all = slices.DeleteFunc(f.all, func(s status) bool { return slices.Contains(f.blank, s.pid) })
	for _, pid := range f.blank {
		delete(f.looked, pid)
	}
	f.blank = nil
}

// add takes a member in. This process and the first one are nobody's.
func (f *family) add(s status) {
	if s.pid == f.self || s.pid == 1 {
		return
	}
	f.members[s.pid] = s
	if s.session != 0 && s.session != f.ownSession {
		f.sessions[s.session] = true
	}
}

// close takes in what the members' sessions and children are, and theirs.
func (f *family) close() {
	for grown := true; grown; {
		grown = false
		for _, s := range f.all {
			if _, known := f.members[s.pid]; known {
				continue
			}
			_, child := f.members[s.parent]
			if child || f.sessions[s.session] {
				before := len(f.members)
				f.add(s)
				grown = grown || len(f.members) > before
			}
		}
	}
}
