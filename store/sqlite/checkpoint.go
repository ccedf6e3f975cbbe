package sqlite

import (
	"database/sql/driver"
	"sync"
)

const (
	checkEvery       = 16   // commits between two looks at the WAL
	checkpointFrames = 4000 // that are written back together: 16 MiB
)

// checkpoints writes the WAL back into the database beside the commits, when it has grown enough.
type checkpoints struct {
	frames  int64 // that are enough
	commits int   // since the last look; guarded by the turn
	running sync.WaitGroup
	mu      sync.Mutex
	busy    bool
}

func (c *checkpoints) wait() { c.running.Wait() }

// begin answers whether the caller is the only one.
func (c *checkpoints) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		return false
	}
	c.busy = true
	return true
}

func (c *checkpoints) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
}

// checkpointIfDue is called after every transaction, holding the turn.
func (s *Store) checkpointIfDue(w *writer) {
	c := &s.check
	if c.commits++; c.commits < checkEvery {
		return
	}
	c.commits = 0
	var frames, done int64
	err := w.query("PRAGMA wal_checkpoint(NOOP)", func(row []driver.Value) error { return scan(row[1:], &frames, &done) })
	if err != nil || frames-done < c.frames || !c.begin() {
		return
	}
	c.running.Go(func() {
		defer c.end()
		if err := s.checkpoint(); err != nil {
			s.options.Logger.Warn("sqlite: the WAL could not be written back; it is tried again, and grows meanwhile", "dir", s.dir, "error", err)
		}
	})
}

// checkpoint writes most of the WAL back while others commit, and the rest of it while nobody does, so that the next commit can begin
// the WAL anew. A reader that does not come to an end within the busy timeout of 50 ms puts that off.
func (s *Store) checkpoint() error {
	for _, text := range []string{"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA busy_timeout = 50"} {
		if err := execute(s.keep, text); err != nil {
			return err
		}
	}
	s.turn <- struct{}{}
	defer s.unlockTurn()
	return execute(s.keep, "PRAGMA wal_checkpoint(RESTART)")
}
