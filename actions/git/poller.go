package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/penstock-dev/penstock"
)

// Watch is a source action whose branch is watched.
type Watch struct {
	Pipeline string
	Action   string // name of the source action
	Source   Source // as in the pipeline; its Code does not count
}

// Starter starts executions. See ForEngine.
type Starter interface {
	// Start starts an execution of the pipeline, with this revision for the source action. It is asked again while it fails, and may be asked
	// for one change by several processes, so it has to see to it that a change starts one execution.
	Start(ctx context.Context, pipeline, action, revision string) error
}

// History is for a Starter that knows which revisions a source action has had. With it a change is noticed that happened
// while nobody looked.
type History interface {
	// Known are revisions of executions of the pipeline, in any order; none where there was no execution yet.
	Known(ctx context.Context, pipeline, action string) ([]string, error)
}

// Defaults of a Poller.
const (
	DefaultInterval = time.Minute
	DefaultTimeout  = time.Minute
	DefaultParallel = 4
)

// jitter is the share of a Poller's interval that is left to chance, so that many processes do not ask at once.
const jitter = 0.2

// Poller starts executions when branches have moved. It asks every repository once a round, however many pipelines and branches want to know.
// A branch that is looked at for the first time starts nothing, unless StartFirst is set or the Starter, being a History, knows other
// revisions only. A branch that is gone starts nothing, and is compared with its last commit when it is back.
//
// Fill it before its first use; its methods are safe for concurrent use.
type Poller struct {
	// Options are how repositories are asked. They should be those of the Sourcer.
	Options Options
	// Starter starts executions. It is needed.
	Starter Starter
	// Watches are what is watched. It is asked every round; what is no longer in its answer is forgotten. It is needed.
	Watches func(ctx context.Context) ([]Watch, error)
	// Secrets resolves the sources' passwords. Default: a source with one is an error.
	Secrets penstock.SecretResolver
	// StartFirst starts an execution for a branch that nothing is known of.
	StartFirst bool
	// Interval is the time between two rounds, on average. Default: DefaultInterval.
	Interval time.Duration
	// Timeout is how long a repository may take to answer. Default: DefaultTimeout.
	Timeout time.Duration
	// Parallel is how many repositories are asked at once. Default: DefaultParallel.
	Parallel int
	// Logger is told what went wrong in a round, and what was started. Default: nobody.
	Logger *slog.Logger

	round sync.Mutex // one at a time
	mu    sync.Mutex
	seen  map[watched]string // commit
}

// watched is a branch as one source action sees it.
type watched struct{ pipeline, action, url, branch string }

func (w Watch) key() watched { return watched{w.Pipeline, w.Action, w.Source.URL, w.Source.Branch} }

// Run does a round at once, and then one after each interval, until ctx ends. What goes wrong is told to the Logger; the next round tries again.
func (p *Poller) Run(ctx context.Context) error {
	for {
		if err := p.Poll(ctx); err != nil && ctx.Err() == nil {
			p.logger().ErrorContext(ctx, "some branches could not be looked at, or their executions not be started", "error", err)
		}
		next := time.NewTimer(pause(cmp.Or(p.Interval, DefaultInterval), rand.Float64()))
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return nil
		}
	}
}

// pause spreads the interval evenly; chance is from 0 to 1.
func pause(interval time.Duration, chance float64) time.Duration {
	return time.Duration(float64(interval) * (1 + jitter*(chance-0.5)))
}

func (p *Poller) logger() *slog.Logger {
	if p.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Logger
}

