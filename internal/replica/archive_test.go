package replica

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// parallel is a replica with an execution in PARALLEL mode that has failed in its last stage, and so left the state.
func parallel(t *testing.T, name string) (p *pump, failed machine.ID) {
	now := epoch()
	p = newPump(t, newStore(now), now, name)
	definition := bytes.ReplaceAll(pipeline(t), []byte(machine.Queued), []byte(machine.Parallel))
	p.command("define", "", &machine.Define{Definition: definition})
	p.command("start", "", &machine.Start{})
	p.settle()
	p.end(executor.Outcome{})
	p.settle()
	p.fail()
	failed = p.ack("start").Reply.Execution
	require.Nil(t, p.state().Execution(failed))
	return p, failed
}

func (p *pump) fail() {
	p.end(executor.Outcome{Failure: &executor.Failure{Code: "JobFailed", Message: "broken"}})
	p.settle()
}

func (p *pump) record(id machine.ID) *machine.ExecutionRecord {
	found, err := p.store.Get(context.Background(), machine.ExecutionRef("p", id))
	require.NoError(p.t, err)
	if found[0] == nil {
		return nil
	}
	record, err := machine.ReadExecution(found[0])
	require.NoError(p.t, err)
	return record
}

// requireFailedAgain: one execution, with all that it has tried.
func (p *pump) requireFailedAgain(id machine.ID, attempt int) {
	p.t.Helper()
	record := p.record(id)
	require.NotNil(p.t, record)
	require.Equal(p.t, machine.Failed, record.Execution.Status)
	require.Equal(p.t, attempt, record.Execution.Attempt)
	require.Len(p.t, record.Past, 1+attempt, "the source action and an action execution an attempt")
}

// TestARetrySeesTheRecordOfWhatHasLeft: it is loaded before the retry is decided, and gone when the execution lives again.
func TestARetrySeesTheRecordOfWhatHasLeft(t *testing.T) {
	p, x := parallel(t, "r1")
	p.requireFailedAgain(x, 1)
	loads := p.loads
	p.command("retry", "retry", &machine.Retry{Execution: x, Stage: "Deploy"})
	p.settle()
	require.NoError(t, p.ack("retry").Err)
	require.Equal(t, loads+1, p.loads)
	require.Nil(t, p.record(x), "what goes on has no record")
	p.fail()
	p.requireFailedAgain(x, 2)
	p.command("never", "never", &machine.Retry{Execution: machine.ID{1}, Stage: "Deploy"})
	p.settle()
	var refusal *machine.Error
	require.ErrorAs(t, p.ack("never").Err, &refusal)
	require.Equal(t, machine.CodeNotLatest, refusal.Code)
}

// TestARecordIsNotBelievedTwice: in one mailbox an execution is retried, stopped and retried again. The second retry is of what it is then.
func TestARecordIsNotBelievedTwice(t *testing.T) {
	p, x := parallel(t, "r1")
	p.command("retry", "retry", &machine.Retry{Execution: x, Stage: "Deploy"})
	p.command("stop", "stop", &machine.Stop{Execution: x, Abandon: true})
	p.command("again", "again", &machine.Retry{Execution: x, Stage: "Deploy"})
	p.settle()
	for _, tag := range []string{"retry", "stop", "again"} {
		require.NoError(t, p.ack(tag).Err, tag)
	}
	p.fail()
	p.requireFailedAgain(x, 3)
}

// TestARetryWhoseCommitIsAmbiguousActsOnce: whether or not the commit has reached the store that did not answer.
func TestARetryWhoseCommitIsAmbiguousActsOnce(t *testing.T) {
	for name, applied := range map[string]bool{"it has": true, "it has not": false} {
		t.Run(name, func(t *testing.T) {
			p, x := parallel(t, "r1")
			p.command("retry", "retry", &machine.Retry{Execution: x, Stage: "Deploy"})
			for offered := false; !offered; {
				p.once(func(b []store.Batch) []error {
					offered = true
					if applied {
						require.NoError(t, p.commit(b)[0])
					}
					return []error{errors.New("the connection broke")}
				})
			}
			require.NotContains(t, p.acks, "retry")
			p.settle()
			require.NoError(t, p.ack("retry").Err)
			require.Len(t, p.dispatched, 1)
			p.fail()
			p.requireFailedAgain(x, 2)
		})
	}
}

// TestARetryOnAnOldRecordIsDecidedAnew: between a replica's decision and its commit another one has retried the execution, which has failed
// once more: the record that was loaded is not what it is.
func TestARetryOnAnOldRecordIsDecidedAnew(t *testing.T) {
	a, x := parallel(t, "a")
	b := newPump(t, a.store, a.now, "b")
	b.command("late", "late", &machine.Retry{Execution: x, Stage: "Deploy"})
	for decided := false; !decided; {
		b.once(func(batches []store.Batch) []error {
			decided = true
			a.command("retry", "retry", &machine.Retry{Execution: x, Stage: "Deploy"})
			a.settle()
			a.fail()
			return b.commit(batches)
		})
	}
	require.NotContains(t, b.acks, "late", "its commit was refused")
	a.requireFailedAgain(x, 2)
	b.settle()
	require.NoError(t, b.ack("late").Err)
	a.due()
	a.settle()
	a.fail()
	a.requireFailedAgain(x, 3)
}
