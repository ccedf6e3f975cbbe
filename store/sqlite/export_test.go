package sqlite

import (
	"context"
	"database/sql/driver"
)

// CheckpointAfter makes checkpoints come more often.
func (s *Store) CheckpointAfter(frames int64) { s.check.frames = frames }

// HoldTurn keeps everybody from writing until the function that it answers is called.
func (s *Store) HoldTurn() (release func()) {
	s.turn <- struct{}{}
	return s.unlockTurn
}

// Waiting is how many calls of Commit wait for a transaction.
func (s *Store) Waiting() int {
	s.queue.mu.Lock()
	defer s.queue.mu.Unlock()
	return len(s.queue.waiting)
}

// On makes every directory look as if it were on a file system of that name.
func (o *Options) On(kind string, remote, unknown bool) {
	o.place = func(string) (place, error) { return place{kind: kind, remote: remote, unknown: unknown}, nil }
}

// CheckVersion is checkVersion.
func CheckVersion(version string) (warning string, err error) { return checkVersion(version) }

// Explain answers the steps of a query's plan, without running it.
func Explain(ctx context.Context, conn driver.Conn, text string) (steps []string, err error) {
	s, err := prepare(conn, "EXPLAIN QUERY PLAN "+text)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	err = queryNamed(ctx, s, func(row []driver.Value) error {
		step, _ := row[3].(string)
		steps = append(steps, step)
		return nil
	}, named(make([]driver.Value, 2000)))
	return steps, err
}
