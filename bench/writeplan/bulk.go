package main

import (
	"context"
	"errors"
)

const bulkSchema = `CREATE TABLE results (execution INTEGER, action INTEGER, output BLOB NOT NULL, PRIMARY KEY (execution, action)) WITHOUT ROWID;`

// bulk is the limit to hold the plan against: one row an action, nothing else, 128 rows a statement below package sql.
type bulk struct {
	*writer
	results *rows
}

func newBulk(ctx context.Context, file string) (*bulk, error) {
	w, err := open(ctx, file, bulkSchema)
	if err != nil {
		return nil, err
	}
	results, err := w.rows(ctx, "INSERT OR ROLLBACK INTO results(execution, action, output) VALUES ", 3, "")
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &bulk{writer: w, results: results}, nil
}

func (*bulk) starts() bool { return false }

func (w *bulk) write(ctx context.Context, round []report, _ []*execution) error {
	for i := range round {
		r := &round[i]
		w.results.add(int64(r.x.id), int64(r.stage*perStage+r.action), r.output[:])
	}
	return w.transaction(ctx, func() error {
		_, err := w.results.flush(ctx)
		return err
	})
}
