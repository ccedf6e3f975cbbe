package deploy_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/deploy"
)

func TestMain(m *testing.M) {
	if to := os.Getenv(childVariable); to != "" {
		child(to)
		return
	}
	goleak.VerifyTestMain(m)
}

// content puts out a directory.
type content struct {
	Dir  string
	Tree penstock.Output[penstock.Tree]
}

func (content) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Content", Version: "1"}
}

func putContent(ctx context.Context, call *penstock.Call[content]) error {
	return call.Config.Tree.Store(ctx, call, penstock.TreeAt(call.Config.Dir))
}

var tree = penstock.NewArtifact[penstock.Tree]("tree")

// pipeline deploys the directory from.
func pipeline(name, from string, d deploy.Directory) penstock.Pipeline {
	d.Tree = tree.In()
	return penstock.NewPipeline(name,
		penstock.NewStage("Source", penstock.NewAction("Content", content{Dir: from, Tree: tree.Out()})),
		penstock.NewStage("Production", penstock.NewAction("Deploy", d)),
	)
}

// engine runs in the background until the function that it answers is called.
func engine(ctx context.Context, runner penstock.Runner[deploy.Directory]) (*penstock.Engine, func() error, error) {
	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[content](putContent))
	penstock.Register(&actions, runner)
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		return nil, nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	running := make(chan error, 1)
	go func() { running <- eng.Run(ctx) }()
	return eng, func() error { stop(); return <-running }, nil
}

// deployed is what came of a deployment.
type deployed struct {
	penstock.Execution
	action penstock.ActionExecution
	log    string
}

// release applies a pipeline, which starts if it is new, or starts it, and waits for its end.
func release(ctx context.Context, eng *penstock.Engine, p penstock.Pipeline) (out deployed, err error) {
	if _, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: p, NoStart: true}); err != nil {
		return out, err
	}
	started, err := eng.Start(ctx, p.Name())
	if err != nil {
		return out, err
	}
	if out.Execution, err = eng.Wait(ctx, p.Name(), started); err != nil {
		return out, err
	}
	page, err := eng.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: p.Name(), Execution: started})
	if err != nil {
		return out, err
	}
	out.action = page.Actions[0]
	if out.action.Action != "Deploy" {
		return out, fmt.Errorf("the source failed: %+v", out.action.Failure)
	}
	log, err := eng.Log(ctx, penstock.LogQuery{ActionExecution: out.action.ID, Run: out.action.Run})
	out.log = string(log.Data)
	return out, err
}

// bench is an engine and a directory to deploy to.
type bench struct {
	t   *testing.T
	eng *penstock.Engine
	to  string
}

func newBench(t *testing.T, runner penstock.Runner[deploy.Directory]) *bench {
	eng, stop, err := engine(context.Background(), runner)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stop()) })
	return &bench{t, eng, filepath.Join(t.TempDir(), "srv", "shop")}
}

// version is a directory whose check.sh exits with a status.
func version(t *testing.T, name string, status int) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "version"), []byte(name), 0o644))
	script := fmt.Sprintf("#!/bin/sh\necho checking $PENSTOCK_RELEASE in $(pwd) with $1 and $COLOUR\nenv >&2\nexit %d\n", status)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "check.sh"), []byte(script), 0o755))
	return dir
}

func (b *bench) deploy(name, from string, d deploy.Directory) deployed {
	if d.To == "" {
		d.To = b.to
	}
	out, err := release(b.t.Context(), b.eng, pipeline(name, from, d))
	require.NoError(b.t, err)
	return out
}

// current is the content of version in what is in use.
func (b *bench) current() string {
	data, err := os.ReadFile(filepath.Join(b.to, "current", "version"))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	require.NoError(b.t, err)
	return string(data)
}

