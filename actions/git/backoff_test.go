package git_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

// fakeTime is what a Poller takes for the time.
type fakeTime struct{ now time.Time }

func newTime(p *git.Poller) *fakeTime {
	f := &fakeTime{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	p.SetClock(func() time.Time { return f.now })
	return f
}

func (f *fakeTime) advance(d time.Duration) { f.now = f.now.Add(d) }

func TestARepositoryThatFailsIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", nil)
	well := git.Watch{Pipeline: "shop", Action: "Checkout", Source: git.Source{URL: r.dir}}
	away := filepath.Join(t.TempDir(), "away")
	gone := func(branch string) git.Watch {
		return git.Watch{Pipeline: "shop", Action: "Away" + branch, Source: git.Source{URL: away, Branch: branch}}
	}
	program, count := counting(t)
	o := local(t)
	o.Git = program
	var log bytes.Buffer
	p := &git.Poller{
		Options: o, Starter: &starts{}, Watches: watches(well, gone("main"), gone("side")), Interval: time.Minute, MaxBackoff: 5 * time.Minute,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	now := newTime(p)
	// asked answers how many repositories were asked in a round that comes so long after the last one.
	asked := func(after time.Duration) (int, error) {
		now.advance(after)
		before := count("ls-remote")
		err := p.Poll(t.Context())
		return count("ls-remote") - before, err
	}
	n, err := asked(0)
	require.Equal(t, 2, n, "one question for both branches")
	require.ErrorIs(t, err, penstock.ErrNotFound)
	require.ErrorContains(t, err, "asked again in about 1m0s, and then less and less often, down to every 5m0s")

	const tenth = 0.1 // is left to chance
	for i, wait := range []time.Duration{1, 2, 4, 5} {
		wait *= time.Minute
		early, late := time.Duration(float64(wait)*(1-tenth))-time.Second, time.Duration(float64(wait)*2*tenth)+2*time.Second
		n, err = asked(early)
		require.NoError(t, err)
		require.Equal(t, 1, n, "failure %d: only the one that is well is asked", i+1)
		n, err = asked(late)
		require.NoError(t, err, "the same is not reported again")
		require.Equal(t, 2, n, "failure %d: it is asked again", i+1)
	}

	require.NoError(t, os.Rename(r.dir, away))
	now.advance(time.Hour)
	n, err = asked(0)
	require.Equal(t, 2, n)
	require.ErrorIs(t, err, penstock.ErrNotFound, "the other one is away now, and one has no such branch")
	require.ErrorContains(t, err, `no branch "side"`)
	require.Contains(t, log.String(), `msg="a repository answers again" url=`+away+" failures=5")
	n, err = asked(time.Second)
	require.NoError(t, err)
	require.Equal(t, 1, n)

	require.NoError(t, os.Rename(away, away+"2"))
	_, err = asked(time.Second)
	require.ErrorContains(t, err, "asked again in about 1m0s", "one answer ends it: it begins anew")
	p.Options.Git = "no-such-git"
	_, err = asked(time.Hour)
	require.ErrorIs(t, err, penstock.ErrFailedPrecondition, "it has become something else")
	_, err = asked(time.Hour)
	require.NoError(t, err)
}

func TestForgottenTroubleIsForgotten(t *testing.T) {
	t.Parallel()
	away := git.Watch{Pipeline: "shop", Action: "Checkout", Source: git.Source{URL: filepath.Join(t.TempDir(), "away")}}
	p := &git.Poller{Options: local(t), Starter: &starts{}, Watches: watches(away)}
	newTime(p)
	require.ErrorIs(t, p.Poll(t.Context()), penstock.ErrNotFound)
	require.NoError(t, p.Poll(t.Context()))
	p.Watches = watches()
	require.NoError(t, p.Poll(t.Context()))
	p.Watches = watches(away)
	require.ErrorIs(t, p.Poll(t.Context()), penstock.ErrNotFound)
}
