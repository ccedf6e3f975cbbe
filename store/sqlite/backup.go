package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database, as it is at this moment, to a file that must not exist, while all else goes on. The file appears once
// the copy is whole, has been opened and checked, and is on the disk. To restore it, put it into an empty directory as penstock.db.
// While a backup runs the WAL grows by what is committed meanwhile.
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	if file, err = filepath.Abs(file); err != nil {
		return fmt.Errorf("sqlite: back up: %w", err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sqlite: back up to %s: there is something already; choose another name", file)
	}
	part := file + ".part"
	err = s.copyTo(ctx, part)
	if err == nil {
		err = os.Rename(part, file)
	}
	if err == nil {
		err = syncFile(filepath.Dir(file))
	}
	return s.explain(ctx, "back up to "+file, err)
}

// copyTo leaves nothing behind if it fails.
func (s *Store) copyTo(ctx context.Context, part string) error {
	// What an earlier backup left is in the way.
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c := s.connector()
	conn, err := c.open()
	if err != nil {
		return err
	}
	_, err = answerFor(ctx, conn, "VACUUM INTO ?", part)
	if err = errors.Join(err, conn.Close()); err == nil {
		err = s.verify(ctx, part)
	}
	if err == nil {
		err = syncFile(part)
	}
	if err != nil {
		_ = os.Remove(part) // it may not be there
	}
	return err
}

// verify reads all of a copy.
func (s *Store) verify(ctx context.Context, part string) (err error) {
	c := connector{driver: s.options.Driver, file: part, pragmas: []string{"query_only = ON"}}
	conn, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	all, err := migrations()
	if err != nil {
		return err
	}
	if _, err := identify(conn, int64(len(all))); err != nil {
		return err
	}
	return checkIntegrity(ctx, conn)
}

func checkIntegrity(ctx context.Context, conn driver.Conn) error {
	found, err := answerFor(ctx, conn, "PRAGMA integrity_check(1)")
	if err == nil && found != "ok" {
		err = fmt.Errorf("the integrity check says: %v", found)
	}
	return err
}
