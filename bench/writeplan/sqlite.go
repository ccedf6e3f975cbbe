package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	_ "modernc.org/sqlite" // the driver that the SQLite store uses
)

// settings are the store's, for both sides. The page cache is small on purpose: at every commit that split a page SQLite
// walks the cache's whole hash table.
const settings = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)" +
	"&_pragma=wal_autocheckpoint(4000)&_pragma=cache_size(-8192)&_pragma=temp_store(MEMORY)"

// writer is the store's only writing connection. It talks to the driver below database/sql, which would copy and check
// every one of some 170 arguments an execution.
type writer struct {
	db            *sql.DB
	conn          *sql.Conn
	begin, commit statement
}

type statement interface {
	ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error)
}

func open(ctx context.Context, file, schema string) (*writer, error) {
	db, err := sql.Open("sqlite", "file:"+file+settings)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	w := &writer{db: db, conn: conn}
	if err := w.start(ctx, schema); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) start(ctx context.Context, schema string) (err error) {
	if _, err = w.conn.ExecContext(ctx, schema); err != nil {
		return err
	}
	if w.begin, err = w.prepare(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	w.commit, err = w.prepare(ctx, "COMMIT")
	return err
}

func (w *writer) close() error { return errors.Join(w.conn.Close(), w.db.Close()) }

// transaction is one durable commit. An error ends the measurement, so nothing is rolled back.
func (w *writer) transaction(ctx context.Context, body func() error) error {
	if _, err := w.begin.ExecContext(ctx, nil); err != nil {
		return err
	}
	if err := body(); err != nil {
		return err
	}
	_, err := w.commit.ExecContext(ctx, nil)
	return err
}

// stored is the size of all pages.
func (w *writer) stored(ctx context.Context) (bytes int64, err error) {
	err = w.conn.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&bytes)
	return bytes, err
}

func (w *writer) prepare(ctx context.Context, query string) (prepared statement, err error) {
	err = w.conn.Raw(func(conn any) error {
		s, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		if err != nil {
			return fmt.Errorf("prepare %.80s: %w", query, err)
		}
		prepared = s.(statement)
		return nil
	})
	return prepared, err
}

// chunks are the numbers of rows that statements are prepared for; any number of rows is a sum of few of them.
var chunks = []int{128, 64, 32, 16, 8, 4, 2, 1}

// rows collects the rows that one transaction writes into one table and writes them in as few statements as it can.
type rows struct {
	columns  int
	prepared map[int]statement
	args     []driver.NamedValue
}

// rows prepares "before (?, …), (?, …) after".
func (w *writer) rows(ctx context.Context, before string, columns int, after string) (*rows, error) {
	r := &rows{columns: columns, prepared: map[int]statement{}}
	row := "(" + strings.Repeat("?,", columns-1) + "?)"
	for _, n := range chunks {
		s, err := w.prepare(ctx, before+strings.Repeat(row+",", n-1)+row+after)
		if err != nil {
			return nil, err
		}
		r.prepared[n] = s
	}
	return r, nil
}

func (r *rows) add(values ...driver.Value) {
	for _, v := range values {
		r.args = append(r.args, driver.NamedValue{Value: v})
	}
}

// flush writes what was added and answers how many rows the table took.
func (r *rows) flush(ctx context.Context) (affected int64, err error) {
	rest := r.args
	r.args = r.args[:0]
	for _, n := range chunks {
		for len(rest) >= n*r.columns {
			took, err := execute(ctx, r.prepared[n], rest[:n*r.columns])
			if err != nil {
				return affected, err
			}
			affected += took
			rest = rest[n*r.columns:]
		}
	}
	return affected, nil
}

func execute(ctx context.Context, s statement, args []driver.NamedValue) (affected int64, err error) {
	for i := range args {
		args[i].Ordinal = i + 1
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
