package main

import (
	"context"
	"errors"
)

const rawSchema = `CREATE TABLE results (execution INTEGER, action INTEGER, output BLOB NOT NULL, PRIMARY KEY (execution, action)) WITHOUT ROWID;`

// raw is the limit to hold the plan against: one row an action, nothing else.
type raw struct {
	*writer
	results *rows
}

func newRaw(ctx context.Context, file string) (*raw, error) {
	w, err := open(ctx, file, rawSchema)
	if err != nil {
		return nil, err
	}
	results, err := w.rows(ctx, "INSERT OR ROLLBACK INTO results(execution, action, output) VALUES ", 3, "")
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &raw{writer: w, results: results}, nil
}

func (*raw) starts() bool { return false }

func (w *raw) write(ctx context.Context, round []report, _ []*execution) error {
	for i := range round {
		r := &round[i]
		w.results.add(int64(r.x.id), int64(r.stage*perStage+r.action), r.output[:])
	}
	return w.transaction(ctx, func() error {
		_, err := w.results.flush(ctx)
		return err
	})
}
