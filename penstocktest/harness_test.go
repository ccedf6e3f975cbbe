package penstocktest_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

var update = flag.Bool("update", false, "write the golden transcript anew")

func TestProductionWaitsForFreezeThenSignOff(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes()) // the production machine; no sleep
	h.DisableTransition("Production", "quarter-end freeze")
	x := h.Start("a1b2c3")
	x.Approve("Release", "ana")
	x.RequireWaiting("Production", "quarter-end freeze")
	h.EnableTransition("Production")
	h.Crash()                   // forget all memory, reload from the store
	h.Advance(30 * time.Second) // virtual clock: the Pending poll fires
	x.RequireSucceeded()
}

// TestATestOfAReleaseTakesMilliseconds takes the best of some runs, for the machine may be busy with something else.
func TestATestOfAReleaseTakesMilliseconds(t *testing.T) {
	best := time.Hour
	for range 20 {
		began := time.Now()
		TestProductionWaitsForFreezeThenSignOff(t)
		best = min(best, time.Since(began))
	}
	t.Logf("best of 20: %s", best)
	require.Less(t, best, 10*time.Millisecond*slowness)
}

// release is the scenario above, once more, with a crash after the n-th commit; 0: none.
func release(t *testing.T, n int) (transcript string, crashed bool) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	h.CrashAt(n)
	h.DisableTransition("Production", "quarter-end freeze")
	x := h.Start("a1b2c3")
	x.Approve("Release", "ana")
	x.RequireWaiting("Production", "quarter-end freeze")
	h.EnableTransition("Production")
	h.Advance(30 * time.Second)
	x.RequireSucceeded()
	x.RequireRan("Source/Checkout", "Build/Image", "Build/Unit", "Build/EndToEnd", "SignOff/Release", "Production/eu")
	return h.Transcript(), n > 0 && h.Crashed()
}

// TestReleaseEndsAlikeWhereverItCrashes crashes the engine after every commit in turn: what happened is the same to the letter, but for
// the workers that were lost.
func TestReleaseEndsAlikeWhereverItCrashes(t *testing.T) {
	golden, _ := release(t, 0)
	if *update {
		require.NoError(t, os.WriteFile("testdata/storefront.txt", []byte(golden), 0o644))
	}
	want, err := os.ReadFile("testdata/storefront.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), golden)
	crashes := 0
	for n := 1; ; n++ {
		transcript, crashed := release(t, n)
		if !crashed {
			break
		}
		crashes++
		require.Equal(t, golden, without(transcript, "worker.lost"), "crashed after commit %d", n)
	}
	require.Greater(t, crashes, 8)
}

func without(transcript, kind string) string {
	var kept []string
	for line := range strings.Lines(transcript) {
		if !strings.HasPrefix(line, kind) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestScripts(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu", "us", "ap"), fakes())
	h.Script("Build/Image", penstocktest.Fail("registry is down"), penstocktest.Run())
	h.Script("Production/eu", penstocktest.Hold())
	h.Script("Production/us", penstocktest.Succeed().Set("url", "https://us.example"))
	x := h.Start("a1b2c3")
	require.Contains(t, h.Transcript(), "action.retrying Build/Image try 2: registry is down")
	x.Approve("SignOff/Release", "ana")
	x.RequireWaiting("Production", "goes on")
	h.Finish("Production/eu", penstocktest.Succeed())
	h.Advance(30 * time.Second)
	x.RequireSucceeded()
	x.RequireVariable("Production/us", "url", "https://us.example")
}

func TestAFailedDeploymentIsRolledBack(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	good := h.Start("good")
	good.Approve("Release", "ana")
	h.Advance(30 * time.Second)
	good.RequireSucceeded()

	bad := h.Start("bad")
	h.Script("Production/eu", penstocktest.FailPermanently("health check failed"))
	bad.Approve("Release", "ana")
	bad.RequireFailed("health check failed")
	require.Contains(t, h.Transcript(), "execution 3\nstage.entered Production by execution 3")
}

func TestStopRetryAbandon(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	h.Script("Build/Unit", penstocktest.Hold())
	x := h.Start("")
	x.Stop("wrong branch")
	x.RequireStatus(penstock.StatusStopping)
	h.Finish("Build/Unit", penstocktest.Succeed())
	x.RequireStatus(penstock.StatusStopped)
	x.Retry("Build")
	x.RequireWaiting("SignOff", "approval")
	x.Abandon("changed my mind")
	x.RequireStatus(penstock.StatusStopped)
}

func TestRejection(t *testing.T) {
	h := penstocktest.New(t, Storefront("eu"), fakes())
	x := h.Start("")
	x.Reject("Release", "bob", "not on a Friday")
	x.RequireFailed("not on a Friday")
}

// failures runs a test's step with a recorder in place of testing.T.
type recorder struct {
	testing.TB
	message string
}

func (r *recorder) Helper() {}
func (r *recorder) Fatalf(format string, args ...any) {
	r.message = strings.TrimSpace(strings.Join([]string{format}, ""))
	panic(r)
}

func TestFailuresExplain(t *testing.T) {
	r := &recorder{TB: t}
	h := penstocktest.New(r, Storefront("eu"), fakes())
	x := h.Start("")
	for name, step := range map[string]func(){
		"wrong status":   x.RequireSucceeded,
		"wrong waiting":  func() { x.RequireWaiting("Production", "freeze") },
		"wrong approval": func() { x.Approve("Nobody", "ana") },
		"unknown action": func() { h.Script("Build/Typo", penstocktest.Succeed()) },
		"refused":        func() { x.Retry("Build") },
		"nothing held":   func() { h.Finish("Build/Unit", penstocktest.Succeed()) },
		"invalid":        func() { h.Apply(penstock.NewPipeline("storefront")) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				require.Same(t, r, recover(), "it must fail")
				require.NotEmpty(t, r.message)
			}()
			step()
		})
	}
}
