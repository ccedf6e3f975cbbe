// Command simulate plays histories of replicas under faults and says which promises they broke.
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/simulation"
)

func main() {
	var config simulation.Config
	flag.IntVar(&config.Histories, "histories", 100, "how many to play")
	flag.Uint64Var(&config.Seed, "seed", 1, "of the first history; the next ones have the next seeds")
	flag.IntVar(&config.Workers, "workers", 0, "goroutines; 0: one a processor")
	flag.BoolVar(&config.First, "first", false, "stop at the first violation")
	verbose := flag.Bool("v", false, "tell every choice of every history")
	coverage := flag.Bool("coverage", false, "count what was ordered and what came of it")
	flag.Parse()
	if *verbose {
		config.Trace, config.Workers = os.Stdout, 1
	}
	began := time.Now()
	report := simulation.Run(config)
	if *coverage {
		for _, what := range slices.Sorted(maps.Keys(report.Coverage)) {
			fmt.Printf("%8d %s\n", report.Coverage[what], what)
		}
	}
	for i, v := range report.Violations {
		if i == 10 {
			fmt.Printf("… and %d more\n", len(report.Violations)-i)
			break
		}
		fmt.Println(v)
	}
	fmt.Printf("histories: %d  steps: %d  commits: %d  violations: %d  rate: %.0f/s\n", report.Histories, report.Steps, report.Commits,
		len(report.Violations), float64(report.Histories)/time.Since(began).Seconds())
	if len(report.Violations) > 0 {
		os.Exit(1)
	}
}
