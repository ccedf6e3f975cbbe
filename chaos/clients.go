package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock-dev/penstock"
)

// Order is a command as the journal keeps it, before it is given and again with its answer.
type Order struct {
	ID, Kind, Pipeline, Execution, Stage, Action, Token string
	Flag                                                bool // abandon, reject, all actions, enabled

	Answered bool
	Code     penstock.Code // of a refusal
	Reply    penstock.Reply
}

// command is what the engine is given.
func (o Order) command() penstock.Command {
	switch o.Kind {
	case "stop":
		return penstock.StopExecution{ID: o.ID, Pipeline: o.Pipeline, Execution: o.Execution, Abandon: o.Flag, Reason: "chaos"}
	case "retry":
		mode := penstock.FailedActions
		if o.Flag {
			mode = penstock.AllActions
		}
		return penstock.RetryStageExecution{ID: o.ID, Pipeline: o.Pipeline, Execution: o.Execution, Stage: o.Stage, Mode: mode}
	case "decide":
		return penstock.DecideApproval{ID: o.ID, Pipeline: o.Pipeline, Stage: o.Stage, Action: o.Action, Token: o.Token, Reject: o.Flag}
	case "transition":
		return penstock.SetTransition{ID: o.ID, Pipeline: o.Pipeline, Stage: o.Stage, Enabled: o.Flag, Reason: o.ID}
	default:
		return penstock.StartExecution{ID: o.ID, Pipeline: o.Pipeline}
	}
}

// clients give orders to the engine of one life.
type clients struct {
	engine  *penstock.Engine
	life    Life
	reaper  *reaper
	journal *appender
	given   atomic.Int64
	settle  bool

	old  []Order // as the journal of earlier lives says: asked, or answered
	last map[string]Order
}

func newClients(engine *penstock.Engine, life Life, reaper *reaper) (*clients, error) {
	c := &clients{engine: engine, life: life, reaper: reaper, settle: life.Boundary == 0, last: map[string]Order{}}
	path := filepath.Join(life.Dir, "journal")
	err := lines(path, func(o Order) {
		if _, asked := c.last[o.ID]; !asked {
			c.old = append(c.old, o)
		}
		c.last[o.ID] = o
	})
	if err != nil {
		return nil, err
	}
	c.journal, err = appendTo(path)
	return c, err
}

// work is what clients do in a life.
func (c *clients) work(ctx context.Context) error {
	for _, p := range pipelines() {
		if _, err := c.engine.Apply(ctx, p); err != nil {
			return c.ended(ctx, err)
		}
	}
	var all sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		all.Go(func() {
			errs[i] = c.client(ctx, rand.New(rand.NewPCG(c.life.Seed, uint64(100*c.life.Number+i))), i == 0)
		})
	}
	all.Wait()
	return c.ended(ctx, errors.Join(errs...))
}

// ended tells the end of a calm life from a fault. The last one is never calm.
func (c *clients) ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && !c.settle {
		return nil
	}
	return err
}

// client asks again what was asked before, then orders at random, or, in the last life, brings everything to its end.
func (c *clients) client(ctx context.Context, rng *rand.Rand, first bool) error {
	if first {
		if err := c.again(ctx, rng); err != nil {
			return err
		}
	}
	for ctx.Err() == nil {
		p := pipelines()[rng.IntN(3)].Name()
		state, err := c.engine.State(ctx, p)
		if err != nil {
			return err
		}
		if c.settle {
			done, err := c.bring(ctx)
			if done || err != nil {
				return err
			}
		} else if err := c.random(ctx, rng, state); err != nil {
			return err
		}
		rest(ctx, 8*time.Millisecond)
	}
	return ctx.Err()
}

// again gives orders of earlier lives once more: all that nobody has answered, some that somebody has; in the last life all of them.
func (c *clients) again(ctx context.Context, rng *rand.Rand) error {
	for _, o := range c.old {
		last := c.last[o.ID]
		if last.Answered && !c.settle && rng.IntN(5) > 0 {
			continue
		}
		o.Answered, o.Code, o.Reply = false, "", penstock.Reply{}
		if err := c.do(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// give gives a new order.
func (c *clients) give(ctx context.Context, o Order) error {
	o.ID = fmt.Sprintf("%d.%d", c.life.Number, c.given.Add(1))
	if err := c.journal.write(o); err != nil {
		return err
	}
	return c.do(ctx, o)
}

// do gives an order and writes its answer down.
func (c *clients) do(ctx context.Context, o Order) error {
	c.reaper.boundary()
	reply, err := c.engine.Do(penstock.WithActor(ctx, "client"), o.command())
	if code := penstock.CodeOf(err); err != nil {
		if code == penstock.ErrUnavailable || code == penstock.ErrInternal || code == penstock.ErrQuarantined {
			return fmt.Errorf("%s %s: %w", o.Kind, o.ID, err)
		}
		o.Code = code
	}
	c.reaper.boundary()
	o.Answered, o.Reply = true, reply
	return c.journal.write(o)
}

// random gives an order at random.
func (c *clients) random(ctx context.Context, rng *rand.Rand, state penstock.PipelineState) error {
	o := Order{Pipeline: state.Pipeline}
	stage := state.Stages[rng.IntN(len(state.Stages))]
	switch dice := rng.IntN(20); {
	case dice < 7:
		if len(state.Live) >= 5 {
			return nil
		}
		o.Kind = "start"
	case dice < 9:
		if len(state.Live) == 0 {
			return nil
		}
		o.Kind, o.Execution, o.Flag = "stop", state.Live[rng.IntN(len(state.Live))].ID, rng.IntN(2) == 0
	case dice < 11:
		if stage.Status != penstock.StatusFailed && stage.Status != penstock.StatusStopped {
			return nil
		}
		o.Kind, o.Execution, o.Stage, o.Flag = "retry", stage.Execution, stage.Name, rng.IntN(2) == 0
	case dice < 13:
		o.Kind, o.Stage, o.Flag = "transition", stage.Name, rng.IntN(3) > 0
	default:
		return c.decide(ctx, state, rng.IntN(5) == 0)
	}
	return c.give(ctx, o)
}

// decide answers what waits for an approval.
func (c *clients) decide(ctx context.Context, state penstock.PipelineState, reject bool) error {
	for _, x := range state.Live {
		reasons, err := c.engine.Explain(ctx, state.Pipeline, x.ID)
		if err != nil {
			return err
		}
		for _, r := range reasons {
			if r.Kind != penstock.WaitsForApproval {
				continue
			}
			o := Order{Kind: "decide", Pipeline: state.Pipeline, Stage: r.Stage, Action: r.Action, Token: r.Token, Flag: reject}
			if err := c.give(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// bring opens every gate and approves everything; it answers whether nothing goes on any more.
func (c *clients) bring(ctx context.Context) (done bool, err error) {
	done = true
	for _, p := range pipelines() {
		state, err := c.engine.State(ctx, p.Name())
		if err != nil {
			return false, err
		}
		for _, s := range state.Stages {
			if !s.Transition.Enabled {
				done = false
				if err := c.give(ctx, Order{Kind: "transition", Pipeline: p.Name(), Stage: s.Name, Flag: true}); err != nil {
					return false, err
				}
			}
		}
		if len(state.Live) > 0 {
			done = false
		}
		if err := c.decide(ctx, state, false); err != nil {
			return false, err
		}
	}
	return done, nil
}
