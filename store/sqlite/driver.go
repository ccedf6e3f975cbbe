package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// connector opens connections that have all run the same pragmas.
type connector struct {
	driver  driver.Driver
	file    string
	pragmas []string
}

// Driver is for package sql.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect opens a connection.
func (c *connector) Connect(context.Context) (driver.Conn, error) { return c.open() }

func (c *connector) open() (driver.Conn, error) {
	name := url.URL{Scheme: "file", Path: c.file}
	conn, err := c.driver.Open(name.String())
	if err != nil {
		return nil, err
	}
	for _, p := range c.pragmas {
		if err := execute(conn, "PRAGMA "+p); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// statement is what every driver's statements are nowadays. The writing side talks to them below package sql, which would copy and check
// every one of a thousand arguments a commit.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func prepare(conn driver.Conn, text string) (statement, error) {
	prepared, err := conn.Prepare(text)
	if err != nil {
		return nil, fmt.Errorf("prepare %.100q: %w", text, err)
	}
	s, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(errors.New("the driver's statements are not driver.StmtExecContext and driver.StmtQueryContext"), prepared.Close())
	}
	return s, nil
}

// exec runs a statement to its end whatever becomes of the caller: what is cut off half-way would have to be undone.
func exec(s statement, args []driver.NamedValue) (affected int64, err error) {
	result, err := s.ExecContext(context.Background(), args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query calls each with every row, whose values are only good during that call, until each answers an error.
func query(s statement, each func(row []driver.Value) error, args ...driver.Value) error {
	return queryNamed(context.Background(), s, each, named(args))
}

func queryNamed(ctx context.Context, s statement, each func(row []driver.Value) error, args []driver.NamedValue) (err error) {
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := each(row); err != nil {
			return err
		}
	}
}

func named(values []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(values))
	for i, v := range values {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}

// scan copies a row's values. NULL is never as a number, nothing as text or bytes.
func scan(row []driver.Value, into ...any) error {
	for i, to := range into {
		ok := false
		switch to := to.(type) {
		case *int64:
			if *to, ok = row[i].(int64); row[i] == nil {
				*to, ok = never, true
			}
		case *uint64:
			var n int64
			n, ok = row[i].(int64)
			*to = uint64(n)
		case *string:
			*to, ok = row[i].(string)
			ok = ok || row[i] == nil
		case *[]byte:
			var p []byte
			p, ok = row[i].([]byte)
			*to = bytes.Clone(p)
			ok = ok || row[i] == nil
		}
		if !ok {
			return fmt.Errorf("column %d of a row is a %T: the database is damaged", i, row[i])
		}
	}
	return nil
}

// execute runs a statement once.
func execute(conn driver.Conn, text string, args ...driver.Value) error {
	_, err := answer(conn, text, args...)
	return err
}

// answer runs a statement once and answers the first value of its first row, nil if there is none.
func answer(conn driver.Conn, text string, args ...driver.Value) (first driver.Value, err error) {
	return answerFor(context.Background(), conn, text, args...)
}

// answerFor is answer until ctx ends.
func answerFor(ctx context.Context, conn driver.Conn, text string, args ...driver.Value) (first driver.Value, err error) {
	s, err := prepare(conn, text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	got := false
	err = queryNamed(ctx, s, func(row []driver.Value) error {
		if !got && len(row) > 0 {
			first, got = row[0], true
		}
		return nil
	}, named(args))
	return first, err
}

// checkVersion refuses what is known to damage databases: up to 3.51.2 a checkpoint that met the reset of the WAL could lose pages.
// It tells of 3.53.3, whose rollback journals may be damaged; the store uses one only while the file is made.
func checkVersion(version string) (warning string, err error) {
	oldest := [3]int{3, 51, 3}
	var got [3]int
	for i, part := range strings.SplitN(version, ".", 4) {
		n, err := strconv.Atoi(part)
		if err != nil || i > 2 {
			break
		}
		got[i] = n
	}
	for i := range oldest {
		if got[i] != oldest[i] {
			if got[i] < oldest[i] {
				return "", fmt.Errorf("the driver has SQLite %s, which can corrupt a database in WAL mode; use one with 3.51.3 or later", version)
			}
			break
		}
	}
	if got == [3]int{3, 53, 3} {
		warning = "this version of SQLite can damage rollback journals; use another one"
	}
	return warning, nil
}
