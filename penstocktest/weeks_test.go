package penstocktest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// Shop releases the newest revision that somebody signs off, on the afternoons of three days a week, and goes back when that fails.
func Shop() penstock.Pipeline {
	hours := penstock.DeploymentWindow{Cron: "* * 14-16 ? * TUE-THU", TimeZone: "Europe/Berlin"}
	return penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()}).
			RetryPolicy(penstock.RetryPolicy{Max: 2, Backoff: time.Minute})),
		penstock.NewStage("SignOff", penstock.NewApproval("Release").Expires(3*24*time.Hour)),
		penstock.NewStage("Production", penstock.NewAction("Ship", Deploy{Environment: "eu", Image: image.In()})).
			BeforeEntry(penstock.Require(penstock.NewRule("Hours", hours).Within(7*24*time.Hour))).
			OnFailure(penstock.RollBack()),
	)
}

func TestWeeksOfReleases(t *testing.T) {
	const day = 24 * time.Hour
	began := time.Now()
	h := penstocktest.New(t, Shop(), fakes()) // it is Thursday, 1 January 2026, 09:00 UTC
	first := h.Start("v1")
	first.Approve("Release", "ana")
	first.RequireWaitingUntil("Production", h.Now().Add(4*time.Hour)) // 14:00 in Berlin
	h.Advance(5 * time.Hour)
	first.RequireSucceeded()

	h.Advance(day) // Friday: a build that needs three tries, and then has to wait for Tuesday
	h.Script("Build/Image", penstocktest.Fail("registry 503"), penstocktest.Fail("registry 503"))
	second := h.Start("v2")
	second.RequireWaiting("Build", "registry 503")
	h.Advance(3 * time.Minute) // one minute, then two
	second.RequireTries("Build/Image", 3)
	second.Approve("Release", "ana")
	second.RequireWaiting("Production", "its deployment window opens at 2026-01-06T13:00:00Z")

	third, fourth, fifth := h.Start("v3"), h.Start("v4"), h.Start("v5") // nobody signs v3 off, and v5 takes the place of v4
	fourth.RequireSuperseded(fifth)
	h.Advance(3 * day)
	third.RequireFailure("SignOff/Release", "TimedOut")
	third.RequireRetryRefused("SignOff", penstock.ErrNotLatest) // v5 has gone in
	fifth.Approve("Release", "bob")
	fifth.RequireWaiting("Production", "held by execution "+second.ID())

	h.Script("Production/Ship", penstocktest.FailPermanently("health check")) // Tuesday
	h.Crash()
	h.Advance(day)
	second.RequireFailed("health check")
	back := second.RequireRolledBack() // by itself, to v1; then v5 ships
	back.RequireRollbackTo(first)
	back.RequireSucceeded()
	fifth.RequireSucceeded()

	h.DisableTransition("Production", "stock-taking") // and nobody thinks of it again
	sixth := h.Start("v6")
	sixth.Approve("Release", "ana")
	h.Advance(14 * day)
	sixth.RequireWaiting("Production", "stock-taking")
	h.Advance(16 * day)
	sixth.RequireStatus(penstock.StatusCancelled)
	h.EnableTransition("Production")
	h.RequireQueue("Production")

	t.Logf("until %s in %s", h.Now().Format(time.DateOnly), time.Since(began)) // until 2026-02-05 in 8 ms
	require.Less(t, time.Since(began), time.Second)
}
