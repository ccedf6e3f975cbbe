package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// round is one directory and what happens in it.
type round struct {
	dir   string
	seed  uint64
	tally Tally
}

// live runs one life after the other, and then the last one.
func (r *round) live(ctx context.Context, kills int) error {
	rng := rand.New(rand.NewPCG(r.seed, 0))
	for n := 1; n <= kills; n++ {
		boundary := 1 + int64(-math.Log(1-rng.Float64())*[]float64{4, 60, 400}[rng.IntN(3)])
		killed, err := r.process(ctx, Life{Dir: r.dir, Number: n, Seed: r.seed, Boundary: boundary})
		switch {
		case err != nil:
			return fmt.Errorf("life %d, boundary %d: %w", n, boundary, err)
		case killed:
			r.tally.Kills++
		default:
			r.tally.Calm++
		}
	}
	_, err := r.process(ctx, Life{Dir: r.dir, Number: kills + 1, Seed: r.seed})
	if err != nil {
		return fmt.Errorf("the last life: %w", err)
	}
	return nil
}

// process runs a life, and reports whether it was killed.
func (r *round) process(ctx context.Context, life Life) (killed bool, err error) {
	text, err := json.Marshal(life)
	if err != nil {
		return false, err
	}
	program, err := os.Executable()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*settled)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Env = append(os.Environ(), lifeVariable+"="+string(text))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 && ctx.Err() == nil && life.Boundary > 0 {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w\n%s", err, out)
	}
	return false, nil
}

// judge counts what was lost.
func (r *round) judge(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settled)
	defer cancel()
	state, err := sqlite.Open(ctx, filepath.Join(r.dir, "state"), nil)
	if err != nil {
		return err
	}
	defer state.Close()
	engine, err := penstock.NewEngine(penstock.Config{State: state})
	if err != nil {
		return err
	}
	made, err := r.effects()
	if err != nil {
		return err
	}
	noted := map[string]int{}
	for _, p := range pipelines() {
		if err := r.events(ctx, engine, p, made); err != nil {
			return err
		}
		if err := r.audit(ctx, engine, p.Name(), noted); err != nil {
			return err
		}
	}
	if err := r.commands(noted); err != nil {
		return err
	}
	return r.orphans()
}

// effects reads the ledger: which effects were made, and whether two executions were in a stage in the same life at once.
func (r *round) effects() (made map[string]Entry, err error) {
	made = map[string]Entry{}
	type place struct{ pipeline, stage string }
	inside := map[place]map[string]Entry{} // begun and not ended, by nonce
	life := 0
	err = lines(filepath.Join(r.dir, "ledger"), func(e Entry) {
		if e.Life != life {
			life = e.Life
			clear(inside)
		}
		at := place{e.Pipeline, e.Stage}
		if e.End {
			delete(inside[at], e.Nonce)
			return
		}
		r.tally.Effects++
		made[e.Nonce] = e
		for _, other := range inside[at] {
			if other.Execution != e.Execution && e.Pipeline != string(penstock.InParallel) {
				r.tally.find(&r.tally.Held, "life %d: %s and %s are at work in %s/%s", life, other.Execution, e.Execution, e.Pipeline, e.Stage)
			}
		}
		if inside[at] == nil {
			inside[at] = map[string]Entry{}
		}
		inside[at][e.Nonce] = e
	})
	return made, err
}

