package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

type sqliteSink interface {
	sink
	stored(ctx context.Context) (bytes int64, err error)
	close() error
}

// side is one row of the table. It is measured in a folder of its own.
type side struct {
	name    string
	measure func(dir string, inFlight int, more func() bool) (figures, error)
}

func rawSide() side {
	return sinkSide("raw group commit", func(ctx context.Context, file string) (sqliteSink, error) { return newRaw(ctx, file) })
}

func planSide(name string, o options) side {
	return sinkSide(name, func(ctx context.Context, file string) (sqliteSink, error) { return newPlan(ctx, file, o) })
}

func sinkSide(name string, open func(ctx context.Context, file string) (sqliteSink, error)) side {
	return side{name, func(dir string, inFlight int, more func() bool) (f figures, err error) {
		ctx := context.Background()
		opened, err := open(ctx, filepath.Join(dir, "state.db"))
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, opened.close()) }()
		l := &load{sink: opened, inFlight: inFlight, more: more}
		before := readMeter()
		if err := l.run(ctx); err != nil {
			return f, err
		}
		f = before.figures(l.executions, l.commits)
		stored, err := opened.stored(ctx)
		f.stored = float64(stored) / 1024 / float64(l.executions)
		return f, err
	}}
}

func sides(inFlight int) []side {
	return []side{
		rawSide(),
		planSide("plan", options{streams: inFlight}),
		byHandSide(),
		engineSide(),
		planSide("plan, 10 pipelines", options{streams: min(10, inFlight)}),
		planSide("plan, 1 pipeline", options{streams: 1}),
		planSide("1 key", options{streams: inFlight, keys: 1}),
		planSide("4 keys", options{streams: inFlight, keys: 4}),
		planSide("4 keys, early records", options{streams: inFlight, keys: 4, early: true}),
	}
}

func main() {
	inFlight := flag.Int("in-flight", 100, "executions in flight")
	window := flag.Duration("window", 3*time.Second, "length of a measurement")
	rounds := flag.Int("rounds", 5, "measurements of each side, in turn")
	least := flag.Float64("least", 0, "fail when the plan's ratio is below this")
	dir := flag.String("dir", "", "folder for the databases; its disk is what is measured (default: the temporary folder)")
	flag.Parse()
	ratio, err := compare(sides(*inFlight), *rounds, func(s side) (figures, error) {
		end := time.Now().Add(*window)
		return measure(s, *dir, *inFlight, func() bool { return time.Now().Before(end) })
	})
	if err == nil && ratio < *least {
		err = fmt.Errorf("the plan's ratio is %.2f, below %.2f", ratio, *least)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "writeplan:", err)
		os.Exit(1)
	}
}

// compare measures the sides in turn, prints each one's median, and answers the second's ratio to the first.
func compare(sides []side, rounds int, measure func(side) (figures, error)) (ratio float64, err error) {
	all := make([][]figures, len(sides))
	for range rounds {
		for i, s := range sides {
			f, err := measure(s)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", s.name, err)
			}
			all[i] = append(all[i], f)
		}
	}
	fmt.Printf("%-22s %9s %17s %6s %7s %10s %9s %9s %8s %15s\n",
		"side", "actions/s", "(min-max)", "ratio", "CPU us", "written KB", "stored KB", "commits", "flushes", "actions/commit")
	for i, s := range sides {
		s.print(all[i], middle(ratios(all[i], all[0])))
	}
	return middle(ratios(all[1], all[0])), nil
}

func (s side) print(rounds []figures, ratio float64) {
	sorted := slices.SortedFunc(slices.Values(rounds), func(a, b figures) int { return cmp.Compare(a.actions, b.actions) })
	m := middle(sorted)
	fmt.Printf("%-22s %9.0f %17s %6.2f %7d %10.1f %9.2f %9.3f %8.3f %15.0f\n", s.name, m.actions,
		fmt.Sprintf("(%.0f-%.0f)", sorted[0].actions, sorted[len(sorted)-1].actions), ratio,
		m.cpu.Microseconds(), m.written, m.stored, m.commits, m.flushes, actions/m.commits)
}

// ratios of each round, sorted: what disturbs a round disturbs both sides of it.
func ratios(side, limit []figures) (r []float64) {
	for round, f := range side {
		r = append(r, f.actions/limit[round].actions)
	}
	slices.Sort(r)
	return r
}

func middle[E any](sorted []E) E { return sorted[len(sorted)/2] }

// measure runs one side on a fresh database.
func measure(s side, dir string, inFlight int, more func() bool) (f figures, err error) {
	dir, err = os.MkdirTemp(dir, "writeplan")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return s.measure(dir, inFlight, more)
}
