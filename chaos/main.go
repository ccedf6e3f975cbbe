package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if life, ok := os.LookupEnv(lifeVariable); ok {
		if err := live(life); err != nil {
			log.Fatal(err)
		}
		return
	}
	rounds := flag.Int("rounds", 10, "how many to play; 0: until interrupted")
	kills := flag.Int("kills", 10, "lives of a round that are killed")
	seed := flag.Uint64("seed", 1, "of the first round; the next ones have the next seeds")
	keep := flag.Bool("keep", false, "keep the directory of a round that broke something")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var all Tally
	next := *seed
	for n := 0; (*rounds == 0 || n < *rounds) && ctx.Err() == nil; n++ {
		began := time.Now()
		tally, err := play(ctx, next, *kills, *keep)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			log.Fatalf("seed %d: %v", next, err)
		}
		all.add(tally)
		fmt.Printf("seed: %d  %s  %.1f s\n", next, tally, time.Since(began).Seconds())
		next++
	}
	fmt.Printf("rounds: %d  %s  next: -seed %d\n", next-*seed, all, next)
	if all.broken() {
		os.Exit(1)
	}
}

// play plays one round in a directory of its own.
func play(ctx context.Context, seed uint64, kills int, keep bool) (tally Tally, err error) {
	dir, err := os.MkdirTemp("", "penstock-chaos-")
	if err != nil {
		return tally, err
	}
	defer func() {
		if !keep || !tally.broken() {
			_ = os.RemoveAll(dir)
		}
	}()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return tally, err
	}
	r := &round{dir: dir, seed: seed}
	if err := r.live(ctx, kills); err != nil {
		return r.tally, err
	}
	return r.tally, r.judge(ctx)
}

// Tally is what was counted.
type Tally struct {
	Kills    int // lives that were killed
	Calm     int // lives that did not come to their boundary
	Commands int // that were acknowledged
	Effects  int // that were made
	Accepted int // outcomes that count

	Lost, Doubled, Held, Orphans int
	Findings                     []string
}

func (t *Tally) add(other Tally) {
	t.Kills += other.Kills
	t.Calm += other.Calm
	t.Commands += other.Commands
	t.Effects += other.Effects
	t.Accepted += other.Accepted
	t.Lost += other.Lost
	t.Doubled += other.Doubled
	t.Held += other.Held
	t.Orphans += other.Orphans
	t.Findings = append(t.Findings, other.Findings...)
}

func (t *Tally) broken() bool { return t.Lost+t.Doubled+t.Held+t.Orphans > 0 }

// String is one line, and one more for each finding.
func (t Tally) String() string {
	counts := fmt.Sprintf("kills: %d  calm: %d  commands: %d  effects: %d  accepted: %d  lost: %d  doubled: %d  held: %d  orphans: %d",
		t.Kills, t.Calm, t.Commands, t.Effects, t.Accepted, t.Lost, t.Doubled, t.Held, t.Orphans)
	return strings.Join(append([]string{counts}, t.Findings...), "\n\t")
}

func (t *Tally) find(count *int, format string, args ...any) {
	*count++
	t.Findings = append(t.Findings, fmt.Sprintf(format, args...))
}

// lines calls each with every line of a file of JSON. What a kill has torn is no line.
func lines[T any](path string, each func(T)) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for text := range bytes.Lines(data) {
		var line T
		if json.Unmarshal(text, &line) == nil {
			each(line)
		}
	}
	return err
}
