package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// lifeVariable has this program be a life. Its value is a Life in JSON.
const lifeVariable = "PENSTOCK_CHAOS_LIFE"

// Life is one process of a round.
type Life struct {
	Dir      string
	Number   int
	Seed     uint64
	Boundary int64 // that it is killed at; 0: it lets everything come to its end
}

const (
	longest = 3 * time.Second  // of a life that does not come to its boundary
	settled = 60 * time.Second // in which everything has to come to its end
)

// reaper kills its own process at a boundary.
type reaper struct {
	at   int64
	seen atomic.Int64
}

func (r *reaper) boundary() {
	if r.at == 0 || r.seen.Add(1) != r.at {
		return
	}
	if me, err := os.FindProcess(os.Getpid()); err == nil {
		_ = me.Kill() // there is nobody to tell
	}
	select {} // for the moment that it takes
}

// killed is a store whose commits have a boundary before and behind them.
type killed struct {
	*sqlite.Store
	reaper *reaper
}

// Commit passes two boundaries.
func (k *killed) Commit(ctx context.Context, batches []store.Batch) []error {
	k.reaper.boundary()
	errs := k.Store.Commit(ctx, batches)
	k.reaper.boundary()
	return errs
}

// live is a life.
func live(text string) error {
	var life Life
	if err := json.Unmarshal([]byte(text), &life); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), settled)
	defer cancel()
	if life.Boundary > 0 {
		ctx, cancel = context.WithTimeout(ctx, longest)
		defer cancel()
	}
	reaper := &reaper{at: life.Boundary}
	state, err := sqlite.Open(ctx, filepath.Join(life.Dir, "state"), nil)
	if err != nil {
		return err
	}
	defer state.Close()
	content := filepath.Join(life.Dir, "content")
	artifacts, err := dir.OpenArtifacts(content, nil)
	if err != nil {
		return err
	}
	defer artifacts.Close()
	logs, err := dir.OpenLogs(content, nil)
	if err != nil {
		return err
	}
	defer logs.Close()
	ledger, err := appendTo(filepath.Join(life.Dir, "ledger"))
	if err != nil {
		return err
	}
	var actions penstock.Actions
	(&effector{life: life.Number, ledger: ledger, reaper: reaper}).register(&actions)
	command.Register(&actions, command.Options{Root: filepath.Join(life.Dir, "work"), Grace: 100 * time.Millisecond})
	engine, err := penstock.NewEngine(penstock.Config{
		Actions: &actions, State: &killed{state, reaper}, Artifacts: artifacts, Logs: logs, DrainTimeout: time.Second,
	})
	if err != nil {
		return err
	}
	c, err := newClients(engine, life, reaper)
	if err != nil {
		return err
	}
	return engine.RunWhile(ctx, c.work)
}

// appender is a file that outlives kills: each line is on the disk when it is written.
type appender struct {
	mu   sync.Mutex
	file *os.File
}

func appendTo(path string) (*appender, error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.Write([]byte("\n")) // ends a line that a kill has torn
	}
	return &appender{file: file}, err
}

func (a *appender) write(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err = a.file.Write(append(text, '\n'))
	return errors.Join(err, a.file.Sync())
}
