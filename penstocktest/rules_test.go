package penstocktest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

func TestWhatNobodyServesWaits(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	h.Withdraw(Deploy{}.ActionType())
	x := h.Start("a")
	x.Approve("Release", "ana")
	h.Advance(100 * 24 * time.Hour) // its timeout is an hour
	x.RequireWaiting("Production", "waits for a worker that serves Deploy/Custom/AcmeDeploy/1")
	h.Crash()
	h.Serve(Deploy{}.ActionType())
	h.Advance(30 * time.Second)
	x.RequireSucceeded()
}

func TestRefusals(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	x := h.Start("a")
	x.RequireIn("SignOff")
	x.RequireRetryRefused("SignOff", penstock.ErrNotRetryable)
	x.RequireOverrideRefused("SignOff", penstock.GateBeforeEntry, penstock.ErrNotOverridable)
	x.Reject("Release", "ana", "not now")
	x.RequireFailure("SignOff/Release", "Rejected")
	x.RequireApproveRefused("SignOff/Release", penstock.ErrApprovalCompleted)
	x.RequireStopRefused(penstock.ErrNotStoppable)
	h.RequireStage("SignOff", penstock.StatusFailed)
	h.RequireStage("Production", "")
	x.Retry("SignOff")
	h.RequireRetried("SignOff", 0, 1)
	x.Stop("wrong prices")
	x.RequireStopRefused(penstock.ErrDuplicatedStop)
	x.Abandon("wrong prices")
	x.RequireStopped("wrong prices")
	x.RequireApproveRefused("SignOff/Release", penstock.ErrInvalidToken)
	h.RequireStartRefused(penstock.StartExecution{Revisions: map[string]string{"Unit": "a"}}, penstock.ErrInvalid)
}

func TestLaunch(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	x := h.Launch(penstock.StartExecution{
		Sources: []penstock.SourceRevision{{Action: "Checkout", Type: penstock.CommitID, Value: "c1"}},
		Trigger: penstock.ExecutionTrigger{Type: penstock.TriggerWebhook, Detail: "hook"},
	})
	x.RequireTrigger(penstock.TriggerWebhook, "hook")
	x.RequireRevision("Checkout", "c1")
	second, third := h.Start("c2"), h.Start("c3")
	h.RequireQueue("SignOff", second, third)
	second.Stop("not wanted")
	h.RequireQueue("SignOff", third)
}

func TestRollbackAndHold(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	good := shipped(h, "good")
	h.RollbackAndHold("Production", good, "prices are wrong").RequireRollbackTo(good)
	h.RequireTransition("Production", "prices are wrong")
	h.EnableTransition("Production")
	h.RequireTransition("Production", "")
}

func TestRequireCondition(t *testing.T) {
	h := penstocktest.New(t, Shop(), fakes())
	h.Advance(24 * time.Hour)
	x := h.Start("a")
	h.RequireCondition("Production", penstock.GateBeforeEntry, "")
	x.Approve("Release", "ana")
	h.RequireCondition("Production", penstock.GateBeforeEntry, penstock.StatusInProgress)
	x.OverrideCondition("Production", penstock.GateBeforeEntry)
	h.RequireCondition("Production", penstock.GateBeforeEntry, penstock.StatusOverridden)
}

// TestRequirementsFail: each of them fails a test where what it requires is not so.
func TestRequirementsFail(t *testing.T) {
	for name, step := range map[string]func(h *penstocktest.Harness, x, y *penstocktest.Execution){
		"stage": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			h.RequireStage("Production", penstock.StatusFailed)
		},
		"no stage":   func(h *penstocktest.Harness, x, y *penstocktest.Execution) { h.RequireStage("Nowhere", "") },
		"retried":    func(h *penstocktest.Harness, x, y *penstocktest.Execution) { h.RequireRetried("SignOff", 1, 0) },
		"queue":      func(h *penstocktest.Harness, x, y *penstocktest.Execution) { h.RequireQueue("SignOff") },
		"transition": func(h *penstocktest.Harness, x, y *penstocktest.Execution) { h.RequireTransition("SignOff", "freeze") },
		"condition": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			h.RequireCondition("Production", penstock.GateBeforeEntry, penstock.StatusFailed)
		},
		"in":         func(h *penstocktest.Harness, x, y *penstocktest.Execution) { y.RequireIn("SignOff") },
		"until":      func(h *penstocktest.Harness, x, y *penstocktest.Execution) { x.RequireWaitingUntil("SignOff", h.Now()) },
		"superseded": func(h *penstocktest.Harness, x, y *penstocktest.Execution) { x.RequireSuperseded(y) },
		"stopped":    func(h *penstocktest.Harness, x, y *penstocktest.Execution) { x.RequireStopped("") },
		"trigger": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			x.RequireTrigger(penstock.TriggerWebhook, "")
		},
		"rollback to": func(h *penstocktest.Harness, x, y *penstocktest.Execution) { x.RequireRollbackTo(y) },
		"revision":    func(h *penstocktest.Harness, x, y *penstocktest.Execution) { x.RequireRevision("Checkout", "b") },
		"tries":       func(h *penstocktest.Harness, x, y *penstocktest.Execution) { x.RequireTries("Build/Image", 2) },
		"failure": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			x.RequireFailure("Build/Image", "TimedOut")
		},
		"failure of nobody": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			x.RequireFailure("Build/Nobody", "TimedOut")
		},
		"retry refused": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			x.RequireRetryRefused("SignOff", penstock.ErrNotLatest)
		},
		"stop refused": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			y.RequireStopRefused(penstock.ErrNotStoppable)
		},
		"override refused": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			x.RequireOverrideRefused("SignOff", penstock.GateOnSuccess, penstock.ErrNotLatest)
		},
		"approve refused": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			x.RequireApproveRefused("SignOff/Release", penstock.ErrInvalidToken)
		},
		"start refused": func(h *penstocktest.Harness, x, y *penstocktest.Execution) {
			h.RequireStartRefused(penstock.StartExecution{}, penstock.ErrInvalid)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			h := penstocktest.New(r, Shop(), fakes())
			x, y := h.Start("a"), h.Start("b")
			defer func() { require.Same(t, r, recover(), "it must fail") }()
			step(h, x, y)
		})
	}
}
