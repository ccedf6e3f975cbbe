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
		grouped := cgroupProcesses(t.record.Cgroup)
		news := false
		for _, pid := range pids {
			if f.looked[pid] {
				continue
			}
			f.looked[pid], news = true, true
			if s, err := readStatus(pid); err == nil { // else it has ended meanwhile
				f.all = append(f.all, s)
				t.examine(f, s, grouped[pid])
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

// examine adds a process that has a mark of the tree.
func (t *tree) examine(f *family, s status, grouped bool) {
	known := t.seen[s.identity] || s.identity == t.program() || grouped
	if !known && !s.kernel && s.start >= t.record.Start {
		chain, blank := cookies(s.pid)
		known = t.record.holds(chain)
		if blank && s.alive {
			f.blank = append(f.blank, s.pid)
		}
	}
	if known {
		f.add(s)
	}
}
