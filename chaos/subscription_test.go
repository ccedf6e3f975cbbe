package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/events"
	"github.com/penstock-dev/penstock/store/sqlite"
)

type work struct{ Do string }

func (work) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Work", Version: "1"}
}

// opened is an engine on a directory, driven until it is closed, with a sink of what it publishes.
type opened struct {
	*penstock.Engine
	t     *testing.T
	state *sqlite.Store
	stop  context.CancelFunc
	ended chan error
}

func open(t *testing.T, dir string, sink events.Sink) *opened {
	t.Helper()
	state, err := sqlite.Open(t.Context(), filepath.Join(dir, "state"), nil)
	require.NoError(t, err)
	actions := &penstock.Actions{}
	penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[work]) error { return nil })
	o := &opened{t: t, state: state, ended: make(chan error, 2)}
	o.Engine, err = penstock.NewEngine(penstock.Config{Actions: actions, State: state, PollInterval: 20 * time.Millisecond})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	o.stop = stop
	go func() { o.ended <- o.Run(ctx) }()
	go func() {
		o.ended <- events.Publish(ctx, o.Engine, penstock.Subscription{Name: "test", FromStart: true}, sink, nil)
	}()
	return o
}

func (o *opened) close() {
	o.stop()
	for range 2 {
		require.NoError(o.t, <-o.ended)
	}
	require.NoError(o.t, o.state.Close())
}

// What happens while nobody takes it, or while nothing runs, is told after the next start, once it has been taken never again.
func TestWhatIsToldOverARestart(t *testing.T) {
	dir := t.TempDir()
	taken, full := []string{}, make(chan struct{})
	first := open(t, dir, events.SinkFunc(func(_ context.Context, m events.Message) error {
		if len(taken) == 7 { // in the middle of a page
			select {
			case <-full:
			default:
				close(full)
			}
			return errors.New("the receiver is gone")
		}
		taken = append(taken, m.ID)
		return nil
	}))
	reply, err := first.Apply(t.Context(), penstock.NewPipeline("p",
		penstock.NewStage("Source", penstock.NewAction("Fetch", work{Do: "fetch"})),
		penstock.NewStage("SignOff", penstock.NewApproval("Release")),
	))
	require.NoError(t, err)
	token := ""
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for e, err := range first.Follow(ctx, penstock.EventQuery{Pipeline: "p"}) {
		require.NoError(t, err)
		if token = e.Token; token != "" {
			break
		}
	}
	select {
	case <-full:
	case <-ctx.Done():
		require.Fail(t, "nothing more was told")
	}
	first.close()

	told, bodies, over := []string{}, []string{}, make(chan struct{})
	second := open(t, dir, events.SinkFunc(func(_ context.Context, m events.Message) error {
		told, bodies = append(told, m.ID), append(bodies, string(m.Body))
		if strings.Contains(string(m.Body), "Pipeline Execution State Change") && strings.Contains(string(m.Body), `"SUCCEEDED"`) {
			close(over)
		}
		return nil
	}))
	require.NoError(t, second.Approve(ctx, "p", "SignOff", "Release", token, ""))
	x, err := second.Wait(ctx, "p", reply.Execution)
	require.NoError(t, err)
	require.Equal(t, penstock.StatusSucceeded, x.Status)
	select {
	case <-over:
	case <-ctx.Done():
		require.Fail(t, "the end was not told")
	}
	second.close()
	all := map[string]bool{}
	for _, id := range slices.Concat(taken, told) {
		all[id] = true
	}
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(told))), len(told), "of one life nothing comes twice")

	state, err := sqlite.Open(t.Context(), filepath.Join(dir, "state"), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, state.Close()) }()
	e, err := penstock.NewEngine(penstock.Config{State: state})
	require.NoError(t, err)
	again := 0
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for id := range all {
		require.Len(t, id, 36)
	}
	require.NoError(t, events.Publish(ctx, e, penstock.Subscription{Name: "witness", FromStart: true}, events.SinkFunc(func(_ context.Context, m events.Message) error {
		require.True(t, all[m.ID], "%s was never told: %s", m.ID, m.Body)
		if again++; again == len(all) {
			stop()
		}
		return nil
	}), nil))
	require.Len(t, all, again)
}
