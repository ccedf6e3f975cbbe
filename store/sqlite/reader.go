package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// reader is a pool of connections that only read.
type reader struct {
	db *sql.DB

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

func newReader(c connector, connections int) *reader {
	r := &reader{db: sql.OpenDB(&c), prepared: map[string]*sql.Stmt{}}
	r.db.SetMaxOpenConns(connections)
	r.db.SetMaxIdleConns(connections)
	return r
}

func (r *reader) close() error {
	var errs []error
	for _, s := range r.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}

// prepare answers the statement for a query. It may wait for a connection, so nobody calls it who has one.
func (r *reader) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.prepared[query]; s != nil {
		return s, nil
	}
	s, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	r.prepared[query] = s
	return s, nil
}

// once is for f that asks one query once: that needs no transaction.
func (r *reader) once(ctx context.Context, query string, f func(*view) error) error {
	v, err := r.view(ctx, query)
	if err != nil {
		return err
	}
	return f(v)
}

func (r *reader) view(ctx context.Context, queries ...string) (*view, error) {
	v := &view{ctx: ctx, prepared: make(map[string]*sql.Stmt, len(queries))}
	for _, query := range queries {
		s, err := r.prepare(ctx, query)
		if err != nil {
			return nil, err
		}
		v.prepared[query] = s
	}
	return v, nil
}

// snapshot calls f with one state of the database, which stays the same however many of the queries f asks.
func (r *reader) snapshot(ctx context.Context, queries []string, f func(*view) error) error {
	v, err := r.view(ctx, queries...)
	if err != nil {
		return err
	}
	if v.tx, err = r.db.BeginTx(ctx, nil); err != nil {
		return err
	}
	err = f(v)
	if end := v.tx.Rollback(); err == nil && !errors.Is(end, sql.ErrTxDone) {
		err = end
	}
	return err
}

// view is what queries are asked on.
type view struct {
	ctx      context.Context
	prepared map[string]*sql.Stmt
	tx       *sql.Tx // nil: each query sees the newest state
}

// errEnough ends a query early.
var errEnough = errors.New("enough")

// rows calls each with every row of a query until it answers an error; errEnough ends the query without one.
func (v *view) rows(text string, each func(*sql.Rows) error, args ...any) (err error) {
	s := v.prepared[text]
	if v.tx != nil {
		s = v.tx.StmtContext(v.ctx, s)
	}
	rows, err := s.QueryContext(v.ctx, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return rows.Err()
}

// row scans the only row of a query, and answers whether there is one.
func (v *view) row(text string, args []any, into ...any) (found bool, err error) {
	err = v.rows(text, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(into...)
	}, args...)
	return found, err
}
