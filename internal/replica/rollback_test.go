package replica

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
)

// release starts an execution and takes it to its end.
func (p *pump) release(tag string) machine.ID {
	p.command(tag, tag, &machine.Start{})
	p.settle()
	for range 2 {
		p.end(executor.Outcome{})
		p.settle()
	}
	require.NoError(p.t, p.ack(tag).Err)
	return p.ack(tag).Reply.Execution
}

// TestARollbackSeesItsTargetsRecord: what has left the state is loaded before it is decided, once.
func TestARollbackSeesItsTargetsRecord(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "", &machine.Define{Definition: pipeline(t)})
	p.settle()
	first, second := p.release("first"), p.release("second")
	require.Nil(t, p.state().Execution(first))
	loads := p.loads
	p.command("back", "back", &machine.RollBack{Stage: "Deploy", Target: first})
	p.settle()
	require.NoError(t, p.ack("back").Err)
	require.Equal(t, loads+1, p.loads)
	require.True(t, p.dispatched[0].Task.Rollback)
	p.end(executor.Outcome{})
	p.settle()

	p.command("never", "never", &machine.RollBack{Stage: "Deploy", Target: machine.ID{1}})
	p.settle()
	require.ErrorContains(t, p.ack("never").Err, "has no execution")
	p.command("again", "again", &machine.RollBack{Stage: "Deploy", Target: second})
	p.settle()
	require.NoError(t, p.ack("again").Err)
}

// TestATargetThatLeavesInTheSameRound: the end of one execution and the wish to go back to another come in together, and the first makes the
// second leave the state.
func TestATargetThatLeavesInTheSameRound(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "", &machine.Define{Definition: pipeline(t)})
	p.settle()
	first := p.release("first")
	p.command("second", "", &machine.Start{})
	p.settle()
	require.NotNil(t, p.state().Execution(first), "it is the latest in Deploy")
	p.end(executor.Outcome{})
	p.command("back", "", &machine.RollBack{Stage: "Deploy", Target: first})
	p.settle()
	var refusal *machine.Error
	require.ErrorAs(t, p.ack("back").Err, &refusal)
	require.Equal(t, machine.CodeNotRollbackable, refusal.Code, "it is known, and its stage is held: %s", refusal.Message)
	require.Nil(t, p.state().Execution(first))
}
