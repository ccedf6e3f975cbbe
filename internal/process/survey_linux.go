package process

import "time"

// A machine on which processes are born faster than they are looked at is looked at so many times and no more; so is a program that
// shows a blank environment, as it does for a moment when it begins, after so long.
const (
	surveyLooks = 20
	blankLooks  = 3
	blankPause  = 2 * time.Millisecond
)

// survey looks at all processes, and tells members by the marks that they have themselves.
//
// What is born while it looks may be missed, and its parent be found dead already. So it looks again, at the new ones, until there is nobody
// new: whoever was born since then has a parent that was found alive.
func (t *tree) survey() (*family, error) {
	f := newFamily()
	for look, blanks := 1, 0; look <= surveyLooks; look++ {
		pids, err := processIDs()
		if err != nil {
			return nil, err
		}
		grouped, err := cgroupProcesses(t.record.Cgroup)
		if err != nil {
			return nil, err
		}
		news := false
		for _, pid := range pids {
			if f.looked[pid] {
				continue
			}
			f.looked[pid], news = true, true
			if err := t.examine(f, pid, grouped[pid]); err != nil && !isGone(err) {
				return nil, err
			}
		}
		if len(f.blank) > 0 && blanks < blankLooks {
			blanks++
			time.Sleep(blankPause)
			f.lookAgain()
			continue
		}
		if !news {
			break
		}
	}
	return f, nil
}

// examine looks at a process, and adds it if it has a mark of the tree.
func (t *tree) examine(f *family, pid int, grouped bool) error {
	s, err := readStatus(pid)
	if err != nil {
		return err
	}
	f.all = append(f.all, s)
	known := t.seen[s.identity] || s.identity == t.program() || grouped
	if !known && !s.kernel && s.start >= t.record.Start {
		chain, blank, err := cookies(s.pid)
		if err != nil {
			return err
		}
		known = t.record.holds(chain)
		if blank && s.alive {
			f.blank = append(f.blank, s.pid)
		}
	}
	if known {
		f.add(s)
	}
	return nil
}
