package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock-dev/penstock/store"
)

// Result codes of SQLite that people can do something about.
const (
	codeBusy     = 5
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// explain adds to a failure what it was about and what to do. The caller's own end comes first: a query that it cut short fails with an
// error of the database.
func (s *Store) explain(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return fmt.Errorf("sqlite: %s in %s: %w", op, s.dir, hinted(err))
}

func hinted(err error) error {
	var coded interface{ Code() int }
	if !errors.As(err, &coded) {
		return err
	}
	var hint string
	switch coded.Code() & 0xff {
	case codeFull:
		return fmt.Errorf("%w: %w; free some room, and it goes on by itself", store.ErrFull, err)
	case codeBusy:
		hint = "another program has the database locked; end it, or set Options.BusyTimeout"
	case codeReadOnly, codeCantOpen:
		hint = "see whether this user may write to the directory and its files"
	case codeIO:
		hint = "see the system's log about the disk"
	case codeCorrupt:
		hint = "the file is damaged; keep a copy of the directory and restore a backup"
	case codeNotADB:
		hint = "the file is not a SQLite database; restore a backup, or choose another directory"
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, hint)
}