// events reads what was stored: an outcome counts once and names an effect that was made; a stage holds one execution.
func (r *round) events(ctx context.Context, engine *penstock.Engine, p penstock.Pipeline, made map[string]Entry) error {
	ended, accepted, holder := map[string]bool{}, map[string]bool{}, map[string]string{}
	for after := uint64(0); ; {
		page, err := engine.Events(ctx, penstock.EventQuery{Pipeline: p.Name(), After: after, Limit: 1000})
		if err != nil || len(page.Events) == 0 {
			return err
		}
		for _, e := range page.Events {
			if after++; e.Version != after {
				r.tally.find(&r.tally.Lost, "%s: event %d comes after event %d", p.Name(), e.Version, after-1)
			}
			switch e.Kind {
			case penstock.EventActionEnded:
				if ended[e.ActionExecution] {
					r.tally.find(&r.tally.Doubled, "%s: %s/%s ended twice", p.Name(), e.Stage, e.Action)
				}
				ended[e.ActionExecution] = true
				r.accepted(e, made, accepted)
			case penstock.EventStageEntered, penstock.EventStageRetried:
				if held := holder[e.Stage]; held != "" && held != e.Execution && p.Name() != string(penstock.InParallel) {
					r.tally.find(&r.tally.Held, "%s: %s enters %s, which %s holds", p.Name(), e.Execution, e.Stage, held)
				}
				holder[e.Stage] = e.Execution
			case penstock.EventStageEnded:
				holder[e.Stage] = ""
			case penstock.EventPipelineQuarantined:
				r.tally.find(&r.tally.Lost, "%s is quarantined: %s", p.Name(), e.Text)
			}
		}
	}
}

// accepted judges an outcome that counts.
func (r *round) accepted(e penstock.Event, made map[string]Entry, accepted map[string]bool) {
	if e.Status != penstock.StatusSucceeded || e.Action == "Release" || e.Action == "Script" {
		return
	}
	r.tally.Accepted++
	entry, ok := made[e.Text]
	switch {
	case !ok || entry.ActionExecution != e.ActionExecution:
		r.tally.find(&r.tally.Doubled, "%s/%s succeeded by effect %q, which it never made", e.Stage, e.Action, e.Text)
	case accepted[e.Text]:
		r.tally.find(&r.tally.Doubled, "%s/%s: effect %s was accepted twice", e.Stage, e.Action, e.Text)
	}
	accepted[e.Text] = true
}

// audit counts how often each command has acted.
func (r *round) audit(ctx context.Context, engine *penstock.Engine, pipeline string, noted map[string]int) error {
	if _, err := engine.VerifyAudit(ctx, pipeline); err != nil {
		r.tally.find(&r.tally.Lost, "the audit of %s: %v", pipeline, err)
	}
	for cursor, more := "", true; more; {
		page, err := engine.Audit(ctx, penstock.AuditQuery{Pipeline: pipeline, Cursor: cursor, Limit: 1000})
		if err != nil {
			return err
		}
		for _, entry := range page.Entries {
			noted[entry.Command]++
		}
		cursor, more = page.Next, page.Next != ""
	}
	return nil
}

// commands reads the journal: what was acknowledged has acted once, and was answered alike ever after.
func (r *round) commands(noted map[string]int) error {
	first := map[string]Order{}
	err := lines(filepath.Join(r.dir, "journal"), func(o Order) {
		before, known := first[o.ID]
		switch {
		case !o.Answered || o.Code != "" && !known:
			return
		case !known:
			first[o.ID] = o
			r.tally.Commands++
		case o.Kind == "transition": // as long as it changes nothing, nothing is remembered of it
		case o.Code != "" || o.Reply.Execution != before.Reply.Execution || !o.Reply.At.Equal(before.Reply.At):
			r.tally.find(&r.tally.Lost, "%s %s was answered %v, and later %v %s", o.Kind, o.ID, before.Reply, o.Reply, o.Code)
		}
	})
	for id, o := range first {
		if n := noted[id]; n > 1 || n == 0 && o.Kind != "transition" {
			r.tally.find(&r.tally.Lost, "%s %s was acknowledged and has acted %d times", o.Kind, id, n)
		}
	}
	return err
}

// orphans looks for processes that have a directory of the round in their environment, once they had time to end.
func (r *round) orphans() error {
	var left []string
	for range 20 {
		files, err := filepath.Glob("/proc/[0-9]*/environ")
		if err != nil {
			return err
		}
		left = left[:0]
		for _, file := range files {
			if env, err := os.ReadFile(file); err == nil && bytes.Contains(env, []byte(r.dir)) {
				left = append(left, filepath.Dir(file))
			}
		}
		if len(left) == 0 {
			return nil
		}
		<-time.After(50 * time.Millisecond)
	}
	for _, process := range left {
		line, _ := os.ReadFile(filepath.Join(process, "cmdline")) // it may have ended just now
		r.tally.find(&r.tally.Orphans, "%s is left: %q", process, line)
	}
	return nil
}
