package penstocktest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// shipped takes an execution through the storefront.
func shipped(h *penstocktest.Harness, revision string) *penstocktest.Execution {
	x := h.Start(revision)
	x.Approve("Release", "ana")
	h.Advance(30 * time.Second)
	return x
}

func TestAStageGoesBackByItselfAndByHand(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	good := shipped(h, "good")
	good.RequireSucceeded()

	h.Script("Production/eu", penstocktest.FailPermanently("health check"))
	bad := shipped(h, "bad")
	bad.RequireFailed("health check")
	bad.RequireRolledBack().RequireRan("Production/eu")

	newer := shipped(h, "newer")
	newer.RequireSucceeded()
	h.Crash()
	back := h.Rollback("Production", good) // its record is all that is left of it
	back.RequireSucceeded()
	back.RequireRan("Production/eu")
	h.RequireRollbackRefused("Production", bad, penstock.ErrNotRollbackable)
	h.RequireRollbackRefused("Source", good, penstock.ErrNotRollbackable)
	h.Apply(Storefront("eu", "us"))
	h.RequireRollbackRefused("Production", newer, penstock.ErrOutdated)
}

func TestAStageRetriesItselfOnce(t *testing.T) {
	p := penstock.NewPipeline("site",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Code: code.Out()})),
		penstock.NewStage("Check", penstock.NewAction("Unit", GoTest{Code: code.In(), Packages: "./..."})).OnFailure(penstock.RetryStage(penstock.FailedActions)),
	)
	h := penstocktest.New(t, p, fakes())
	h.Script("Check/Unit", penstocktest.FailPermanently("flaky"))
	h.Start("a").RequireSucceeded()
	h.Script("Check/Unit", penstocktest.FailPermanently("broken"), penstocktest.FailPermanently("broken"))
	h.Start("b").RequireFailed("broken")
}

func TestNobodyTakesThePlaceOfWhatIsStopped(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	first, second := h.Start("a"), h.Start("b")
	second.RequireWaiting("SignOff", "held by execution")
	first.StopAndDisable("SignOff", "wrong price list")
	first.Approve("Release", "ana")
	first.RequireStatus(penstock.StatusStopped)
	second.RequireWaiting("SignOff", "wrong price list")
	h.Advance(30 * 24 * time.Hour)
	second.RequireStatus(penstock.StatusCancelled)
}

func TestAnUpdateLetsReleasesFinish(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	x := h.Start("a")
	h.Apply(Storefront("eu", "us").OnUpdate(penstock.FinishRunning))
	x.Approve("Release", "ana")
	h.RequireApplyRefused(Storefront("eu").Mode(penstock.Superseded).OnUpdate(penstock.FinishRunning), penstock.ErrFailedPrecondition)
	h.Advance(30 * time.Second)
	x.RequireSucceeded()
	x.RequireRan("Source/Checkout", "Build/Image", "Build/Unit", "Build/EndToEnd", "SignOff/Release", "Production/eu")
	y := h.Start("b")
	h.Apply(Storefront("eu"))
	y.RequireStatus(penstock.StatusCancelled)
}

func TestAnAnnouncedRevisionStartsOnce(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	x := h.Announce("Source/Checkout", "a1b2c3", "push-1")
	x.RequireWaiting("SignOff", "")
	require.Equal(t, x.ID(), h.Announce("Source/Checkout", "a1b2c3", "push-1").ID())
	require.NotEqual(t, x.ID(), h.Announce("Source/Checkout", "a1b2c3", "push-2").ID())
}

func TestADeletedPipelineEndsItsReleases(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	x, y := h.Start("a"), h.Start("b")
	y.RequireWaiting("SignOff", "held by execution")
	h.Delete()
	x.RequireStatus(penstock.StatusCancelled)
	y.RequireStatus(penstock.StatusCancelled)
	h.Apply(Storefront("eu"))
	h.Start("c").RequireWaiting("SignOff", "waits for an approval")
}
