package executortest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/executor/executortest"
	"github.com/penstock-dev/penstock/executor/local"
)

// mutant names, in a child process, which broken executor the suite is run with.
const mutant = "EXECUTORTEST_MUTANT"

// broken is an executor that keeps every rule but those that a mutation takes from it.
type broken struct {
	executor.Executor
	execute func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error)
	cancel  func(ctx context.Context, ref executor.Ref) error
	types   func() ([]executor.Type, <-chan struct{})
	action  func(next executortest.Action) executortest.Action // around every action
}

func (b *broken) Execute(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
	if b.execute != nil {
		return b.execute(ctx, task, to)
	}
	return b.Executor.Execute(ctx, task, to)
}

func (b *broken) Cancel(ctx context.Context, ref executor.Ref) error {
	if b.cancel != nil {
		return b.cancel(ctx, ref)
	}
	return b.Executor.Cancel(ctx, ref)
}

func (b *broken) Types() ([]executor.Type, <-chan struct{}) {
	if b.types != nil {
		return b.types()
	}
	return b.Executor.Types()
}

// newest is where every action of a mutant that does not guard its Reporters reports to.
type newest struct {
	mu sync.Mutex
	to map[string]executor.Reporter
}

func (n *newest) join(id string, to executor.Reporter) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.to == nil {
		n.to = make(map[string]executor.Reporter)
	}
	if n.to[id] == nil {
		n.to[id] = to
	}
}

func (n *newest) of(id string) executor.Reporter {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.to[id]
}

// deaf passes everything on but what is overridden.
type deaf struct {
	executor.Reporter
	progress, external bool
	lock               *sync.Mutex
}

func (d deaf) Progress(percent int, summary string) {
	if d.progress {
		d.Reporter.Progress(percent, summary)
	}
}

func (d deaf) External(id, url string) error {
	if d.lock != nil {
		d.lock.Lock()
		defer d.lock.Unlock()
	}
	err := d.Reporter.External(id, url)
	if d.external || id == "proceed" {
		return err
	}
	return nil
}

// outcomes changes what Execute answers.
func outcomes(change func(*executor.Outcome) error) func(*broken) {
	return func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			outcome, err := b.Executor.Execute(ctx, task, to)
			if err == nil {
				err = change(&outcome)
			}
			return outcome, err
		}
	}
}

// tasks changes what Execute is asked.
func tasks(change func(*executor.Task)) func(*broken) {
	return func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			change(&task)
			return b.Executor.Execute(ctx, task, to)
		}
	}
}

func contexts(change func(context.Context) context.Context) func(*broken) {
	return func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			return b.Executor.Execute(change(ctx), task, to)
		}
	}
}

func cancels(change func(*broken, context.Context, executor.Ref) error) func(*broken) {
	return func(b *broken) {
		b.cancel = func(ctx context.Context, ref executor.Ref) error { return change(b, ctx, ref) }
	}
}

func listed(change func([]executor.Type, <-chan struct{}) ([]executor.Type, <-chan struct{})) func(*broken) {
	return func(b *broken) {
		b.types = func() ([]executor.Type, <-chan struct{}) { return change(b.Executor.Types()) }
	}
}

var errBroken = errors.New("broken")