// Poll does one round. It answers everything that went wrong; the rest of the round was done all the same.
func (p *Poller) Poll(ctx context.Context) error {
	p.round.Lock()
	defer p.round.Unlock()
	if p.Starter == nil || p.Watches == nil {
		return &penstock.Error{Code: penstock.ErrFailedPrecondition, Op: "git", Err: errors.New("the Poller has no Starter or no Watches")}
	}
	watches, err := p.Watches(ctx)
	if err != nil {
		return err
	}
	p.forget(watches)
	groups, problems := group(watches)
	var (
		mu      sync.Mutex
		workers sync.WaitGroup
	)
	work := make(chan []Watch)
	for range min(max(1, cmp.Or(p.Parallel, DefaultParallel)), len(groups)) {
		workers.Go(func() {
			for g := range work {
				if err := p.repository(ctx, g); err != nil {
					mu.Lock()
					problems = append(problems, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, g := range groups {
		work <- g
	}
	close(work)
	workers.Wait()
	return errors.Join(problems...)
}

// group puts together what one question answers: the same URL, asked by the same user.
func group(watches []Watch) (groups [][]Watch, problems []error) {
	index := map[[3]string]int{}
	for _, w := range watches {
		if err := checkBranch(w.Source.Branch); err != nil {
			problems = append(problems, fmt.Errorf("%s/%s: %w", w.Pipeline, w.Action, err))
			continue
		}
		key := [3]string{w.Source.URL, w.Source.User, w.Source.Password.Ref}
		i, ok := index[key]
		if !ok {
			i = len(groups)
			index[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], w)
	}
	return groups, problems
}

// forget drops what is no longer watched.
func (p *Poller) forget(watches []Watch) {
	keep := make(map[watched]bool, len(watches))
	for _, w := range watches {
		keep[w.key()] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[watched]string{}
	}
	for key := range p.seen {
		if !keep[key] {
			delete(p.seen, key)
		}
	}
}

// repository asks one repository, and goes through who wants to know.
func (p *Poller) repository(ctx context.Context, watches []Watch) error {
	found, err := p.ask(ctx, watches)
	if err != nil {
		return err
	}
	var problems []error
	for _, w := range watches {
		t, ok := found[w.Source.Branch]
		if !ok {
			problems = append(problems, fmt.Errorf("%s/%s: %s has no branch %q", w.Pipeline, w.Action, w.Source.URL, w.Source.Branch))
			continue
		}
		if err := p.look(ctx, w, t.commit); err != nil {
			problems = append(problems, fmt.Errorf("%s/%s: %w", w.Pipeline, w.Action, err))
		}
	}
	return errors.Join(problems...)
}

func (p *Poller) ask(ctx context.Context, watches []Watch) (map[string]tip, error) {
	timeout := cmp.Or(p.Timeout, DefaultTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%s did not answer within %s", watches[0].Source.URL, timeout))
	defer cancel()
	source, password := watches[0].Source, ""
	if source.Password.Ref != "" {
		if p.Secrets == nil {
			return nil, &penstock.Error{
				Code: penstock.ErrFailedPrecondition, Op: "git", Path: source.Password.String(), Err: errors.New("the Poller has no Secrets"),
			}
		}
		var err error
		if password, err = p.Secrets.ResolveSecret(ctx, source.Password.Ref); err != nil {
			return nil, err
		}
	}
	r, err := p.Options.open(source, password)
	if err != nil {
		return nil, err
	}
	branches := make([]string, len(watches))
	for i, w := range watches {
		branches[i] = w.Source.Branch
	}
	slices.Sort(branches)
	return r.refs(ctx, slices.Compact(branches))
}

// look compares a branch with what is known of it. What could not be started is not known, so that the next round tries again.
func (p *Poller) look(ctx context.Context, w Watch, commit string) error {
	p.mu.Lock()
	before, known := p.seen[w.key()]
	p.mu.Unlock()
	changed := known && before != commit
	if !known {
		var err error
		if changed, err = p.first(ctx, w, commit); err != nil {
			return err
		}
	}
	if changed {
		if err := p.Starter.Start(ctx, w.Pipeline, w.Action, commit); err != nil {
			return err
		}
		p.logger().InfoContext(ctx, "a branch has moved", "pipeline", w.Pipeline, "action", w.Action, "branch", w.Source.Branch, "commit", commit)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[w.key()] = commit
	return nil
}

// first says whether a branch that is looked at for the first time starts an execution.
func (p *Poller) first(ctx context.Context, w Watch, commit string) (bool, error) {
	h, ok := p.Starter.(History)
	if !ok {
		return p.StartFirst, nil
	}
	had, err := h.Known(ctx, w.Pipeline, w.Action)
	if len(had) == 0 {
		return p.StartFirst, err
	}
	return !slices.Contains(had, commit), err
}
