package search

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
)

// TestSmallWorldsAreClosed searches the first slices to their end in each mode; make search takes all of them, and the whole world.
func TestSmallWorldsAreClosed(t *testing.T) {
	for _, mode := range Modes() {
		for _, slice := range Slices()[:3] {
			t.Run(mode+"/"+slice.Name, func(t *testing.T) {
				t.Parallel()
				r := Run(Config{Mode: mode, Budget: slice.Budget, RollBack: slice.RollBack, States: 20_000})
				require.Empty(t, r.Violation, r.Script)
				require.True(t, r.Closed, r)
				require.Greater(t, r.States, 50, "a world in which nothing happens proves nothing")
				require.NotZero(t, r.Resting)
			})
		}
	}
}

func TestAPartOfTheWholeWorld(t *testing.T) {
	for _, mode := range Modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r := Run(Config{Mode: mode, Budget: Whole(), States: 1500, Deep: true, Seed: 1})
			require.Empty(t, r.Violation, r.Script)
			require.Equal(t, 1500, r.States)
			require.Greater(t, r.Depth, 20)
		})
	}
}

func TestTheSameSearchFindsTheSame(t *testing.T) {
	config := Config{Mode: machine.Queued, Budget: Budget{Starts: 1, Stops: 1, Leaps: 1}}
	first := Run(config)
	require.Equal(t, first, Run(config))
	config.Frontier = 3 // worlds that were not kept are made again
	require.Equal(t, first, Run(config))
}

func succeeded(e machine.Event) bool {
	ended, ok := e.(*machine.ExecutionEnded)
	return ok && ended.Status == machine.Succeeded
}

const shortest = `  1 r1 is told to start an execution
  2 r1 decides
  3 the commit of r1 reaches the store
      execution.started
      stage.entered One of execution 1
      action.started One/Again of execution 1
      command.noted
      action.claimed run 1 with fence 1 by r1
  4 run 1 of One/Again with fence 1 succeeds at r1
  5 r1 decides
  6 the commit of r1 reaches the store
      action.ended One/Again of execution 1 Succeeded
      stage.ended One of execution 1 Succeeded
      stage.entered Two of execution 1
      action.started Two/Once of execution 1
      action.claimed run 1 with fence 2 by r1
  7 run 1 of Two/Once with fence 2 succeeds at r1
  8 r1 decides
  9 the commit of r1 reaches the store
      action.ended Two/Once of execution 1 Succeeded
      stage.ended Two of execution 1 Succeeded
      execution.ended Succeeded of execution 1
`

// TestAViolationIsToldInTheShortestWay forbids that an execution succeeds.
func TestAViolationIsToldInTheShortestWay(t *testing.T) {
	r := Run(Config{Mode: machine.Superseded, Budget: Budget{Starts: 2}, forbid: succeeded})
	require.Equal(t, "forbidden: execution.ended Succeeded of execution 1", r.Violation)
	require.Equal(t, shortest, r.Script)
	deep := Run(Config{Mode: machine.Superseded, Budget: Budget{Starts: 2, Failures: 1}, Deep: true, Seed: 3, forbid: succeeded})
	require.Contains(t, deep.Violation, "forbidden: execution.ended Succeeded of execution")
	require.LessOrEqual(t, strings.Count(deep.Script, "\n"), strings.Count(shortest, "\n")+8, "it is made short afterwards:\n%s", deep.Script)
}

func TestForksKnowNothingOfEachOther(t *testing.T) {
	s := &searcher{atlas: atlas{}, config: Config{Mode: machine.Superseded, Budget: Whole()}}
	w := newWorld(&s.clock, s.config)
	for turn := range 60 {
		s.clock.now = w.now
		choices := w.choices()
		if len(choices) == 0 {
			break
		}
		before := s.digest(w)
		other := s.fork(w)
		require.Equal(t, before, s.digest(other))
		s.play(other, choices[turn*7%len(choices)])
		require.Empty(t, other.broken)
		require.Equal(t, before, s.digest(w), "what happens in a fork happens in no other world")
		s.clock.now = w.now
		s.play(w, choices[turn*7%len(choices)])
		require.Equal(t, s.digest(other), s.digest(w), "the same choice leads to the same world")
	}
}

// TestWorldsThatMayGoOnDifferentlyAreToldApart plays the same choices in another order: what is under way is the same, what may come of it is not.
func TestWorldsThatMayGoOnDifferentlyAreToldApart(t *testing.T) {
	begun := []choice{{kind: start, node: 0}, {kind: step, node: 0}, {kind: commit, node: 0}}
	for _, test := range []struct {
		name       string
		one, other []choice
	}{
		{"the lease of a crashed owner ends before or behind a leap", []choice{{crash, 0, 0}, {wait, -1, 0}}, []choice{{wait, -1, 0}, {crash, 0, 0}}},
		{"a replica decides before or behind a leap",
			[]choice{{start, 1, 0}, {step, 1, 0}, {wait, -1, 0}}, []choice{{start, 1, 0}, {wait, -1, 0}, {step, 1, 0}}},
		{"a stop comes before or behind a leap", []choice{{stop, 1, 0}, {step, 1, 0}, {commit, 1, 0}, {wait, -1, 0}},
			[]choice{{wait, -1, 0}, {stop, 1, 0}, {step, 1, 0}, {commit, 1, 0}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &searcher{atlas: atlas{}, config: Config{Mode: machine.Superseded, Budget: Whole()}}
			s.root = newWorld(&s.clock, s.config)
			one, other := s.fork(s.root), s.fork(s.root)
			for _, c := range slices.Concat(begun, test.one) {
				s.play(one, c)
			}
			for _, c := range slices.Concat(begun, test.other) {
				s.play(other, c)
			}
			require.Empty(t, one.broken+other.broken)
			require.NotEqual(t, s.digest(one), s.digest(other))
		})
	}
}

// TestWhatIsLeftOutIsThere finds names of types and fields that no longer fit.
func TestWhatIsLeftOutIsThere(t *testing.T) {
	known := map[string]bool{}
	var visit func(of reflect.Type)
	visit = func(of reflect.Type) {
		if known[of.String()] {
			return
		}
		known[of.String()] = true
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			visit(of.Elem())
		case reflect.Map:
			visit(of.Key())
			visit(of.Elem())
		case reflect.Struct:
			for f := range of.Fields() {
				known[of.String()+"."+f.Name] = true
				visit(f.Type)
			}
		}
	}
	for _, of := range []any{&world{}, machine.ExecutionStarted{}, machine.ExecutionEnded{}, machine.CommandNoted{}, &executor.Task{}} {
		visit(reflect.TypeOf(of))
	}
	for _, list := range []map[string]bool{shared, scrap, blind} {
		for name := range list {
			require.True(t, known[name], "there is no %s any more", name)
		}
	}
}
