package git_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

// starts is a Starter that notes what it is asked.
type starts struct {
	mu    sync.Mutex
	asked []string
	fails error
}

func (s *starts) Start(_ context.Context, pipeline, action, revision string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.asked = append(s.asked, pipeline+"/"+action+" "+revision)
	}
	return s.fails
}

// take answers what was asked since the last time, sorted.
func (s *starts) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.asked
	s.asked = nil
	slices.Sort(out)
	return out
}

func watches(w ...git.Watch) func(context.Context) ([]git.Watch, error) {
	return func(context.Context) ([]git.Watch, error) { return w, nil }
}

func TestPollerAsksARepositoryOnceARound(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", nil)
	r.git("branch", "side")
	program, count := counting(t)
	o := local(t)
	o.Git = program
	var all []git.Watch
	for i := range 50 {
		all = append(all, git.Watch{Pipeline: fmt.Sprintf("p%02d", i), Action: "Checkout", Source: git.Source{URL: r.dir, Branch: []string{"main", "side"}[i%2]}})
	}
	var s starts
	p := &git.Poller{Options: o, Starter: &s, Watches: watches(all...)}
	require.NoError(t, p.Poll(t.Context()))
	require.NoError(t, p.Poll(t.Context()))
	require.Empty(t, s.take(), "the first look starts nothing")
	require.Equal(t, 2, count("ls-remote"), "one a round")

	id := r.commit("second", nil)
	require.NoError(t, p.Poll(t.Context()))
	asked := s.take()
	require.Len(t, asked, 25)
	require.Equal(t, "p00/Checkout "+id, asked[0])
	require.NoError(t, p.Poll(t.Context()))
	require.Empty(t, s.take(), "once")
	require.Equal(t, 4, count("ls-remote"))
}

func TestPoller(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("first", nil)
	r.git("branch", "side")
	main := git.Watch{Pipeline: "shop", Action: "Checkout", Source: git.Source{URL: r.dir, Branch: "main"}}
	side := git.Watch{Pipeline: "shop", Action: "Side", Source: git.Source{URL: r.dir, Branch: "side"}}
	var s starts
	p := &git.Poller{Options: local(t), Starter: &s, Watches: watches(main, side), StartFirst: true}
	ctx := t.Context()
	require.NoError(t, p.Poll(ctx))
	require.Equal(t, []string{"shop/Checkout " + first, "shop/Side " + first}, s.take())

	s.fails = errors.New("the store is away")
	second := r.commit("second", nil)
	require.ErrorIs(t, p.Poll(ctx), s.fails)
	s.fails = nil
	require.NoError(t, p.Poll(ctx))
	require.Equal(t, []string{"shop/Checkout " + second}, s.take(), "what failed is tried again")
	s.fails = errors.New("away again")
	third := r.commit("third", nil)
	require.ErrorIs(t, p.Poll(ctx), s.fails, "it was well in between")
	require.NoError(t, p.Poll(ctx), "it is reported once")
	s.fails = nil
	require.NoError(t, p.Poll(ctx))
	require.Equal(t, []string{"shop/Checkout " + third}, s.take())

	r.git("branch", "-D", "side")
	err := p.Poll(ctx)
	require.ErrorContains(t, err, `shop/Side: penstock: git `+r.dir+`: the repository has no branch "side"`)
	require.ErrorIs(t, err, penstock.ErrNotFound)
	require.NoError(t, p.Poll(ctx), "it is reported once")
	r.git("branch", "side", first)
	require.NoError(t, p.Poll(ctx))
	require.Empty(t, s.take(), "it came back as it was")

	bad := main
	bad.Source.URL = "-x"
	wrong := side
	wrong.Source.Branch = "-x"
	p.Watches = watches(bad, wrong, side)
	r.git("branch", "-f", "side", second)
	require.ErrorContains(t, p.Poll(ctx), "begins with a dash")
	require.Equal(t, []string{"shop/Side " + second}, s.take(), "others do not suffer")

	p.Watches = func(context.Context) ([]git.Watch, error) { return nil, os.ErrPermission }
	require.ErrorIs(t, p.Poll(ctx), os.ErrPermission)
	require.ErrorIs(t, (&git.Poller{}).Poll(ctx), penstock.ErrFailedPrecondition)
}

