package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/penstocktest"
)

// regions are what the fakes have deployed: the image by region.
type regions map[string]string

// fakes stand for Acme's systems. The rules are those of production; time is virtual, and nothing runs by itself.
func fakes() (*penstock.Actions, regions) {
	var a penstock.Actions
	production := regions{}
	penstock.RegisterFunc(&a, func(ctx context.Context, call *penstock.Call[Checkout]) error {
		return call.Config.Code.Store(ctx, call, call.RequestedRevision)
	})
	penstock.RegisterFunc(&a, func(ctx context.Context, call *penstock.Call[Build]) error {
		code, err := call.Config.Code.Load(ctx, call)
		if err != nil {
			return err
		}
		return call.Config.Image.Store(ctx, call, "image of "+code)
	})
	penstock.RegisterFunc(&a, func(ctx context.Context, call *penstock.Call[Deploy]) error {
		image, err := call.Config.Image.Load(ctx, call)
		if err == nil {
			production[call.Config.Region] = image
		}
		return err
	})
	return &a, production
}

func TestProductionWaitsForFreezeThenSignOff(t *testing.T) {
	actions, production := fakes()
	h := penstocktest.New(t, Storefront("eu", "us"), actions)
	h.DisableTransition("Production", "quarter-end freeze")
	x := h.Start("a1b2c3")
	x.RequireWaiting("SignOff", "approval")
	h.Crash() // whatever waits, waits in the store
	x.Approve("Release", "ana")
	x.RequireWaiting("Production", "quarter-end freeze")
	require.Empty(t, production)
	h.Advance(72 * time.Hour)
	h.EnableTransition("Production")
	x.RequireSucceeded()
	require.Equal(t, regions{"eu": "image of a1b2c3", "us": "image of a1b2c3"}, production)
}

func TestNothingShipsWithoutSignOff(t *testing.T) {
	for name, unsigned := range map[string]func(*penstocktest.Harness, *penstocktest.Execution){
		"rejected": func(_ *penstocktest.Harness, x *penstocktest.Execution) {
			x.Reject("Release", "ben", "not on a Friday")
		},
		"forgotten": func(h *penstocktest.Harness, _ *penstocktest.Execution) { h.Advance(25 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			actions, production := fakes()
			h := penstocktest.New(t, Storefront("eu"), actions)
			x := h.Start("a1b2c3")
			unsigned(h, x)
			x.RequireFailed("Release")
			require.Empty(t, production)
		})
	}
}

func TestAFlakyBuildIsTriedOnceMore(t *testing.T) {
	actions, _ := fakes()
	h := penstocktest.New(t, Storefront("eu"), actions)
	h.Script("Build/Image", penstocktest.Fail("registry: 503"), penstocktest.Run())
	h.Start("good").RequireWaiting("SignOff", "approval")

	h.Script("Build/Image", penstocktest.Fail("registry: 503"), penstocktest.Fail("registry: still 503"))
	x := h.Start("unlucky")
	x.RequireFailed("still 503")
	x.Retry("Build") // by hand, once the registry is back
	x.RequireWaiting("SignOff", "")
}

func TestABrokenRegionBringsBackWhatWasThere(t *testing.T) {
	actions, production := fakes()
	h := penstocktest.New(t, Storefront("eu", "us"), actions)
	h.Start("good").Approve("Release", "ana")

	h.Script("Production/us", penstocktest.Fail("unhealthy"))
	x := h.Start("bad")
	x.Approve("Release", "ana")
	x.RequireFailed("unhealthy")
	require.Equal(t, regions{"eu": "image of good", "us": "image of good"}, production)
}

// The engine dies after its first commit, then after its second, and so on: the release has to end alike wherever that is.
func TestAReleaseSurvivesACrashAnywhere(t *testing.T) {
	for n := 1; ; n++ {
		actions, production := fakes()
		h := penstocktest.New(t, Storefront("eu", "us"), actions)
		h.CrashAt(n)
		x := h.Start("a1b2c3")
		x.Approve("Release", "ana")
		x.RequireSucceeded()
		require.Equal(t, regions{"eu": "image of a1b2c3", "us": "image of a1b2c3"}, production)
		if !h.Crashed() {
			require.Greater(t, n, 5)
			return
		}
	}
}

func TestProgram(*testing.T) { main() } // log.Fatal would end this
