// Command explore plays every interleaving of small worlds and says whether one of them breaks a promise. Without -mode it takes all modes;
// first the slices, each to its end, then the whole world until enough states were seen.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/penstock-dev/penstock/internal/simulation/search"
)

func main() {
	mode := flag.String("mode", "", "SUPERSEDED, QUEUED or PARALLEL; empty: all")
	slice := flag.String("slice", "", "only the slice of this name; whole: only the whole world")
	small := flag.Int("small", 0, "only the first slices, as many as this")
	states := flag.Int("states", 1_000_000, "distinct states of the whole world in each mode; 0: the slices only")
	most := flag.Int("most", 1_000_000, "distinct states after which a slice is left unfinished")
	seed := flag.Uint64("seed", 1, "of the order in which the whole world is searched")
	verbose := flag.Bool("v", false, "tell every level of the slices")
	flag.Parse()
	debug.SetGCPercent(400) // worlds are forked by the million and soon forgotten
	e := &explorer{began: time.Now(), verbose: *verbose}
	for _, m := range search.Modes() {
		if *mode != "" && *mode != m {
			continue
		}
		for i, s := range search.Slices() {
			if *slice == "" && (*small == 0 || i < *small) || *slice == s.Name {
				e.run(s.Name, search.Config{Mode: m, Budget: s.Budget, RollBack: s.RollBack, States: *most})
			}
		}
		if *states > 0 && (*slice == "" || *slice == "whole") {
			e.run("whole", search.Config{Mode: m, Budget: search.Whole(), States: *states, Deep: true, Seed: *seed})
		}
	}
	fmt.Printf("searches: %d  closed: %d  states: %d  transitions: %d  violations: %d  rate: %.0f/s\n", e.searches, e.closed, e.states, e.transitions,
		e.violations, float64(e.transitions)/time.Since(e.began).Seconds())
	if e.violations > 0 {
		os.Exit(1)
	}
}

// explorer counts.
type explorer struct {
	began                                             time.Time
	verbose                                           bool
	searches, closed, states, transitions, violations int
}

func (e *explorer) run(name string, config search.Config) {
	if e.violations > 0 {
		return
	}
	if e.verbose {
		config.Each = func(r search.Report) { fmt.Println(r) }
	}
	r := search.Run(config)
	e.searches++
	e.states += r.States
	e.transitions += r.Transitions
	if r.Closed {
		e.closed++
	}
	fmt.Printf("%-10s %-34s %s\n", config.Mode, name, r)
	if r.Violation != "" {
		e.violations++
		fmt.Printf("%s\n%s", r.Violation, r.Script)
	}
}