func TestPollerSignsIn(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("first", nil)
	web := serve(t, r)
	var s starts
	p := &git.Poller{
		Options: web.options, Starter: &s, StartFirst: true, Watches: watches(git.Watch{Pipeline: "shop", Action: "Checkout", Source: web.source()}),
	}
	now := newTime(p)
	require.ErrorIs(t, p.Poll(t.Context()), penstock.ErrFailedPrecondition)
	p.Secrets = secrets{"token": token + "x"}
	now.advance(time.Hour)
	err := p.Poll(t.Context())
	require.ErrorIs(t, err, penstock.ErrDenied)
	require.NotContains(t, err.Error(), token)
	p.Secrets = secrets{"token": token}
	source := web.source()
	source.URL = strings.Replace(source.URL, "/shop", "/broken/shop", 1)
	right := p.Watches
	p.Watches = watches(git.Watch{Pipeline: "shop", Action: "Checkout", Source: source})
	err = p.Poll(t.Context())
	require.ErrorContains(t, err, "I got ****")
	require.NotContains(t, err.Error(), token)
	p.Watches = right
	now.advance(time.Hour)
	require.NoError(t, p.Poll(t.Context()))
	require.Equal(t, []string{"shop/Checkout " + first}, s.take())
}

func TestPollerRunsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", nil)
	main := git.Watch{Pipeline: "shop", Action: "Checkout", Source: git.Source{URL: r.dir}}
	rounds := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	p := &git.Poller{Options: local(t), Starter: &starts{}, Interval: time.Millisecond, Watches: func(ctx context.Context) ([]git.Watch, error) {
		select {
		case rounds <- struct{}{}:
		case <-ctx.Done():
		}
		return []git.Watch{main}, nil
	}}
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	for range 3 {
		<-rounds
	}
	stop()
	require.NoError(t, <-ended)
}

func TestAChangeStartsOneExecution(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	a := r.commit("a", nil)
	code := penstock.NewArtifact[penstock.Tree]("code")
	source := git.Source{URL: r.dir, Branch: "main", Code: code.Out()}
	o := local(t)
	var actions penstock.Actions
	git.Register(&actions, &o)
	penstock.Register(&actions, penstock.RunnerFunc[look](func(context.Context, *penstock.Call[look]) error { return nil }))
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	require.NoError(t, err)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	running := make(chan error, 1)
	go func() { running <- eng.Run(ctx) }()
	defer func() { stop(); require.NoError(t, <-running) }()
	applied, err := eng.Apply(ctx, penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Checkout", source)),
		penstock.NewStage("Test", penstock.NewAction("Look", look{Code: code.In()})),
	))
	require.NoError(t, err)
	_, err = eng.Wait(ctx, "shop", applied.Execution)
	require.NoError(t, err)

	poller := func() *git.Poller {
		return &git.Poller{Options: o, Starter: git.ForEngine(eng), Watches: watches(git.Watch{Pipeline: "shop", Action: "Checkout", Source: source})}
	}
	// settled waits for all executions and answers what they released, oldest first.
	settled := func() string {
		page, err := eng.Executions(ctx, penstock.ExecutionQuery{Pipeline: "shop"})
		require.NoError(t, err)
		var ids []string
		for _, x := range slices.Backward(page.Executions) {
			done, err := eng.Wait(ctx, "shop", x.ID)
			require.NoError(t, err)
			ids = append(ids, done.Revisions["Checkout"].ID)
		}
		return strings.Join(ids, " ")
	}
	replicas := []*git.Poller{poller(), poller(), poller()}
	poll := func() {
		for _, p := range replicas {
			require.NoError(t, p.Poll(ctx))
		}
	}
	poll()
	require.Equal(t, a, settled())
	b := r.commit("b", nil)
	var group sync.WaitGroup
	for _, p := range replicas {
		group.Go(func() { require.NoError(t, p.Poll(ctx)) })
	}
	group.Wait()
	require.Equal(t, a+" "+b, settled(), "three replicas, one execution")
	newest, err := eng.Executions(ctx, penstock.ExecutionQuery{Pipeline: "shop", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, penstock.TriggerPolling, newest.Executions[0].Trigger)

	late := poller()
	replicas = []*git.Poller{late}
	poll()
	require.Equal(t, a+" "+b, settled(), "a restart")
	c := r.commit("c", nil)
	replicas = []*git.Poller{poller()}
	poll()
	require.Equal(t, a+" "+b+" "+c, settled(), "a change while nobody looked")
	require.NoError(t, late.Poll(ctx))
	require.Equal(t, a+" "+b+" "+c, settled(), "another replica that notices later")
	r.git("reset", "--quiet", "--hard", b)
	poll()
	poll()
	require.Equal(t, a+" "+b+" "+c+" "+b, settled(), "back to an older commit")
}