func (b *bench) releases() []string {
	entries, err := os.ReadDir(filepath.Join(b.to, "releases"))
	require.NoError(b.t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestDeploysAndSwitches(t *testing.T) {
	b := newBench(t, &deploy.Deployer{})
	t.Setenv("ENGINE_SECRET", "hidden")
	d := deploy.Directory{Check: []string{"./check.sh", "an argument"}, Environment: map[string]string{"COLOUR": "blue"}}
	d.Release = "v1"
	first := b.deploy("shop", version(t, "one", 0), d)
	require.Equal(t, penstock.StatusSucceeded, first.Status, "%+v", first.action.Failure)
	require.Equal(t, "one", b.current())
	dir := first.action.Variables["ReleaseDirectory"]
	require.Regexp(t, `/srv/shop/releases/v1-[0-9a-f]{12}$`, dir)
	require.Empty(t, first.action.Variables["Previous"])
	require.Contains(t, first.log, "checking "+filepath.Base(dir)+" in "+dir+" with an argument and blue")
	require.NotContains(t, first.log, "hidden")

	d.Release = ""
	second := b.deploy("shop", version(t, "two", 0), d)
	require.Equal(t, penstock.StatusSucceeded, second.Status, "%+v", second.action.Failure)
	require.Equal(t, "two", b.current())
	require.Regexp(t, `/releases/[0-9a-f]{40}$`, second.action.Variables["ReleaseDirectory"])
	require.Equal(t, dir, second.action.Variables["Previous"])
	target, err := os.Readlink(filepath.Join(b.to, "current"))
	require.NoError(t, err)
	require.False(t, filepath.IsAbs(target), "the site may be moved")
}

func TestFailedCheckBringsThePreviousReleaseBack(t *testing.T) {
	b := newBench(t, &deploy.Deployer{})
	check := deploy.Directory{Check: []string{"./check.sh"}}

	failed := b.deploy("shop", version(t, "bad", 3), check)
	require.Equal(t, penstock.StatusFailed, failed.Status)
	require.Contains(t, failed.action.Failure.Message, "exit status 3; nothing was in use before, and nothing is now")
	require.Empty(t, b.current())

	one := version(t, "one", 0)
	good := b.deploy("shop", one, check)
	require.Equal(t, penstock.StatusSucceeded, good.Status)
	for _, test := range []struct {
		name string
		d    deploy.Directory
		want string
	}{
		{"exit status", deploy.Directory{Check: []string{"./check.sh"}}, "exit status 1"},
		{"no such program", deploy.Directory{Check: []string{"./absent"}}, "no such program"},
		{"timeout", deploy.Directory{Check: []string{"sh", "-c", "sleep 60 & sleep 60"}, CheckTimeout: 50 * time.Millisecond}, "it took too long: over 50ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			failed := b.deploy("shop", version(t, "bad "+test.name, 1), test.d)
			require.Equal(t, penstock.StatusFailed, failed.Status)
			require.Contains(t, failed.action.Failure.Message, test.want)
			require.Contains(t, failed.action.Failure.Message, "the previous release is in use again: releases/")
			require.Equal(t, "one", b.current())
		})
	}
	again := b.deploy("shop", one, deploy.Directory{Check: []string{"false"}})
	require.Contains(t, again.action.Failure.Message, "it was in use before, and stays")
	require.Equal(t, "one", b.current())
}

func TestKeepsTheLastReleases(t *testing.T) {
	b := newBench(t, &deploy.Deployer{})
	for i := range 5 {
		d := b.deploy("shop", version(t, strconv.Itoa(i), 0), deploy.Directory{Keep: 3, Release: "v" + strconv.Itoa(i)})
		require.Equal(t, penstock.StatusSucceeded, d.Status)
	}
	names := b.releases()
	require.Len(t, names, 3)
	require.Regexp(t, "^v2-", names[0])
	require.Equal(t, "4", b.current())
	b.deploy("shop", version(t, "2", 0), deploy.Directory{Keep: 2, Release: "v2"})
	require.Equal(t, "2", b.current(), "back to an older one")
	require.Len(t, b.releases(), 2)
	require.Regexp(t, "^v4-", b.releases()[1], "what was in use last is kept")
}

func TestEnteredAgainItChangesNothing(t *testing.T) {
	deployer := &deploy.Deployer{}
	var entered int
	b := newBench(t, penstock.RunnerFunc[deploy.Directory](func(ctx context.Context, call *penstock.Call[deploy.Directory]) error {
		if entered++; entered == 1 {
			if err := deployer.Run(ctx, call); err != nil {
				return err
			}
			return penstock.Pending(0, "") // as if the answer had been lost
		}
		return deployer.Run(ctx, call)
	}))
	log := filepath.Join(t.TempDir(), "checks")
	d := deploy.Directory{Check: []string{"sh", "-c", `echo x >>"$0"`, log}}
	out := b.deploy("shop", version(t, "one", 0), d)
	require.Equal(t, penstock.StatusSucceeded, out.Status, "%+v", out.action.Failure)
	require.Equal(t, 2, entered)
	checks, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "x\n", string(checks))
	require.NotEmpty(t, out.action.Variables["ReleaseDirectory"])
	require.Contains(t, out.action.Variables, "Previous")
}

func TestTwoDeploymentsExcludeEachOther(t *testing.T) {
	b := newBench(t, &deploy.Deployer{})
	dir := t.TempDir()
	started, goOn := filepath.Join(dir, "started"), filepath.Join(dir, "go-on")
	wait := deploy.Directory{Check: []string{"sh", "-c", `>"$0"; until [ -e "$1" ]; do sleep 0.01; done`, started, goOn}}
	ctx := t.Context()
	var group sync.WaitGroup
	var first deployed
	group.Go(func() { first = b.deploy("first", version(t, "one", 0), wait) })
	require.Eventually(t, func() bool { _, err := os.Stat(started); return err == nil }, 10*time.Second, time.Millisecond)

	var second deployed
	group.Go(func() { second = b.deploy("second", version(t, "two", 0), deploy.Directory{}) })
	for e, err := range b.eng.Follow(ctx, penstock.EventQuery{Pipeline: "second"}) {
		require.NoError(t, err)
		if e.Kind == penstock.EventActionPending {
			break
		}
	}
	state, err := b.eng.State(ctx, "second")
	require.NoError(t, err)
	require.Contains(t, state.Stages[1].Actions[0].Summary, "waits for Production/Deploy of pipeline first, execution ")
	require.Equal(t, "one", b.current(), "the second has not begun")
	require.NoError(t, os.WriteFile(goOn, nil, 0o644))
	group.Wait()
	require.Equal(t, penstock.StatusSucceeded, first.Status)
	require.Equal(t, penstock.StatusSucceeded, second.Status)
	require.Equal(t, "two", b.current())
	require.Equal(t, first.action.Variables["ReleaseDirectory"], second.action.Variables["Previous"])
}
