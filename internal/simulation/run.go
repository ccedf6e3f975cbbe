package simulation

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// Config says what to simulate.
type Config struct {
	Histories int       // default 100
	Seed      uint64    // of the first history; the next ones have the next seeds. Default 1
	Workers   int       // goroutines over independent histories. Default GOMAXPROCS
	First     bool      // stop at the first violation
	Shrink    bool      // make the first violations short
	Trace     io.Writer // nil: none. Every choice of every history is told here; use it with one history
}

// Report is what came of it.
type Report struct {
	Histories  int
	Steps      int // choices of the scheduler
	Commits    int // that were applied
	Violations []Violation
	Coverage   map[string]int // kinds of commands and faults, by outcome
	Pairs      int            // of a situation and an input with its outcome that came
}

// Violation is a broken invariant and how to see it again.
type Violation struct {
	Seed   uint64
	Step   int
	Cause  *oracle.Violation
	Replay string // the choices, short if asked for; Replay makes them again
}

// String is the invariant, what happened, and the line that replays it.
func (v Violation) String() string {
	return fmt.Sprintf("%s\n\tat step %d; the same again: make simulate SEED=%d HISTORIES=1\n\tits choices alone: go run ./internal/simulation/simulate -v -replay %s",
		v.Cause.Error(), v.Step, v.Seed, v.Replay)
}

// outcome is what came of one history.
type outcome struct {
	seed           uint64
	steps, commits int
	hash           uint64 // of all that happened
	broken         *oracle.Violation
	coverage       map[string]int
	moves          []move
}

// Run simulates histories.
func Run(config Config) Report {
	if config.Histories == 0 {
		config.Histories = 100
	}
	if config.Seed == 0 {
		config.Seed = 1
	}
	if config.Workers == 0 {
		config.Workers = runtime.GOMAXPROCS(0)
	}
	r := &runner{config: config, report: Report{Coverage: map[string]int{}}}
	var all sync.WaitGroup
	for range min(config.Workers, config.Histories) {
		all.Go(r.work)
	}
	all.Wait()
	r.report.count()
	slices.SortFunc(r.report.Violations, func(a, b Violation) int { return int(a.Seed) - int(b.Seed) })
	return r.report
}

// Add makes the report one of more histories.
func (r *Report) Add(more Report) {
	r.Histories += more.Histories
	r.Steps += more.Steps
	r.Commits += more.Commits
	r.Violations = append(r.Violations, more.Violations...)
	for what, n := range more.Coverage {
		r.Coverage[what] += n
	}
	r.count()
}

func (r *Report) count() {
	r.Pairs = 0
	for what := range r.Coverage {
		if strings.HasPrefix(what, pairPrefix) {
			r.Pairs++
		}
	}
}

type runner struct {
	config Config

	mu     sync.Mutex // guards what follows
	taken  int
	report Report
}

func (r *runner) work() {
	for {
		seed, ok := r.next()
		if !ok {
			return
		}
		o := history(seed, r.config.Trace)
		if o.broken != nil && r.config.Shrink && r.first() {
			o = shrink(o, sameInvariant(o.broken.Invariant), shrinkings)
		}
		r.add(o)
	}
}

func (r *runner) next() (seed uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.taken == r.config.Histories || (r.config.First && len(r.report.Violations) > 0) {
		return 0, false
	}
	r.taken++
	return r.config.Seed + uint64(r.taken) - 1, true
}

// first reports whether few violations were found so far: only those are made short.
func (r *runner) first() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.report.Violations) < 3
}

func (r *runner) add(o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Histories++
	r.report.Steps += o.steps
	r.report.Commits += o.commits
	if o.broken != nil {
		r.report.Violations = append(r.report.Violations, Violation{Seed: o.seed, Step: o.steps, Cause: o.broken, Replay: line(o.seed, o.moves)})
	}
	for what, n := range o.coverage {
		r.report.Coverage[what] += n
	}
}
