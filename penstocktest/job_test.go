package penstocktest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// Farm is an action that job workers do.
type Farm struct {
	Target string
	Code   penstock.Input[string]
	Image  penstock.Output[Image]
}

func (Farm) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Farm", Version: "1"}
}

func (Farm) PolledBy() string { return "Target" }

var farmed = Farm{}.ActionType()

func farming(t *testing.T) *penstocktest.Harness {
	actions := fakes()
	penstock.RegisterJob[Farm](actions)
	built := penstock.NewVariable[string]("Farm", "built")
	return penstocktest.New(t, penstock.NewPipeline("farming",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Code: code.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Farm", Farm{Target: "arm64", Code: code.In(), Image: image.Out()}).Namespace("Farm").Retry(1)),
		penstock.NewStage("Deploy", penstock.NewAction("eu", Deploy{Environment: built.String(), Image: image.In()})),
	), actions)
}

func TestAJobWorkerInOneLine(t *testing.T) {
	h := farming(t)
	x := h.Start("a1b2c3")
	h.PollJob(farmed).Succeed(map[string]string{"built": "eu"})
	h.Advance(time.Minute)
	x.RequireSucceeded()
	x.RequireVariable("Build/Farm", "built", "eu")
}

func TestAJobWorkerThatIsWrong(t *testing.T) {
	h := farming(t)
	x := h.Start("a1b2c3")
	slow := h.TakeJob(farmed)
	require.Equal(t, "arm64", slow.Config()["Target"])
	h.Advance(time.Minute) // it goes to somebody else
	other := h.PollJob(farmed)
	require.ErrorIs(t, slow.Answer(penstocktest.Succeed()), penstock.ErrInvalidNonce)
	other.Continue("ticket")
	require.ErrorIs(t, other.Answer(penstocktest.Succeed()), penstock.ErrInvalidJobState)
	h.Crash()
	again := h.PollJob(farmed)
	require.Equal(t, "ticket", again.Continuation())
	again.Fail("out of disk")
	last := h.PollJob(farmed) // under the action's retry policy
	last.Store("image", Image{Digest: "by hand"})
	last.Succeed(map[string]string{"built": "eu"})
	h.Advance(time.Minute)
	x.RequireSucceeded()
}

// TestAJobWhereverItCrashes crashes the engine after every commit in turn.
func TestAJobWhereverItCrashes(t *testing.T) {
	for n, crashed := 1, true; crashed; n++ {
		h := farming(t)
		h.CrashAt(n)
		x := h.Start("a1b2c3")
		j := h.PollJob(farmed)
		j.Store("image", Image{Digest: "by hand"})
		j.Continue("ticket")
		h.PollJob(farmed).Succeed(map[string]string{"built": "eu"})
		h.Advance(time.Minute)
		x.RequireSucceeded()
		crashed = h.Crashed()
		require.Less(t, n, 100)
	}
}
