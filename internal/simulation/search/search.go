package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/machine"
)

var ctx = context.Background()

// Config says what to search.
type Config struct {
	Mode     string // SUPERSEDED, QUEUED or PARALLEL
	RollBack bool   // a failure of the second stage rolls it back
	Budget   Budget
	States   int  // distinct ones after which the search ends though more are left; 0: none
	Deep     bool // follow ways to their ends, here and there, in an order drawn from Seed; a violation's way is then made short afterwards
	Seed     uint64
	Frontier int // worlds kept in memory; of others only the way to them is. Default 20000
	Each     func(Report)

	forbid func(machine.Event) bool // in tests: what may not happen either
}

// Whole is the small world: at most one of everything but executions.
func Whole() Budget {
	return Budget{Starts: 3, Failures: 1, Crashes: 1, Zombies: 1, Toggles: 1, Stops: 1, Retries: 1, Silences: 1, Leaps: 2}
}

// Report is what came of a search.
type Report struct {
	States      int  // distinct
	Transitions int  // choices made
	Depth       int  // of the deepest state
	Resting     int  // states from which everything was brought to its end: those in which nothing was under way, and a sample of the others
	Closed      bool // there is nothing else
	Violation   string
	Script      string // a shortest way to the violation
}

// String is the report in one line.
func (r Report) String() string {
	how := "stopped"
	if r.Closed {
		how = "closed"
	}
	violations := 0
	if r.Violation != "" {
		violations, how = 1, "broken"
	}
	return fmt.Sprintf("states: %d  transitions: %d  depth: %d  resting: %d  %s  violations: %d", r.States, r.Transitions, r.Depth, r.Resting, how, violations)
}

// place is a state that was found.
type place struct {
	from  int32 // the one before it
	depth int32
	by    choice
}

// searcher looks through one world.
type searcher struct {
	atlas
	config Config
	clock  clock
	root   *world
	seen   map[digest]struct{}
	places []place
	report Report
	rng    *rand.Rand
}

// spell is how many states are expanded before the search goes on somewhere else.
const spell = 400

// dive takes the newest state first, and after each spell any of those that are left: or it would see one corner of a world that is too large
// to be closed, and nothing else. Of what is left behind, the way is kept, not the world.
func (s *searcher) dive(stack []front) Report {
	for turn := 1; len(stack) > 0; turn++ {
		last := len(stack) - 1
		if turn%spell == 0 {
			i := s.rng.IntN(len(stack))
			stack[i], stack[last] = stack[last], stack[i]
			for j := range stack {
				stack[j].world = nil
			}
		}
		next, ok := s.expand(stack[last:])
		if !ok {
			return s.report
		}
		stack = append(stack[:last], next...)
	}
	s.report.Closed = true
	return s.report
}

// front is a state whose choices are still to be made.
type front struct {
	place int32
	world *world // nil: to be made again
}

// Run searches until there is nothing else, something is broken, or enough was seen.
func Run(config Config) Report {
	if config.Frontier == 0 {
		config.Frontier = 20000
	}
	s := &searcher{atlas: atlas{}, config: config, seen: map[digest]struct{}{}}
	s.root = newWorld(&s.clock, config)
	s.root.judge.forbid = config.forbid
	s.seen[s.digest(s.root)] = struct{}{}
	s.places = []place{{from: -1}}
	s.report.States = 1
	s.rng = rand.New(rand.NewPCG(config.Seed, 1))
	level := []front{{0, s.fork(s.root)}}
	if config.Deep {
		return s.dive(level)
	}
	for len(level) > 0 {
		next, ok := s.expand(level)
		if !ok {
			return s.report
		}
		if config.Each != nil {
			config.Each(s.report)
		}
		level = next
	}
	s.report.Closed = true
	return s.report
}

// expand makes every choice of every state of a level; false when the search is over.
func (s *searcher) expand(level []front) (next []front, ok bool) {
	for i, f := range level {
		level[i].world = nil
		w := f.world
		if w == nil {
			w = s.again(f.place)
		}
		s.clock.now = w.now
		choices := w.choices()
		sampled := f.place%sample == 0 // what goes round in circles never rests
		if (sampled || rests(choices)) && !s.ends(w, rests(choices)) {
			s.broken(w, f.place)
			return nil, false
		}
		if s.config.Deep {
			s.rng.Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
		}
		for n, c := range choices {
			then := w
			if n < len(choices)-1 {
				then = s.fork(w)
			}
			s.play(then, c)
			s.report.Transitions++
			d := s.digest(then)
			_, known := s.seen[d]
			if known && then.broken == "" {
				continue
			}
			s.seen[d] = struct{}{}
			s.report.States++
			s.places = append(s.places, place{f.place, s.places[f.place].depth + 1, c})
			at := int32(len(s.places) - 1)
			s.report.Depth = max(s.report.Depth, int(s.places[at].depth))
			if s.broken(then, at) || s.report.States == s.config.States {
				return nil, false
			}
			if len(next) >= s.config.Frontier {
				then = nil
			}
			next = append(next, front{at, then})
		}
	}
	return next, true
}

