package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
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
	DefaultInterval   = time.Minute
	DefaultMaxBackoff = 15 * time.Minute
	DefaultTimeout    = time.Minute
	DefaultParallel   = 4
)

// jitter is the share of a Poller's waits that is left to chance, so that many processes do not ask at once.
const jitter = 0.2

// Poller starts executions when branches have moved. It asks every repository once a round, however many pipelines and branches want to know.
// A branch that is looked at for the first time starts nothing, unless StartFirst is set or the Starter, being a History, knows other
// revisions only. A branch that is gone starts nothing, and is compared with its last commit when it is back.
//
// A repository that does not answer is left alone for an Interval, and for twice as long each time that it fails again, up to MaxBackoff; one
// answer ends that. What goes wrong is reported when it begins and when it becomes something else (another penstock.Code), and not in every round.
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
	// Interval is the time between two rounds, give or take a tenth. Default: DefaultInterval.
	Interval time.Duration
	// MaxBackoff is the longest time that a repository is left alone when it fails, give or take a tenth. Default: DefaultMaxBackoff. Less than Interval:
	// Interval.
	MaxBackoff time.Duration
	// Timeout is how long a repository may take to answer. Default: DefaultTimeout.
	Timeout time.Duration
	// Parallel is how many repositories are asked at once. Default: DefaultParallel.
	Parallel int
	// Logger is told what went wrong in a round, and what was started. Default: nobody.
	Logger *slog.Logger

	round sync.Mutex // one at a time
	now   func() time.Time

	mu      sync.Mutex
	seen    map[watched]string        // commit
	failing map[origin]*trouble       // that did not answer when they were asked last
	told    map[watched]penstock.Code // what was reported last
}

// watched is a branch as one source action sees it.
type watched struct{ pipeline, action, url, branch string }

func (w Watch) key() watched { return watched{w.Pipeline, w.Action, w.Source.URL, w.Source.Branch} }

// Run does a round at once, and then one after each interval, until ctx ends. What Poll answers is told to the Logger; the next round tries again.
func (p *Poller) Run(ctx context.Context) error {
	for {
		if err := p.Poll(ctx); err != nil && ctx.Err() == nil {
			p.logger().ErrorContext(ctx, "some branches could not be looked at, or their executions not be started", "error", err)
		}
		next := time.NewTimer(spread(p.interval(), rand.Float64()))
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return nil
		}
	}
}

// spread leaves a share of a wait to chance, which is from 0 to 1.
func spread(wait time.Duration, chance float64) time.Duration {
	return time.Duration(float64(wait) * (1 + jitter*(chance-0.5)))
}

func (p *Poller) logger() *slog.Logger {
	if p.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Logger
}

// Poll does one round, without the repositories that are being left alone. It answers everything that has begun to go wrong; the rest of the round
// was done all the same.
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
	groups, problems := p.group(watches)
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
	if ctx.Err() != nil {
		problems = append(problems, context.Cause(ctx))
	}
	return errors.Join(problems...)
}

// group puts together what one question answers, as far as it is to be asked.
func (p *Poller) group(watches []Watch) (groups [][]Watch, problems []error) {
	index := map[origin]int{}
	for _, w := range watches {
		if err := checkBranch(w.Source.Branch); err != nil {
			problems = append(problems, p.once(w, err))
			continue
		}
		if !p.due(w.origin()) {
			continue
		}
		i, ok := index[w.origin()]
		if !ok {
			i = len(groups)
			index[w.origin()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], w)
	}
	return groups, problems
}

// forget drops what is no longer watched.
func (p *Poller) forget(watches []Watch) {
	branches, origins := make(map[watched]bool, len(watches)), map[origin]bool{}
	for _, w := range watches {
		branches[w.key()], origins[w.origin()] = true, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen, p.failing, p.told = map[watched]string{}, map[origin]*trouble{}, map[watched]penstock.Code{}
	}
	maps.DeleteFunc(p.seen, func(w watched, _ string) bool { return !branches[w] })
	maps.DeleteFunc(p.told, func(w watched, _ penstock.Code) bool { return !branches[w] })
	maps.DeleteFunc(p.failing, func(o origin, _ *trouble) bool { return !origins[o] })
}

// repository asks one repository, and goes through who wants to know.
func (p *Poller) repository(ctx context.Context, watches []Watch) error {
	found, err := p.ask(ctx, watches)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it is nobody's failure, and Poll says so
	}
	if err != nil {
		return p.failed(watches[0].origin(), err)
	}
	p.answered(watches[0].origin())
	var problems []error
	for _, w := range watches {
		problems = append(problems, p.once(w, p.branch(ctx, w, found)))
	}
	return errors.Join(problems...)
}

// branch looks at one of the branches that were found.
func (p *Poller) branch(ctx context.Context, w Watch, found map[string]tip) error {
	t, ok := found[w.Source.Branch]
	if !ok {
		return &penstock.Error{
			Code: penstock.ErrNotFound, Op: "git", Path: w.Source.URL, Err: fmt.Errorf("the repository has no branch %q", w.Source.Branch),
		}
	}
	return p.look(ctx, w, t.commit)
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
