package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/penstock-dev/penstock"
)

// Fetch is the source: it puts out the version that is to be released.
type Fetch struct{ Version penstock.Output[string] }

// ActionType is the name that stored pipelines know it by.
func (Fetch) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Fetch", Version: "1"}
}

func fetch(ctx context.Context, call *penstock.Call[Fetch]) error {
	return call.Config.Version.Store(ctx, call, call.RequestedRevision)
}

// Deploy brings a version to a part of a region's machines.
type Deploy struct {
	Region  string
	Percent int
	Version penstock.Input[string]
}

// ActionType is the name that stored pipelines know it by.
func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Deploy", Version: "1"}
}

// fleet is a made-up platform.
type fleet struct {
	mu       sync.Mutex
	versions map[string]string // by region and percentage
	asked    map[string]int
}

// Run deploys. In eu the first request finds nobody at home; in us, v2 does not start.
func (f *fleet) Run(ctx context.Context, call *penstock.Call[Deploy]) error {
	version, err := call.Config.Version.Load(ctx, call)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	region := call.Config.Region
	f.versions[fmt.Sprintf("%s %3d%%", region, call.Config.Percent)] = version
	switch f.asked[region]++; {
	case region == "eu" && f.asked[region] == 1:
		return errors.New("eu: connection refused")
	case region == "us" && version == "v2":
		return penstock.Permanent(errors.New("us: v2 does not start"))
	}
	return nil
}

// Release goes to two regions at once; in each of them a tenth of the machines goes first. A region more is an argument more.
func Release(regions ...string) penstock.Pipeline {
	version := penstock.NewArtifact[string]("version")
	again := penstock.RetryPolicy{Max: 3, Backoff: 10 * time.Millisecond, MaxBackoff: time.Second, Jitter: 0.2}
	deploy := func(name, region string, percent int) penstock.Action {
		return penstock.NewAction(name, Deploy{Region: region, Percent: percent, Version: version.In()}).RetryPolicy(again)
	}
	var all []penstock.Node
	for _, region := range regions {
		all = append(all, penstock.Sequence(deploy(region+"-canary", region, 10), deploy(region, region, 90)))
	}
	return penstock.NewPipeline("fleet",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Version: version.Out()})),
		penstock.NewStage("Production", penstock.Parallel(all...).Limit(2)).OnFailure(penstock.RollBack()),
	).Mode(penstock.Queued)
}
