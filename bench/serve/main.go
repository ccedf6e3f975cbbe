package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// options are the flags.
type options struct {
	pipelines, reads, readers, rounds, actions int
	window, sleep                              time.Duration
	program                                    string
}

func main() {
	var o options
	flag.IntVar(&o.pipelines, "pipelines", 100, "how many pipelines have an execution running")
	flag.IntVar(&o.reads, "reads", 2000, "how many reads a second are asked for")
	flag.IntVar(&o.readers, "readers", 32, "how many connections read")
	flag.IntVar(&o.rounds, "rounds", 3, "how many times a quiet window and a reading one follow each other")
	flag.IntVar(&o.actions, "actions", 4, "how many commands an execution runs, one after the other")
	flag.DurationVar(&o.window, "window", 10*time.Second, "the length of a window")
	flag.DurationVar(&o.sleep, "sleep", 2*time.Second, "how long a command sleeps")
	flag.StringVar(&o.program, "program", "", "the `penstock` to measure (default: it is built)")
	flag.Parse()
	log.SetFlags(0)
	if err := o.run(); err != nil {
		log.Fatal(err)
	}
}

func (o options) run() error {
	dir, err := os.MkdirTemp("", "penstock-bench-serve-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.program == "" {
		o.program = filepath.Join(dir, "penstock")
		if err := build(o.program); err != nil {
			return err
		}
	}
	s, err := start(o.program, filepath.Join(dir, "data"), o.pipelines)
	if err != nil {
		return err
	}
	defer s.kill()
	if err := s.fill(o); err != nil {
		return err
	}
	return o.measure(s)
}

// build makes the command as its module says, in the workspace.
func build(to string) error {
	cmd := exec.Command("go", "build", "-o", to, ".")
	cmd.Dir, cmd.Stderr = filepath.Join("..", "cmd", "penstock"), os.Stderr
	for _, v := range os.Environ() {
		if v != "GOWORK=off" {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd.Run()
}

// measure goes through the windows, and tells what ended in them.
func (o options) measure(s *server) error {
	var windows []window
	for range o.rounds {
		windows = append(windows, o.quiet(s), o.reading(s))
	}
	all, err := s.ended(o.pipelines)
	if err != nil {
		return err
	}
	fmt.Printf("%d pipelines, each with an execution of %d commands of %s; windows of %s\n\n", o.pipelines, o.actions, o.sleep, o.window)
	fmt.Println("window   commands/s  took        reads/s  p50        p99        server CPU  client CPU")
	var ends, took [2]float64 // quiet, reading
	for i, w := range windows {
		n, mean := w.count(all)
		ends[i%2] += float64(n) / w.end.Sub(w.from).Seconds()
		took[i%2] += mean.Seconds()
		fmt.Println(w.row(n, mean))
	}
	fmt.Printf("\nreading against quiet: commands/s %+.1f %%, a command takes %+.1f %%\n", 100*(ends[1]/ends[0]-1), 100*(took[1]/took[0]-1))
	return nil
}