// mutants says how each executor is broken, and which rule has to notice.
var mutants = []struct {
	name, rule string
	mutate     func(*broken)
}{
	{"a type twice", "Types/serves the script", listed(func(all []executor.Type, c <-chan struct{}) ([]executor.Type, <-chan struct{}) {
		return append(all, all[0]), c
	})},
	{"a type not listed", "Types/serves the script", listed(func(all []executor.Type, c <-chan struct{}) ([]executor.Type, <-chan struct{}) {
		return all[1:], c
	})},
	{"no channel", "Types/serves the script", listed(func(all []executor.Type, _ <-chan struct{}) ([]executor.Type, <-chan struct{}) {
		return all, nil
	})},
	{"a channel that never closes", "Slots/the channel closes when one gets free",
		listed(func(all []executor.Type, _ <-chan struct{}) ([]executor.Type, <-chan struct{}) {
			return all, make(chan struct{})
		})},
	{"free that never changes", "Slots/free is honest", listed(func(all []executor.Type, c <-chan struct{}) ([]executor.Type, <-chan struct{}) {
		for i := range all {
			all[i].Free = 4
		}
		return all, c
	})},
	{"more than it says", "Slots/never more at once", listed(func(all []executor.Type, c <-chan struct{}) ([]executor.Type, <-chan struct{}) {
		for i := range all {
			all[i].Free--
		}
		return all, c
	})},
	{"failure as an error", "Execute/failure is an outcome", outcomes(func(o *executor.Outcome) error {
		if o.Failure != nil {
			return errors.New(o.Failure.Message)
		}
		return nil
	})},
	{"a hint lost", "Execute/failure is an outcome", outcomes(func(o *executor.Outcome) error {
		if o.Failure != nil {
			o.Failure.Hint = ""
		}
		return nil
	})},
	{"panic as any failure", "Execute/panic is a failure", outcomes(func(o *executor.Outcome) error {
		if o.Failure != nil {
			o.Failure.Code = "Failed"
		}
		return nil
	})},
	{"unknown type as success", "Execute/unknown type is an error", tasks(func(task *executor.Task) {
		if strings.Contains(task.Type, "Nobody") {
			task.Type = executortest.Succeed
		}
	})},
	{"resume cut", "Execute/pending resumes", outcomes(func(o *executor.Outcome) error {
		if o.Pending != nil {
			o.Pending.Resume = o.Pending.Resume[:2000]
		}
		return nil
	})},
	{"task without rollback", "Execute/task arrives whole", tasks(func(task *executor.Task) { task.Rollback = false })},
	{"inline cut", "Execute/outcome arrives whole", outcomes(func(o *executor.Outcome) error {
		for i := range o.Artifacts {
			o.Artifacts[i].Inline = nil
		}
		return nil
	})},
	{"progress lost", "Execute/reports arrive", func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			return b.Executor.Execute(ctx, task, deaf{Reporter: to, external: true})
		}
	}},
	{"External that hides errors", "Execute/reports arrive", func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			return b.Executor.Execute(ctx, task, deaf{Reporter: to, progress: true})
		}
	}},
	{"no deadline", "Execute/deadline", tasks(func(task *executor.Task) { task.Deadline = time.Time{} })},
	{"ctx not looked at before the start", "Execute/ended ctx starts nothing", contexts(context.WithoutCancel)},
	{"no attach", "Attach/concurrent Executes start once", func(b *broken) {
		var mu sync.Mutex
		n := 0
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			mu.Lock()
			n++
			task.ID += fmt.Sprint("-", n)
			mu.Unlock()
			return b.Executor.Execute(ctx, task, to)
		}
	}},
	{"outcomes forgotten", "Attach/to an ended one", func(b *broken) {
		var ended sync.Map
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			id := task.ID
			if _, ok := ended.Load(id); ok {
				task.ID += "-again"
			}
			defer ended.Store(id, true)
			return b.Executor.Execute(ctx, task, to)
		}
	}},
	{"runs not told apart", "Attach/a later run starts anew", tasks(func(task *executor.Task) { task.Run = 1 })},
	{"runs all told apart", "Attach/an earlier run does not start", tasks(func(task *executor.Task) { task.ID += fmt.Sprint("-", task.Run) })},
	{"the first Reporter only", "Attach/to a running one", unguarded},
	{"detach as cancel", "Detach/leaves the work", contexts(func(ctx context.Context) context.Context {
		plain, stop := context.WithCancel(context.WithoutCancel(ctx))
		context.AfterFunc(ctx, stop)
		return plain
	})},
	{"detach not minded", "Detach/leaves the work", contexts(context.WithoutCancel)},
	{"detach with any error", "Detach/leaves the work", func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			outcome, err := b.Executor.Execute(ctx, task, to)
			if err != nil {
				err = errBroken
			}
			return outcome, err
		}
	}},
	{"reports after detach", "Detach/leaves the Reporter alone", unguarded},
	{"reports after cancel", "Cancel/late reports are refused", unguarded},
	{"outlives, it says", "Attach/from another process", listed(func(all []executor.Type, c <-chan struct{}) ([]executor.Type, <-chan struct{}) {
		for i := range all {
			all[i].Outlive = true
		}
		return all, c
	})},
	{"cancel does nothing", "Cancel/ends the work", cancels(func(*broken, context.Context, executor.Ref) error { return nil })},
	{"cancel does nothing when detached", "Cancel/without an Execute", cancels(func(*broken, context.Context, executor.Ref) error { return nil })},
	{"cancel is cut off", "Cancel/ends the work", cancels(func(b *broken, ctx context.Context, ref executor.Ref) error {
		return errors.Join(b.Executor.Cancel(ctx, ref), errBroken)
	})},
	{"ctx not minded", "Cancel/ctx ended is cancelled", contexts(context.WithoutCancel)},
	{"cancel wants something there", "Cancel/what never started", cancels(func(*broken, context.Context, executor.Ref) error { return errBroken })},
	{"cancel wants something running", "Cancel/what has ended", cancels(func(*broken, context.Context, executor.Ref) error { return errBroken })},
	{"cancel hits all", "Cancel/only the work named", func(b *broken) {
		var refs sync.Map
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			refs.Store(task.ID, task.Ref)
			return b.Executor.Execute(ctx, task, to)
		}
		b.cancel = func(ctx context.Context, ref executor.Ref) error {
			refs.Range(func(_, other any) bool {
				_ = b.Executor.Cancel(ctx, other.(executor.Ref))
				return true
			})
			return nil
		}
	}},
	{"cancel waits for ever", "Cancel/bounded", func(b *broken) {
		b.cancel = func(ctx context.Context, ref executor.Ref) error {
			<-make(chan struct{})
			return nil
		}
	}},
	{"no fence for Execute", "Fence/stale Execute is refused", tasks(func(task *executor.Task) { task.Fence = 1 })},
	{"no fence for Cancel", "Fence/stale Cancel is refused", cancels(func(b *broken, ctx context.Context, ref executor.Ref) error {
		ref.Fence += 1000
		return b.Executor.Cancel(ctx, ref)
	})},
	{"no fence for ctx", "Fence/stale ctx ends nothing", func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			outcome, err := b.Executor.Execute(ctx, task, to)
			if err != nil {
				task.Fence += 1000
				_ = b.Executor.Cancel(context.WithoutCancel(ctx), task.Ref)
			}
			return outcome, err
		}
	}},
	{"no fence after the end", "Fence/also after the end", tasks(func(task *executor.Task) { task.Fence = 1 })},
	{"fences have to rise", "Fence/equal is not stale", func(b *broken) {
		var seen sync.Map
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			if _, again := seen.LoadOrStore(task.Ref, true); again {
				return executor.Outcome{}, executor.ErrFenced
			}
			return b.Executor.Execute(ctx, task, to)
		}
	}},
	{"one fence for all", "Fence/each work has its own", func(b *broken) {
		b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
			if task.Fence < 1000 {
				return executor.Outcome{}, executor.ErrFenced
			}
			return b.Executor.Execute(ctx, task, to)
		}
	}},
	{"a slot leaks", "Slots/come back after every kind of end", func(b *broken) {
		b.action = func(next executortest.Action) executortest.Action {
			return func(ctx context.Context, task executor.Task, to executor.Reporter) executor.Outcome {
				outcome := next(ctx, task, to)
				if ctx.Err() != nil && task.Deadline.IsZero() {
					<-make(chan struct{})
				}
				return outcome
			}
		}
	}},
	{"a lock around reports", "Lock/a Reporter may call back", locked},
	{"a lock that a slow Reporter holds", "Lock/a slow Reporter holds up nobody else", locked},
}

