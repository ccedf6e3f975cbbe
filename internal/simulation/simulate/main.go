// Command simulate plays histories of replicas under faults and says which promises they broke.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/penstock-dev/penstock/internal/simulation"
)

func main() {
	debug.SetGCPercent(800) // worlds are small and soon forgotten

	var config simulation.Config
	flag.IntVar(&config.Histories, "histories", 100, "how many to play")
	flag.Uint64Var(&config.Seed, "seed", 1, "of the first history; the next ones have the next seeds")
	flag.IntVar(&config.Workers, "workers", 0, "goroutines; 0: one a processor")
	flag.BoolVar(&config.First, "first", false, "stop at the first violation")
	flag.BoolVar(&config.Shrink, "shrink", true, "make the first violations short")
	replay := flag.String("replay", "", "make these choices again, as a violation or a file of the corpus says")
	record := flag.String("record", "", "write a corpus of short histories that cover what there is to cover into this folder, and end")
	every := flag.Int("every", 0, "tell after so many histories how far it is; 0: only in the end")
	verbose := flag.Bool("v", false, "tell every choice of every history")
	coverage := flag.Bool("coverage", false, "count what was ordered and what came of it")
	flag.Parse()
	if *verbose {
		config.Trace, config.Workers = os.Stdout, 1
	}
	switch {
	case *replay != "":
		again(*replay, config)
		return
	case *record != "":
		corpus(*record, config)
		return
	}
	began := time.Now()
	report := run(config, *every)
	if *coverage {
		tellCounts(&report)
	}
	cells, strange := report.Cells()
	tellGrid(cells, strange, *coverage || report.Histories >= enough)
	for i, v := range report.Violations {
		if i == 10 {
			fmt.Printf("… and %d more\n", len(report.Violations)-i)
			break
		}
		fmt.Println(v)
	}
	fmt.Printf("histories: %d  steps: %d  commits: %d  pairs: %d  violations: %d  rate: %.0f/s  next: -seed %d\n", report.Histories, report.Steps,
		report.Commits, report.Pairs, len(report.Violations), float64(report.Histories)/time.Since(began).Seconds(), config.Seed+uint64(report.Histories))
	if len(report.Violations) > 0 {
		os.Exit(1)
	}
}

// run simulates, in parts that it tells of.
func run(config simulation.Config, every int) (all simulation.Report) {
	if every <= 0 {
		return simulation.Run(config)
	}
	all.Coverage = map[string]int{}
	for left := config.Histories; left > 0; left -= every {
		part := config
		part.Seed, part.Histories = config.Seed+uint64(all.Histories), min(every, left)
		came := simulation.Run(part)
		all.Add(came)
		for _, v := range came.Violations { // long before the end
			fmt.Println(v)
		}
		fmt.Printf("histories: %d  commits: %d  violations: %d  next: -seed %d\n", all.Histories, all.Commits, len(all.Violations), config.Seed+uint64(all.Histories))
		if config.First && len(all.Violations) > 0 {
			break
		}
	}
	return all
}

// again replays one history.
func again(line string, config simulation.Config) {
	violation, err := simulation.Replay(line, config.Trace)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case violation != nil:
		fmt.Println(violation)
		os.Exit(1)
	}
	fmt.Println("histories: 1  violations: 0")
}

// corpus records histories.
func corpus(dir string, config simulation.Config) {
	recorded, pairs, err := simulation.Record(config)
	for i, r := range recorded {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.txt", i+1)), []byte(r), 0o644))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("recorded: %d  pairs: %d\n", len(recorded), pairs)
}
