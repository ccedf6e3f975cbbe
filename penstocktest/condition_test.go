package penstocktest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// Fetch is a source whose branch is a variable.
type Fetch struct{ Code penstock.Output[string] }

func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

// ErrorBudget is a rule type: it is made and registered like an action type.
type ErrorBudget struct {
	Service string
	Image   penstock.Input[Image]
}

func (ErrorBudget) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Provider: "ErrorBudget", Version: "1"}
}

var office = penstock.DeploymentWindow{Cron: "* * 10-15 ? * MON-FRI", TimeZone: "Europe/Berlin"}

// gated is a release whose production has a condition at every gate.
func gated() penstock.Pipeline {
	alarm := penstock.Rule{Name: "Alarm", Provider: "CloudWatchAlarm", Config: map[string]string{"AlarmName": "errors", "AlarmStates": "ALARM"}}
	branch := penstock.NewVariable[string]("source", "Branch")
	return penstock.NewPipeline("gated",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Fetch{Code: code.Out()}).Namespace("source")),
		penstock.NewStage("Build", penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()})),
		penstock.NewStage("Preview", penstock.NewAction("Deploy", Deploy{Environment: "preview", Image: image.In()})).
			BeforeEntry(penstock.SkipUnless(penstock.NewRule("Branch", penstock.VariableCheck{
				Variable: branch.String(), Operator: penstock.OperatorNotEquals, Value: "main",
			}))),
		penstock.NewStage("Production", penstock.NewAction("Deploy", Deploy{Environment: "eu", Image: image.In()})).
			BeforeEntry(penstock.Require(penstock.NewRule("Office", office).Within(3*24*time.Hour))).
			OnSuccess(penstock.RollBackUnless(penstock.NewRule("Budget", ErrorBudget{Service: "shop", Image: image.In()}))).
			OnFailure(penstock.RollBack().When(alarm)),
	).Mode(penstock.Queued)
}

// gatedFakes know the error budget: it is asked twice, and an image that is called bad has used it up.
func gatedFakes() *penstock.Actions {
	actions := fakes()
	penstock.RegisterFunc(actions, func(ctx context.Context, call *penstock.Call[Fetch]) error {
		branch, _, _ := strings.Cut(call.RequestedRevision, "@")
		return errors.Join(call.SetVariable("Branch", branch), call.Config.Code.Store(ctx, call, call.RequestedRevision))
	})
	penstock.RegisterFunc(actions, func(ctx context.Context, call *penstock.Call[ErrorBudget]) error {
		if call.Resume == "" {
			return penstock.Pending(time.Minute, "asked")
		}
		img, err := call.Config.Image.Load(ctx, call)
		if err == nil && img.Digest == "image of main@bad" {
			err = errors.New(call.Config.Service + " has no budget left")
		}
		return err
	})
	return actions
}

// gatedRelease goes through all gates of a release, with a crash after the n-th commit; 0: none.
func gatedRelease(t *testing.T, n int) (transcript string, crashed bool) {
	h := penstocktest.New(t, gated(), gatedFakes())
	h.CrashAt(n)
	h.Advance(10 * time.Hour) // to 19:00 UTC on a Thursday
	x := h.Start("main@good")
	x.RequireWaiting("Production", "deployment window opens at 2026-01-02T09:00:00Z")
	h.Advance(14*time.Hour + time.Minute)
	x.RequireWaiting("Production", "onSuccess condition: rule Budget: it asked to be entered again")
	h.Advance(time.Minute)
	x.RequireSucceeded()
	x.RequireRan("Source/Checkout", "Build/Image", "Production/Deploy")
	x.RequireRules("Preview/Branch Failed", "Production/Office Succeeded", "Production/Budget Succeeded")
	return h.Transcript(), n > 0 && h.Crashed()
}

// TestGatedReleaseEndsAlikeWhereverItCrashes crashes the engine after every commit in turn.
func TestGatedReleaseEndsAlikeWhereverItCrashes(t *testing.T) {
	want, _ := gatedRelease(t, 0)
	for n := 1; ; n++ {
		got, crashed := gatedRelease(t, n)
		if !crashed {
			require.Greater(t, n, 10)
			return
		}
		var kept []string
		for line := range strings.Lines(got) {
			if !strings.HasPrefix(line, "worker.lost") {
				kept = append(kept, line)
			}
		}
		require.Equal(t, want, strings.Join(kept, ""), "crash after commit %d", n)
	}
}

func TestBudgetIsUsedUp(t *testing.T) {
	h := penstocktest.New(t, gated(), gatedFakes())
	h.Advance(2 * time.Hour)
	x := h.Start("main@good")
	h.Advance(2 * time.Minute)
	x.RequireSucceeded()
	bad := h.Start("main@bad")
	h.Advance(2 * time.Minute)
	bad.RequireFailed("Production onSuccess: rule Budget: shop has no budget left")
	require.Contains(t, h.Transcript(), "execution.started execution 3\nstage.entered Production by execution 3\n", "a rollback, which is not asked at the entry")
}

func TestAlarmAfterAFailure(t *testing.T) {
	for name, c := range map[string]struct {
		alarm      penstocktest.Outcome
		rolledBack bool
	}{
		"raised":     {penstocktest.Succeed(), true},
		"not raised": {penstocktest.Fail("the alarm is OK"), false},
	} {
		t.Run(name, func(t *testing.T) {
			h := penstocktest.New(t, gated(), gatedFakes())
			h.Advance(2 * time.Hour)
			h.Start("main@good")
			h.Advance(2 * time.Minute)
			h.Script("Production/Deploy", penstocktest.FailPermanently("no capacity"))
			h.Script("Production/Alarm", c.alarm)
			x := h.Start("main@later")
			x.RequireFailed("no capacity")
			require.Equal(t, c.rolledBack, strings.Contains(h.Transcript(), "stage.entered Production by execution 3"))
		})
	}
}

func TestOverrideCondition(t *testing.T) {
	h := penstocktest.New(t, gated(), gatedFakes())
	h.Script("Production/Budget", penstocktest.Hold())
	h.Advance(10 * time.Hour)
	x := h.Start("feature@1")
	h.Advance(30 * time.Second) // the preview's rollout
	x.RequireWaiting("Production", "deployment window opens at")
	x.OverrideCondition("Production", penstock.GateBeforeEntry)
	h.Advance(30 * time.Second)
	x.RequireWaiting("Production", "onSuccess condition: rule Budget: run 1 goes on")
	h.Finish("Production/Budget", penstocktest.Fail("no budget left"))
	x.RequireFailed("no budget left")
	x.OverrideCondition("Production", penstock.GateOnSuccess)
	x.RequireSucceeded()
	x.RequireRan("Source/Checkout", "Build/Image", "Preview/Deploy", "Production/Deploy")
	x.RequireRules("Preview/Branch Succeeded", "Production/Office Abandoned", "Production/Budget Failed")
}
