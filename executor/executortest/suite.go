package executortest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

// Open makes an executor that serves every type of script, for one test. It registers its own clean-up with t.
type Open func(t testing.TB, script Script) executor.Executor

// patience is how long the suite waits for what has to happen, however slow the executor.
const patience = 30 * time.Second

// TestExecutor holds an executor to every rule of package executor.
func TestExecutor(t *testing.T, open func(t testing.TB, script Script) executor.Executor) {
	run(t, open, patience)
}

// rule is one promise of the contract, and why the engine needs it.
type rule struct {
	name, why string
	check     func(*rig)
}

func run(t *testing.T, open Open, patience time.Duration) {
	for _, rules := range [][]rule{outcomeRules, attachRules, cancelRules, fenceRules, slotRules} {
		for _, rule := range rules {
			t.Run(rule.name, func(t *testing.T) {
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("why this is a rule: %s", rule.why)
					}
				})
				rule.check(newRig(t, open, patience))
			})
		}
	}
}

// rig is one executor under test with what a rule needs around it.
type rig struct {
	testing.TB
	executor.Executor
	open     Open
	patience time.Duration
	ctx      context.Context // ends with the rule
	to       *recorder       // who is told, unless the rule has more than one
}

func newRig(t *testing.T, open Open, patience time.Duration) *rig {
	r := &rig{TB: t, open: open, patience: patience, Executor: open(t, Actions())}
	ctx, stop := context.WithCancelCause(context.Background())
	t.Cleanup(func() { stop(errors.New("executortest: the rule has been checked")) })
	r.ctx, r.to = ctx, newRecorder()
	return r
}

// task is new work of a scripted type.
func (r *rig) task(typeName string) executor.Task {
	return executor.Task{
		Ref:  executor.Ref{ID: rand.Text(), Run: 1, Fence: 10},
		Type: typeName, Pipeline: "storefront", Execution: rand.Text(), Stage: "Build", Action: "Image", Try: 1,
		Config: map[string]string{},
	}
}

// call is one Execute under way.
type call struct {
	rig     *rig
	stop    context.CancelCauseFunc
	ended   chan struct{}
	outcome executor.Outcome
	err     error
}

// execute calls Execute without waiting for it.
func (r *rig) execute(task executor.Task, to *recorder) *call {
	ctx, stop := context.WithCancelCause(r.ctx)
	return r.executeIn(ctx, stop, task, to)
}

func (r *rig) executeIn(ctx context.Context, stop context.CancelCauseFunc, task executor.Task, to *recorder) *call {
	c := &call{rig: r, stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.outcome, c.err = r.Execute(ctx, task, to)
	}()
	r.Cleanup(func() {
		to.release(1)
		stop(context.Canceled)
		select {
		case <-c.ended:
		case <-time.After(r.patience):
			r.Errorf("an Execute did not return although its ctx had ended")
		}
	})
	return c
}

// holding executes a Hold and waits until it has started.
func (r *rig) holding(task executor.Task) *call {
	r.Helper()
	c := r.execute(task, r.to)
	r.started(r.to)
	return c
}

// started waits for a start and returns it.
func (r *rig) started(to *recorder) string {
	r.Helper()
	select {
	case start := <-to.starts:
		return start
	case <-time.After(r.patience):
		r.Fatalf("the action did not start, or its first report did not arrive")
		return ""
	}
}

// result waits for an Execute to return.
func (c *call) result() (executor.Outcome, error) {
	c.rig.Helper()
	select {
	case <-c.ended:
	case <-time.After(c.rig.patience):
		c.rig.Fatalf("Execute did not return")
	}
	return c.outcome, c.err
}

// succeeded waits for a success and returns which start it came from.
func (c *call) succeeded() (start string) {
	c.rig.Helper()
	outcome, err := c.result()
	if err != nil {
		c.rig.Fatalf("Execute: %v; want an outcome", err)
	}
	if outcome.Failure != nil || outcome.Pending != nil {
		c.rig.Fatalf("outcome: Failure %+v, Pending %+v; want success", outcome.Failure, outcome.Pending)
	}
	return outcome.Variables["start"]
}

// stopped waits for anything but a success.
func (c *call) stopped() {
	c.rig.Helper()
	if outcome, err := c.result(); err == nil && outcome.Failure == nil {
		c.rig.Fatalf("Execute answered success (%+v) for work that was ended", outcome)
	}
}

// gone cancels until the work is known to be gone.
func (r *rig) gone(ref executor.Ref) {
	r.Helper()
	until := time.After(r.patience)
	for {
		err := r.cancel(ref)
		if err == nil {
			return
		}
		select {
		case <-until:
			r.Fatalf("Cancel still answers %v; want nil for work that has ended", err)
		case <-time.After(time.Millisecond):
		}
	}
}

// cancel calls Cancel and sees that it returns.
func (r *rig) cancel(ref executor.Ref) error {
	r.Helper()
	answer := make(chan error, 1)
	go func() { answer <- r.Cancel(r.ctx, ref) }()
	select {
	case err := <-answer:
		return err
	case <-time.After(r.patience):
		r.Fatalf("Cancel did not return")
		return nil
	}
}

// startedOnly checks that these are all the starts there were.
func (r *rig) startedOnly(to *recorder, want ...string) {
	r.Helper()
	got := to.startsSeen()
	if len(got) != len(want) {
		r.Fatalf("started %d times, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			r.Fatalf("start %d is %s, the outcome is that of %s", i+1, got[i], want[i])
		}
	}
}
