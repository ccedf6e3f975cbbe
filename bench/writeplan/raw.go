package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"
)

const rawSchema = `CREATE TABLE results (execution TEXT, action TEXT, output TEXT NOT NULL, PRIMARY KEY (execution, action)) WITHOUT ROWID;`

// rawSide is the loop that a team writes when it has no engine: an execution is a goroutine, its parallel actions are an errgroup, and
// each result waits for a group commit on package sql before the next action starts.
func rawSide() side {
	return side{"raw group commit", func(dir string, inFlight int, more func() bool) (f figures, err error) {
		ctx := context.Background()
		h, err := newRaw(ctx, filepath.Join(dir, "state.db"))
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, h.close()) }()
		before := readMeter()
		executions, err := h.run(ctx, inFlight, more)
		if err != nil {
			return f, err
		}
		f = before.figures(executions, h.commits)
		stored, err := h.stored(ctx)
		f.stored = float64(stored) / 1024 / float64(executions)
		return f, err
	}}
}

type raw struct {
	*writer
	insert  *sql.Stmt
	inbox   chan result
	commits int

	mu  sync.Mutex
	ids plan // for the names of executions
}

func newRaw(ctx context.Context, file string) (*raw, error) {
	w, err := open(ctx, file, rawSchema)
	if err != nil {
		return nil, err
	}
	h := &raw{writer: w}
	h.insert, err = w.conn.PrepareContext(ctx, "INSERT INTO results (execution, action, output) VALUES (?, ?, ?)")
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return h, nil
}

// result waits to be durable.
type result struct {
	execution, action string
	output            []byte
	durable           chan error
}

// run keeps executions in flight while there are more, beside one goroutine that commits.
func (h *raw) run(ctx context.Context, inFlight int, more func() bool) (executions int, err error) {
	h.inbox = make(chan result, 2*inFlight)
	committed := make(chan struct{})
	go func() {
		defer close(committed)
		h.commit(ctx)
	}()
	next := func() (id string, ok bool) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if !more() {
			return "", false
		}
		executions++
		return h.ids.id(), true
	}
	var all errgroup.Group
	for range inFlight {
		all.Go(func() error {
			for {
				id, ok := next()
				if !ok {
					return nil
				}
				if err := h.release(id); err != nil {
					return err
				}
			}
		})
	}
	err = all.Wait()
	close(h.inbox)
	<-committed
	return executions, err
}

// release is one execution: the release as straight Go.
func (h *raw) release(id string) error {
	var last text
	for _, stage := range []string{"Stage0", "Stage1", "Stage2", "Stage3"} {
		var a text
		var both errgroup.Group
		both.Go(func() (err error) { a, err = h.act(id, stage+"/A", last); return err })
		both.Go(func() error { _, err := h.act(id, stage+"/B", last); return err })
		err := both.Wait()
		if err == nil {
			last, err = h.act(id, stage+"/C", a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text is an action's output: 64 bytes of JSON.
type text struct {
	Sum string `json:"s"`
}

// act runs an action and waits until its result is durable.
func (h *raw) act(execution, action string, in text) (out text, err error) {
	sum := sha256.Sum256([]byte(in.Sum + action))
	out = text{hex.EncodeToString(sum[:28])}
	output, err := json.Marshal(out)
	if err != nil {
		return out, err
	}
	r := result{execution, action, output, make(chan error, 1)}
	h.inbox <- r
	return out, <-r.durable
}

// commit takes whatever waits into one transaction.
func (h *raw) commit(ctx context.Context) {
	for first := range h.inbox {
		round := []result{first}
		for more := true; more; {
			select {
			case r, ok := <-h.inbox:
				if more = ok; ok {
					round = append(round, r)
				}
			default:
				more = false
			}
		}
		err := h.write(ctx, round)
		h.commits++
		for _, r := range round {
			r.durable <- err
		}
	}
}

func (h *raw) write(ctx context.Context, round []result) error {
	tx, err := h.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	insert := tx.StmtContext(ctx, h.insert)
	for _, r := range round {
		if _, err := insert.ExecContext(ctx, r.execution, r.action, string(r.output)); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}
