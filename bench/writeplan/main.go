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

func bulkSide() side {
	return sinkSide("bulk group commit", func(ctx context.Context, file string) (sqliteSink, error) { return newBulk(ctx, file) })
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

// The sides that others are compared with, or that have to reach something.
const (
	bulkRow = iota
	rawRow
	planRow
	engineRow
)

func sides(inFlight int) []side {
	return []side{
		bulkSide(),
		rawSide(),
		planSide("plan", options{streams: inFlight}),
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
	count := flag.Int("rounds", 5, "measurements of each side, in turn")
	least := flag.Float64("least", 0, "fail when the plan does less than this part of the bulk group commit")
	leastEngine := flag.Float64("least-engine", 0, "fail when the engine does less than this part of the raw group commit")
	dir := flag.String("dir", "", "folder for the databases; its disk is what is measured (default: the temporary folder)")
	flag.Parse()
	all := sides(*inFlight)
	rounds, err := compare(all, *count, func(s side) (figures, error) {
		end := time.Now().Add(*window)
		return measure(s, *dir, *inFlight, func() bool { return time.Now().Before(end) })
	})
	if err == nil {
		table(all, rounds)
		err = errors.Join(
			atLeast(*least, "the plan", rounds[planRow], "the bulk group commit", rounds[bulkRow]),
			atLeast(*leastEngine, "the engine", rounds[engineRow], "the raw group commit", rounds[rawRow]),
		)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "writeplan:", err)
		os.Exit(1)
	}
}

func atLeast(least float64, name string, side []figures, ofName string, of []figures) error {
	if ratio := middle(ratios(side, of)); ratio < least {
		return fmt.Errorf("%s does %.2f of %s, below %.2f", name, ratio, ofName, least)
	}
	return nil
}

// compare measures the sides in turn, round by round.
func compare(sides []side, count int, measure func(side) (figures, error)) (rounds [][]figures, err error) {
	rounds = make([][]figures, len(sides))
	for range count {
		for i, s := range sides {
			f, err := measure(s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			rounds[i] = append(rounds[i], f)
		}
	}
	return rounds, nil
}

// table prints each side's median.
func table(sides []side, rounds [][]figures) {
	fmt.Printf("%-22s %9s %17s %6s %7s %7s %10s %9s %8s %8s\n",
		"side", "actions/s", "(min-max)", "of bulk", "of raw", "CPU us", "written KB", "stored KB", "commits", "flushes")
	for i, s := range sides {
		sorted := slices.SortedFunc(slices.Values(rounds[i]), func(a, b figures) int { return cmp.Compare(a.actions, b.actions) })
		m := middle(sorted)
		fmt.Printf("%-22s %9.0f %17s %6.2f %7.2f %7d %10.1f %9.2f %8s %8.3f\n", s.name, m.actions,
			fmt.Sprintf("(%.0f-%.0f)", sorted[0].actions, sorted[len(sorted)-1].actions),
			middle(ratios(rounds[i], rounds[bulkRow])), middle(ratios(rounds[i], rounds[rawRow])),
			m.cpu.Microseconds(), m.written, m.stored, commits(m), m.flushes)
	}
}

// commits of an execution; the engine does not tell.
func commits(f figures) string {
	if f.commits == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", f.commits)
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
