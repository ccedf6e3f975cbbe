package sqlite

import (
	"database/sql/driver"
	"fmt"
	"log/slog"
	"time"

	modernc "modernc.org/sqlite"

	"github.com/penstock-dev/penstock/store"
)

// Synchronous is how far a commit has gone when it is answered.
type Synchronous int

// Values of Options.Synchronous, after SQLite's pragma of that name.
const (
	// Full syncs the WAL at every transaction: what was acknowledged survives power loss.
	Full Synchronous = iota
	// NormalNotDurable leaves syncing to checkpoints: what was acknowledged survives kill -9, but power loss may take the newest
	// of it back, though never a part of a commit. For tests and throw-away work.
	NormalNotDurable
)

// maxLimit is the most that a field of Options.Limits may be: SQLite has no larger values than 1,000,000,000 bytes.
const maxLimit = 512 << 20

// Options of a Store; nil and zero are useful.
type Options struct {
	// Now is the clock, time.Now if nil. The store's time never goes back and never stands still when it does.
	Now func() time.Time
	// Limits bound one batch; at most 512 MiB each.
	Limits store.Limits
	// Synchronous is Full unless set.
	Synchronous Synchronous
	// BusyTimeout is how long to wait for a lock that another program has on the database, such as a SQLite shell. Default 5 s.
	BusyTimeout time.Duration
	// AllowNetworkFS opens a directory on a network file system all the same. SQLite's WAL is known to become corrupt there.
	AllowNetworkFS bool
	// Driver opens the connections, given "file:" and a path. Default: modernc.org/sqlite. Its connections' statements must be
	// driver.StmtExecContext and driver.StmtQueryContext.
	Driver driver.Driver
	// Logger gets warnings about the directory and about checkpoints that fail. Default slog.Default().
	Logger *slog.Logger

	place func(dir string) (place, error) // what is below the directory, where a test says so
}

func (o *Options) orDefault() (Options, error) {
	var out Options
	if o != nil {
		out = *o
	}
	out.Limits = out.Limits.OrDefault()
	if max(out.Limits.Events, out.Limits.Snapshot, out.Limits.Record) > maxLimit {
		return out, fmt.Errorf("a limit is over the %d bytes that the database can take; lower Options.Limits", maxLimit)
	}
	if out.Synchronous != Full && out.Synchronous != NormalNotDurable {
		return out, fmt.Errorf("Options.Synchronous is %d, which is neither Full nor NormalNotDurable", out.Synchronous)
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.BusyTimeout <= 0 {
		out.BusyTimeout = 5 * time.Second
	}
	if out.Driver == nil {
		out.Driver = &modernc.Driver{}
	}
	if out.Logger == nil {
		out.Logger = slog.Default()
	}
	if out.place == nil {
		out.place = placeOf
	}
	return out, nil
}

func (s Synchronous) pragma() string {
	if s == NormalNotDurable {
		return "synchronous = NORMAL"
	}
	return "synchronous = FULL"
}
