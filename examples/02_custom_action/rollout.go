package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock"
)

// Rollout is the half of the action that a pipeline stores: settings, what it takes in and puts out, and the name of a secret.
type Rollout struct {
	Service  string
	Replicas penstock.Value[int] // a number, or a reference to a variable that is one
	Poll     time.Duration
	Token    penstock.Secret
	Image    penstock.Input[Image]
	Address  penstock.Output[string]
}

// ActionType is the name that stored pipelines know it by. It outlives the Go type's name.
func (Rollout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "AcmeRollout", Version: "1"}
}

// Acme is the service that does the work, here a made-up one.
type Acme interface {
	Begin(token, id string, image Image, replicas int) (ticket string, err error)
	Healthy(token, ticket string) (replicas int, err error)
}

// Roller is the half that runs it: it has the client, and is never stored.
type Roller struct{ Acme Acme }

// Run is entered anew for every look at the rollout. In between nothing waits here: a restart does no harm.
func (r *Roller) Run(ctx context.Context, call *penstock.Call[Rollout]) error {
	c, replicas := call.Config, call.Config.Replicas.Get()
	if replicas > 8 {
		return penstock.Permanent(fmt.Errorf("%d replicas; there is room for 8", replicas)) // no further try can mend it
	}
	token, err := c.Token.Value(ctx, call) // from now on it is struck out of whatever this run says
	if err != nil {
		return err
	}
	if call.Resume == "" {
		image, err := c.Image.Load(ctx, call)
		if err != nil {
			return err
		}
		fmt.Fprintln(call.Log(), "POST /rollouts with token", token)
		ticket, err := r.Acme.Begin(token, call.ActionExecution, image, replicas) // the id says that a second request means the same rollout
		if err != nil {
			return err // tried again, as the pipeline's retry policy says
		}
		if err := call.External(ticket, "https://acme.example/"+ticket); err != nil { // operators see it
			return err
		}
		return penstock.Pending(c.Poll, ticket) // enter again, with the ticket in Resume
	}
	healthy, err := r.Acme.Healthy(token, call.Resume)
	if err != nil {
		return err
	}
	if healthy < replicas {
		return penstock.Pending(c.Poll, call.Resume)
	}
	call.Summary(fmt.Sprintf("%d of %d replicas are healthy", healthy, replicas))
	return errors.Join(
		call.SetVariable("Ticket", call.Resume),
		c.Address.Store(ctx, call, "https://"+c.Service+".acme.example"),
	)
}
