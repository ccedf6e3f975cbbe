// Command mutate puts known bugs into copies of the source, one at a time, and asks the simulation, or the search
// of small worlds, to find them. What survives shows a gap in the simulation or its oracle. The source itself is never touched: the copies come in through go build -overlay.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	histories := flag.Int("histories", 5000, "how many to play before a mutant counts as a survivor")
	seed := flag.Uint64("seed", 1, "of the first history")
	sighted := flag.Bool("check", false, "leave machine.Check in, which catches many before they reach the oracle")
	search := flag.Bool("search", false, "ask the exhaustive search of small worlds instead of the simulation")
	root := flag.String("root", ".", "folder of the module")
	flag.Parse()
	judge := simulate(*histories, *seed)
	if *search {
		judge = explore()
	}
	survivors, err := run(*root, judge, !*sighted, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if survivors > 0 {
		fmt.Printf("%d survived\n", survivors)
		os.Exit(1)
	}
}

// judge is a program that is asked to find a mutant.
type judge struct {
	folder  string
	args    []string
	counted *regexp.Regexp // how far it came
	unit    string
	all     string // what a survivor has survived
}

func simulate(histories int, seed uint64) judge {
	return judge{
		folder: "simulate", args: []string{"-first", "-shrink=false", "-workers", "1", "-histories", fmt.Sprint(histories), "-seed", fmt.Sprint(seed)},
		counted: regexp.MustCompile(`histories: (\d+)`), unit: "history", all: fmt.Sprintf("%d histories", histories),
	}
}

// explore takes the slices that are soon searched, and a part of the whole world.
func explore() judge {
	return judge{
		folder: "search/explore", args: []string{"-small", "9", "-states", "10000", "-most", "30000"},
		counted: regexp.MustCompile(`searches:.* states: (\d+)`), unit: "state", all: "the search",
	}
}

func run(root string, judge judge, blind bool, only []string) (survivors int, err error) {
	mutants, err := readMutants(filepath.Join(root, "internal", "simulation", "mutants"))
	if err != nil {
		return 0, err
	}
	for _, m := range mutants {
		if len(only) > 0 && !slices.Contains(only, m.name) {
			continue
		}
		killed, failed := try(root, m, judge, blind)
		switch {
		case failed != nil:
			err = errors.Join(err, fmt.Errorf("%s: %w", m.name, failed))
		case killed == "":
			survivors++
			fmt.Printf("%-24s SURVIVED %s: %s\n", m.name, judge.all, m.about)
		default:
			fmt.Printf("%-24s %s\n", m.name, killed)
		}
	}
	return survivors, err
}

var invariant = regexp.MustCompile(`(?m)^(\w+: .{0,90})`)

// try answers how the mutant was killed, "" when it was not.
func try(root string, m mutant, judge judge, blind bool) (killed string, err error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if blind {
		m = m.blind()
	}
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return "", err
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Minute)
	defer stop()
	binary := filepath.Join(dir, "judge")
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", binary, "./internal/simulation/"+judge.folder)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("it does not build: %w\n%s", err, out)
	}
	play := exec.CommandContext(ctx, binary, judge.args...)
	out, err := play.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", nil
	case !errors.As(err, &exit) || exit.ExitCode() != 1:
		return "", fmt.Errorf("it does not run: %w\n%s", err, bytes.TrimSpace(out))
	}
	return fmt.Sprintf("dies at %s %s  %s", judge.unit, judge.counted.FindSubmatch(out)[1], invariant.FindString(string(out))), nil
}

// mutant is a bug: texts that are replaced in files.
type mutant struct {
	name  string
	about string
	edits []edit
}

type edit struct {
	file, old, new string
}

func readMutants(dir string) (out []mutant, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.mutant"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no mutants in %s: run it in the folder of the module, or say -root", dir)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		m, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		m.name = strings.TrimSuffix(filepath.Base(file), ".mutant")
		out = append(out, m)
	}
	return out, nil
}

// parse reads a mutant: a line about it, then any number of
//
//	file PATH
//	<<<<
//	what is there
//	====
//	what the bug makes of it
//	>>>>
func parse(text string) (m mutant, err error) {
	first, rest, _ := strings.Cut(text, "\n")
	m.about = strings.TrimPrefix(first, "# ")
	var file string
	for rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "file "):
			file = strings.TrimPrefix(line, "file ")
		case line == "<<<<":
			before, after, closed := strings.Cut(rest, "\n>>>>\n")
			now, bug, split := strings.Cut(before+"\n", "====\n")
			if !closed || !split || file == "" {
				return m, errors.New("an edit is not <<<<, ====, >>>> under a file")
			}
			m.edits = append(m.edits, edit{file: file, old: strings.TrimSuffix(now, "\n"), new: strings.TrimSuffix(bug, "\n")})
			rest = after
		default:
			return m, fmt.Errorf("cannot read %q", line)
		}
	}
	if len(m.edits) == 0 {
		return m, errors.New("it changes nothing")
	}
	return m, nil
}

// blind takes machine.Check out, so that the oracle is on its own.
func (m mutant) blind() mutant {
	m.edits = append(slices.Clone(m.edits), edit{
		file: "internal/machine/check.go", old: "func (s *State) Check() error {\n", new: "func (s *State) Check() error {\n\tif s != nil {\n\t\treturn nil\n\t}\n",
	})
	return m
}

// overlay writes the changed copies, and the file that go build wants to know of them.
func (m mutant) overlay(root, dir string) (path string, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return "", err
	}
	texts := map[string]string{}
	var files []string
	for _, e := range m.edits {
		if _, read := texts[e.file]; !read {
			text, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return "", err
			}
			texts[e.file] = string(text)
			files = append(files, e.file)
		}
		if n := strings.Count(texts[e.file], e.old); n != 1 {
			return "", fmt.Errorf("%s has this %d times, not once:\n%s", e.file, n, e.old)
		}
		texts[e.file] = strings.Replace(texts[e.file], e.old, e.new, 1)
	}
	var replace []string
	for i, file := range files {
		copied := filepath.Join(dir, fmt.Sprintf("%d_%s", i, filepath.Base(file)))
		if err := os.WriteFile(copied, []byte(texts[file]), 0o600); err != nil {
			return "", err
		}
		replace = append(replace, fmt.Sprintf("%q: %q", filepath.Join(root, file), copied))
	}
	path = filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, []byte(`{"Replace": {`+strings.Join(replace, ", ")+"}}"), 0o600)
}
