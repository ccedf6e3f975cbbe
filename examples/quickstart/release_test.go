package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// The release is tested without git, without Go and without a clock: these fakes stand for the work, the rules are those of production.

var settings = Settings{Repository: "/repo/.git", Package: "./...", Program: "./cmd/shop"}

// production is what the fakes have deployed, by name.
type production map[string]Deploy

func fakes(t *testing.T) (*penstock.Actions, production) {
	var a penstock.Actions
	deployed := production{}
	penstock.Register(&a, penstock.RunnerFunc[Checkout](func(ctx context.Context, call *penstock.Call[Checkout]) error {
		if err := call.SetVariable("commit", call.RequestedRevision); err != nil {
			return err
		}
		return call.Config.Code.Store(ctx, call, penstock.TreeAt(t.TempDir()))
	}))
	penstock.Register(&a, penstock.RunnerFunc[GoVet](func(context.Context, *penstock.Call[GoVet]) error { return nil }))
	penstock.Register(&a, penstock.RunnerFunc[GoTest](func(context.Context, *penstock.Call[GoTest]) error { return nil }))
	penstock.Register(&a, penstock.RunnerFunc[GoBuild](func(ctx context.Context, call *penstock.Call[GoBuild]) error {
		if err := call.SetVariable("name", "shop"); err != nil {
			return err
		}
		return call.Config.Program.Store(ctx, call, penstock.FileFrom(strings.NewReader(call.Config.Version)))
	}))
	penstock.Register(&a, penstock.RunnerFunc[Deploy](func(_ context.Context, call *penstock.Call[Deploy]) error {
		deployed[call.Config.Name] = call.Config
		return nil
	}))
	return &a, deployed
}

func TestReleaseDeploysWhatWasApproved(t *testing.T) {
	actions, production := fakes(t)
	h := penstocktest.New(t, Release(settings), actions)
	x := h.Start("a1b2c3d")
	x.RequireWaiting("SignOff", "approval")
	h.Advance(24 * time.Hour)
	require.Empty(t, production, "nobody has approved yet")
	h.Crash() // an approval is waited for in the store, not in memory
	x.Approve("Approve", "ana")
	x.RequireSucceeded()
	x.RequireRan("Source/Checkout", "Check/Vet", "Check/Test", "Build/Compile", "SignOff/Approve", "Deploy/Install")
	require.Equal(t, "a1b2c3d", production["shop"].Release)
}

func TestReleaseEndsAtTheFirstFailure(t *testing.T) {
	for name, test := range map[string]struct {
		action string
		ran    []string
	}{
		"no commit":        {"Source/Checkout", nil},
		"suspicious code":  {"Check/Vet", []string{"Source/Checkout", "Check/Test"}}, // what ran beside it was let end
		"a failing test":   {"Check/Test", []string{"Source/Checkout", "Check/Vet"}},
		"does not compile": {"Build/Compile", []string{"Source/Checkout", "Check/Vet", "Check/Test"}},
	} {
		t.Run(name, func(t *testing.T) {
			actions, production := fakes(t)
			h := penstocktest.New(t, Release(settings), actions)
			h.Script(test.action, penstocktest.Fail(name))
			x := h.Start("a1b2c3d")
			x.RequireFailed(name)
			x.RequireRan(test.ran...)
			require.Empty(t, production)
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
			require.Empty(t, production)
		})
	}
}

// TestEveryActionTypeIsRegistered judges the real registration, which the fakes stand in for elsewhere.
func TestEveryActionTypeIsRegistered(t *testing.T) {
	require.NoError(t, Release(settings).Validate(actions(t.TempDir())))
}