// play makes a choice; a panic breaks the world.
func (s *searcher) play(w *world, c choice) {
	defer func() {
		if p := recover(); p != nil {
			w.fail("panic", "%v\n%s", p, debug.Stack())
		}
	}()
	w.do(c)
}

// broken reports a violation, if there is one, with the way to it.
func (s *searcher) broken(w *world, at int32) bool {
	if w.broken == "" {
		return false
	}
	way := s.way(at)
	if s.config.Deep {
		way = s.shorten(way, w.broken)
	}
	s.report.Violation, s.report.Script = w.broken, s.script(way)
	return true
}

// shorten leaves choices out as long as the same promise breaks: long stretches first, then single ones.
func (s *searcher) shorten(way []choice, broken string) []choice {
	for n := len(way) / 2; n > 0; {
		shorter := false
		for i := len(way) - n; i >= 0; i = min(i, len(way)) - n {
			if then, ok := s.breaks(slices.Delete(slices.Clone(way), i, i+n), broken); ok {
				way, shorter = then, true
			}
		}
		if n > 1 {
			n /= 2
		} else if !shorter {
			break
		}
	}
	return way
}

// breaks plays choices, as far as they are possible, and answers those that it took when the same promise breaks.
func (s *searcher) breaks(way []choice, broken string) (taken []choice, ok bool) {
	invariant, _, _ := strings.Cut(broken, ":")
	w := s.fork(s.root)
	for _, c := range way {
		s.clock.now = w.now
		if !slices.Contains(w.choices(), c) {
			continue
		}
		s.play(w, c)
		taken = append(taken, c)
		if w.broken == "" && (invariant == "L1" || strings.HasSuffix(broken, atRest)) {
			s.ends(w, rests(w.choices()))
		}
		if w.broken != "" {
			return taken, strings.HasPrefix(w.broken, invariant+":")
		}
	}
	return nil, false
}

// atRest ends the text of a violation that came when a resting world was brought to its end.
const atRest = " (when it was brought to its end)"

// way is how a state came about.
func (s *searcher) way(at int32) (out []choice) {
	for ; s.places[at].from >= 0; at = s.places[at].from {
		out = append(out, s.places[at].by)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// again makes a state a second time.
func (s *searcher) again(at int32) *world {
	w := s.fork(s.root)
	for _, c := range s.way(at) {
		s.play(w, c)
	}
	return w
}

// script tells the way to a state: the choices, and the events that came of them.
func (s *searcher) script(way []choice) string {
	var out strings.Builder
	w := s.fork(s.root)
	s.clock.now = w.now
	for i, c := range way {
		fmt.Fprintf(&out, "%3d %s\n", i+1, w.tell(c))
		before := w.cursor
		s.play(w, c)
		for _, line := range w.since(before) {
			fmt.Fprintf(&out, "      %s\n", line)
		}
	}
	return out.String()
}

// sample is of how many states one is brought to its end though it does not rest.
const sample = 64

// rests reports whether nothing is under way.
func rests(choices []choice) bool {
	return !slices.ContainsFunc(choices, func(c choice) bool { return c.kind <= progress })
}

// ends brings a copy of the world to its end: L1, L2, L4. When that fails, the world is broken. What else breaks on the way is left to the
// search, which finds a shorter way to it, unless it takes more time than the search has.
func (s *searcher) ends(w *world, resting bool) bool {
	s.report.Resting++
	rest := s.fork(w)
	turns, waited := 0, 0
	for ; turns < 500 && waited < 4 && rest.broken == ""; turns++ {
		rest.clock.now = rest.now
		i := slices.IndexFunc(rest.choices(), func(c choice) bool { return c.kind <= drift })
		if i >= 0 {
			s.play(rest, rest.choices()[i])
			continue
		}
		rest.left.Leaps++
		rest.elapse(-1)
		waited++
	}
	if turns == 500 {
		w.fail("L1", "it does not come to rest")
	}
	s.clock.now = w.now
	switch {
	case rest.broken != "" && resting:
		w.broken = rest.broken + atRest
	case rest.broken != "":
		return true
	}
	if why := rest.unfinished(); why != "" {
		w.fail("L1", "nothing is under way, time passes, and yet %s", why)
	}
	return w.broken == ""
}

// unfinished answers what goes on though nothing keeps it from ending.
func (w *world) unfinished() string {
	for _, x := range w.shadow.Executions {
		if !x.Live() {
			continue
		}
		if !x.Inside() && w.shadow.StageNamed("Two").Closed != nil && x.Stage == 1 {
			continue
		}
		return fmt.Sprintf("execution %d is %s in stage %d", x.Number, x.Status, x.Stage+1)
	}
	if len(w.orders) > 0 {
		return "nobody has answered " + w.orders[0].verb
	}
	return ""
}
