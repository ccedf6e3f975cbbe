package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/penstock-dev/penstock/store"
)

// fileName is the database in the directory.
const fileName = "penstock.db"

// Store keeps state in a directory that is its own. Use Open.
type Store struct {
	dir     string
	options Options
	clock   clock
	lock    *lock
	reads   *reader
	hints   hints

	open   sync.RWMutex // held for reading during every call
	closed bool

	queue queue
	turn  chan struct{} // holds one value while somebody writes; guards what follows
	write connector
	keep  driver.Conn // checkpoints, and keeps the database open while the writer is opened anew
	w     *writer     // nil after a failure
	check checkpoints
}

var (
	_ store.StateStore = (*Store)(nil)
	_ store.Hinter     = (*Store)(nil)
	_ store.Pruner     = (*Store)(nil)
	_ store.Exclusive  = (*Store)(nil)
)

// Open keeps the directory for this store, makes it if need be, brings its schema up to date and opens it. It answers a *LockedError
// where somebody else has it; it refuses a network file system, a version of SQLite that corrupts databases, a database of some other
// program and one of a newer Penstock, none of which it changes.
func Open(ctx context.Context, dir string, opts *Options) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o, err := opts.orDefault()
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	s := &Store{dir: dir, options: o, clock: clock{read: o.Now}, turn: make(chan struct{}, 1)}
	s.check.frames = checkpointFrames
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", dir, hinted(err)), s.stop())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) (err error) {
	if err := makeDir(s.dir, &s.options); err != nil {
		return err
	}
	if s.lock, err = acquire(ctx, s.dir); err != nil {
		return err
	}
	if err := s.create(); err != nil {
		return err
	}
	s.write = s.connector(s.options.Synchronous.pragma(), "wal_autocheckpoint = 0", "journal_size_limit = 67108864")
	if s.keep, err = s.write.open(); err != nil {
		return err
	}
	if err := s.upgrade(s.keep); err != nil {
		return err
	}
	if s.w, err = openWriter(&s.write); err != nil {
		return err
	}
	s.clock.notBefore(s.w.shown)
	if err := s.w.endLeases(s.clock.now()); err != nil {
		return err
	}
	s.reads = newReader(s.connector("query_only = ON"), max(4, runtime.GOMAXPROCS(0)))
	return syncDir(s.dir)
}

// create makes the file, for this user only.
func (s *Store) create() error {
	f, err := os.OpenFile(filepath.Join(s.dir, fileName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = f.Close()
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// upgrade makes of what is in the file what this program needs, if it may.
func (s *Store) upgrade(conn driver.Conn) error {
	version, err := answer(conn, "SELECT sqlite_version()")
	if err != nil {
		return err
	}
	warning, err := checkVersion(fmt.Sprint(version))
	if err != nil {
		return err
	}
	if warning != "" {
		s.options.Logger.Warn("sqlite: "+warning, "version", version)
	}
	if err := migrate(conn, s.clock.now()); err != nil {
		return err
	}
	mode, err := answer(conn, "PRAGMA journal_mode = WAL")
	if err == nil && mode != "wal" {
		err = fmt.Errorf("the database cannot be put into WAL mode (it is in %v mode); is its file system a local one?", mode)
	}
	if err == nil {
		// The next query reads the schema that the migrations have left. Were it a checkpoint, that would be refused, as locked.
		_, err = answer(conn, "SELECT count(*) FROM sqlite_schema")
	}
	return err
}

func (s *Store) connector(pragmas ...string) connector {
	// The page cache is small on purpose: at every commit that splits a page SQLite walks the cache's whole hash table.
	always := []string{
		fmt.Sprintf("busy_timeout = %d", s.options.BusyTimeout.Milliseconds()), "cache_size = -8192", "temp_store = MEMORY", "trusted_schema = OFF",
	}
	return connector{s.options.Driver, filepath.Join(s.dir, fileName), append(always, pragmas...)}
}

// Exclusive is true: nobody else can have the directory open.
func (s *Store) Exclusive() bool { return true }

// Close waits for the calls under way, Backup included, writes the WAL back and lets go of the directory.
func (s *Store) Close() error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.hints.close()
	if err := s.stop(); err != nil {
		return fmt.Errorf("sqlite: close %s: %w", s.dir, hinted(err))
	}
	return nil
}

// stop undoes as much of start as was done. The directory is let go of last.
func (s *Store) stop() error {
	var errs []error
	s.check.wait()
	if s.reads != nil {
		errs = append(errs, s.reads.close())
	}
	if s.w != nil {
		errs = append(errs, s.w.close())
	}
	if s.keep != nil {
		errs = append(errs, s.keep.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// enter is what every call does first. It answers nil if the store stays open until leave.
func (s *Store) enter(ctx context.Context) error {
	s.open.RLock()
	err := ctx.Err()
	if s.closed {
		err = store.ErrClosed
	}
	if err != nil {
		s.open.RUnlock()
	}
	return err
}

func (s *Store) leave() { s.open.RUnlock() }