// unguarded has actions report straight to the first Reporter, whatever became of it.
func unguarded(b *broken) {
	var to newest
	b.execute = func(ctx context.Context, task executor.Task, reporter executor.Reporter) (executor.Outcome, error) {
		to.join(task.ID, reporter)
		return b.Executor.Execute(ctx, task, reporter)
	}
	b.action = func(next executortest.Action) executortest.Action {
		return func(ctx context.Context, task executor.Task, _ executor.Reporter) executor.Outcome {
			return next(ctx, task, to.of(task.ID))
		}
	}
}

func locked(b *broken) {
	var mu sync.Mutex
	b.execute = func(ctx context.Context, task executor.Task, to executor.Reporter) (executor.Outcome, error) {
		return b.Executor.Execute(ctx, task, deaf{Reporter: to, progress: true, external: true, lock: &mu})
	}
}

func open(mutate func(*broken)) func(t testing.TB, script executortest.Script) executor.Executor {
	return func(t testing.TB, script executortest.Script) executor.Executor {
		b := &broken{}
		mutate(b)
		var types []local.Type
		for name, action := range script {
			if b.action != nil {
				action = b.action(action)
			}
			types = append(types, local.Type{Name: name, Run: func(ctx context.Context, task *executor.Task, to executor.Reporter) executor.Outcome {
				return action(ctx, *task, to)
			}})
		}
		e, err := local.New(types, local.Options{Slots: 4, CancelGrace: 10 * time.Millisecond})
		require.NoError(t, err)
		b.Executor = e
		return b
	}
}

// TestSuite runs the suite with the executor that the environment names, with a sound one if it names none.
func TestSuite(t *testing.T) {
	name := os.Getenv(mutant)
	if name == "" {
		executortest.Run(t, open(func(*broken) {}), 30*time.Second)
		return
	}
	for _, m := range mutants {
		if m.name == name {
			executortest.Run(t, open(m.mutate), 300*time.Millisecond)
		}
	}
}

// TestSuiteNotices runs the one rule that has to notice each mutant, in a child process, where it has to fail.
func TestSuiteNotices(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			rule := "TestSuite/" + strings.ReplaceAll(m.rule, " ", "_")
			pattern := "^" + strings.ReplaceAll(rule, "/", "$/^") + "$"
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", pattern, "-test.timeout", "20s")
			child.Env = append(os.Environ(), mutant+"="+m.name)
			out, err := child.CombinedOutput()
			require.Error(t, err, "the suite passed:\n%s", out)
			require.Contains(t, string(out), "--- FAIL: "+rule, "another rule failed, or none:\n%s", out)
			require.Contains(t, string(out), "why this is a rule", "%s", out)
		})
	}
}
