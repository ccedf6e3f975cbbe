package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/actions/deploy"
	"github.com/penstock-dev/penstock/actions/git"
	"github.com/penstock-dev/penstock/penstocktest"
)

// The release is tested without git, without Go and without a clock: these fakes stand for the work, the rules are those of production.

var settings = Settings{Repository: "file:///src/shop", Package: "./cmd/shop", Program: "shop"}

// production is what the fakes have deployed.
type production struct{ deployed []deploy.Directory }

func fakes(t *testing.T) (*penstock.Actions, *production) {
	var a penstock.Actions
	var p production
	penstock.RegisterFunc(&a, func(ctx context.Context, call *penstock.Call[git.Source]) error {
		if err := call.SetVariable("CommitId", call.RequestedRevision); err != nil {
			return err
		}
		return call.Config.Code.Store(ctx, call, penstock.TreeAt(t.TempDir()))
	})
	penstock.RegisterFunc(&a, func(ctx context.Context, call *penstock.Call[command.Run]) error {
		return call.Config.Output.Store(ctx, call, penstock.TreeAt(t.TempDir()))
	})
	penstock.RegisterFunc(&a, func(_ context.Context, call *penstock.Call[deploy.Directory]) error {
		p.deployed = append(p.deployed, call.Config)
		return nil
	})
	return &a, &p
}

func TestReleaseDeploysWhatWasApproved(t *testing.T) {
	actions, production := fakes(t)
	h := penstocktest.New(t, Release(settings), actions)
	x := h.Start("a1b2c3d")
	x.RequireWaiting("SignOff", "approval")
	h.Advance(24 * time.Hour)
	require.Empty(t, production.deployed, "nobody has approved yet")
	h.Crash() // an approval is waited for in the store, not in memory
	x.Approve("Approve", "ana")
	x.RequireSucceeded()
	x.RequireRan("Source/Checkout", "Build/Vet", "Build/Test", "Build/Compile", "SignOff/Approve", "Deploy/Install")
	require.Len(t, production.deployed, 1)
	require.Equal(t, "a1b2c3d", production.deployed[0].Release)
	require.Equal(t, []string{"bin/shop"}, production.deployed[0].Check)
}

func TestReleaseEndsAtTheFirstFailure(t *testing.T) {
	for name, test := range map[string]struct {
		action string
		ran    []string
	}{
		"no commit":        {"Source/Checkout", nil},
		"suspicious code":  {"Build/Vet", []string{"Source/Checkout", "Build/Test"}}, // what ran beside it was let end
		"a failing test":   {"Build/Test", []string{"Source/Checkout", "Build/Vet"}},
		"does not compile": {"Build/Compile", []string{"Source/Checkout", "Build/Vet", "Build/Test"}},
	} {
		t.Run(name, func(t *testing.T) {
			actions, production := fakes(t)
			h := penstocktest.New(t, Release(settings), actions)
			h.Script(test.action, penstocktest.Fail(name))
			x := h.Start("a1b2c3d")
			x.RequireFailed(name)
			x.RequireRan(test.ran...)
			require.Empty(t, production.deployed)
		})
	}
}

func TestReleaseIsNotDeployedWithoutApproval(t *testing.T) {
	for name, say := range map[string]func(*penstocktest.Harness, *penstocktest.Execution){
		"rejected": func(_ *penstocktest.Harness, x *penstocktest.Execution) {
			x.Reject("Approve", "bob", "not on a Friday")
		},
		"expired": func(h *penstocktest.Harness, _ *penstocktest.Execution) { h.Advance(8 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			actions, production := fakes(t)
			h := penstocktest.New(t, Release(settings), actions)
			x := h.Start("a1b2c3d")
			say(h, x)
			x.RequireFailed("Approve")
			require.Empty(t, production.deployed)
		})
	}
}

// TestEveryActionTypeIsRegistered judges the real registration, which the fakes stand in for elsewhere.
func TestEveryActionTypeIsRegistered(t *testing.T) {
	require.NoError(t, Release(settings).Validate(actions(&data{dir: t.TempDir()})))
}
