package penstocktest_test

import (
	"testing"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// TestAParallelReleaseIsTakenUpAgain: releases of a PARALLEL pipeline hold no stage, so one that failed can be retried whatever came after it,
// as long as the definition is the same.
func TestAParallelReleaseIsTakenUpAgain(t *testing.T) {
	site := penstock.NewPipeline("site",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Code: code.Out()})),
		penstock.NewStage("Check",
			penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()}),
			penstock.NewAction("Unit", GoTest{Code: code.In(), Packages: "./..."}),
		),
		penstock.NewStage("SignOff", penstock.NewApproval("Release")),
	).Mode(penstock.InParallel)
	h := penstocktest.New(t, site, fakes())
	h.Script("Check/Unit", penstocktest.FailPermanently("flaky"))
	first := h.Start("a")
	first.RequireFailed("flaky")
	second := h.Start("b")
	h.Crash() // the record is all that is left of the first one

	first.Retry("Check")
	first.RequireWaiting("SignOff", "approval")
	first.RequireRan("Source/Checkout", "Check/Image", "Check/Unit")
	first.Reject("Release", "ana", "not yet")
	first.RequireFailed("not yet")
	first.RetryAll("SignOff")
	first.Approve("Release", "ana")
	first.RequireSucceeded()
	first.RequireRetryRefused("SignOff", penstock.ErrNotRetryable)

	second.Abandon("wrong branch")
	h.Apply(site.OnUpdate(penstock.FinishRunning))
	second.RequireRetryRefused("SignOff", penstock.ErrNotRetryable)
}
