package replica

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

func TestARelease(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	require.NoError(t, p.ack("define").Err)
	require.Len(t, p.dispatched, 1, "the claim is in the same round as the start")
	require.Equal(t, "Checkout", p.dispatched[0].Task.Action)
	p.end(executor.Outcome{})
	p.settle()
	require.Equal(t, "Roll", p.dispatched[0].Task.Action)
	p.end(executor.Outcome{})
	p.settle()
	require.Equal(t, machine.Succeeded, p.state().Executions[0].Status)
	require.Equal(t, 1, p.loads, "a driven stream is loaded once")
	p.replica.Evict(now.Add(time.Hour))
	require.Zero(t, p.replica.Streams(), "a stream at rest leaves memory")
}

func TestOutcomeConsequencesAndNextClaimAreOneCommit(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	p.end(executor.Outcome{})
	commits := 0
	for p.replica.Busy() {
		p.once(func(b []store.Batch) []error { commits += len(b); return p.commit(b) })
	}
	require.Equal(t, 1, commits)
}

func TestNothingLeavesBeforeTheCommit(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.once(p.commit) // loads
	work := p.replica.Step(Round{Now: *now, Seed: p.seed(), Free: []int{10}})
	require.Empty(t, work.Acks)
	require.Len(t, work.Batches, 1)
	require.Empty(t, p.replica.Step(Round{Now: *now, Seed: p.seed(), Free: []int{10}}).Batches, "one batch a stream at a time")
}

func TestAmbiguousCommitIsOfferedAgain(t *testing.T) {
	for _, applied := range []bool{false, true} {
		now := epoch()
		p := newPump(t, newStore(now), now, "r1")
		p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
		p.once(p.commit)
		var first store.ID
		p.once(func(b []store.Batch) []error {
			first = b[0].ID
			if applied {
				require.NoError(t, p.commit(b)[0])
			}
			return []error{errors.New("the connection broke")}
		})
		require.Empty(t, p.acks, "nobody is told what nobody knows")
		p.once(func(b []store.Batch) []error {
			require.Equal(t, first, b[0].ID, "the same batch")
			return p.commit(b)
		})
		require.NoError(t, p.ack("define").Err)
		p.settle()
		require.Len(t, p.dispatched, 1)
	}
}

func TestACommandActsOnce(t *testing.T) {
	now := epoch()
	st := newStore(now)
	p := newPump(t, st, now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t)})
	p.settle()
	p.command("first", "c2", &machine.Start{})
	p.command("twin", "c2", &machine.Start{}) // in the same round
	p.settle()
	p.command("again", "c2", &machine.Start{}) // later, here
	p.settle()
	other := newPump(t, st, now, "r2")
	other.command("other", "c2", &machine.Start{}) // elsewhere
	other.settle()
	want := p.ack("first").Reply.Execution
	require.False(t, want.IsZero())
	for _, ack := range []Ack{p.ack("twin"), p.ack("again"), other.ack("other")} {
		require.NoError(t, ack.Err)
		require.Equal(t, want, ack.Reply.Execution)
	}
	require.Len(t, p.state().Executions, 1)
}

func TestARepeatedCommandThatWouldBeRefusedGetsItsFirstAnswer(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	x := p.state().Executions[0].ID
	p.command("stop", "c2", &machine.Stop{Execution: x})
	p.settle()
	p.command("again", "c2", &machine.Stop{Execution: x})
	p.command("another", "c3", &machine.Stop{Execution: x})
	p.settle()
	require.NoError(t, p.ack("again").Err)
	require.Equal(t, p.ack("stop").Reply, p.ack("again").Reply)
	require.Error(t, p.ack("another").Err)
}

func TestARefusalIsNeverMadeOnOldMemory(t *testing.T) {
	now := epoch()
	st := newStore(now)
	a, b := newPump(t, st, now, "a"), newPump(t, st, now, "b")
	a.command("define", "c1", &machine.Define{Definition: pipeline(t)})
	a.settle()
	b.command("start", "c2", &machine.Start{})
	b.settle()
	x := b.ack("start").Reply.Execution
	a.command("stop", "c3", &machine.Stop{Execution: x}) // a has never seen x
	a.settle()
	require.NoError(t, a.ack("stop").Err)
}

func TestConflictDecidesAgainOnWhatIsThere(t *testing.T) {
	now := epoch()
	st := newStore(now)
	a, b := newPump(t, st, now, "a"), newPump(t, st, now, "b")
	a.command("define", "c1", &machine.Define{Definition: pipeline(t)})
	a.settle()
	b.command("gate", "c2", &machine.SetTransition{Stage: "Deploy", Reason: "freeze"})
	b.settle()
	a.command("start", "c3", &machine.Start{})
	a.settle()
	require.NoError(t, a.ack("start").Err)
	a.end(executor.Outcome{})
	a.settle()
	x := a.state().Executions[0]
	require.False(t, x.Inside(), "the gate that the other replica closed holds")
}

func TestTheOwnerIsToldOfWorkThatOthersCommit(t *testing.T) {
	now := epoch()
	st := newStore(now)
	a, b := newPump(t, st, now, "a"), newPump(t, st, now, "b")
	a.command("define", "c1", &machine.Define{Definition: pipeline(t)})
	a.settle()
	b.command("start", "c2", &machine.Start{})
	b.settle()
	require.Empty(t, b.dispatched, "only the owner claims")
	a.due()
	a.settle()
	require.Len(t, a.dispatched, 1)
	b.due()
	b.settle()
	require.Empty(t, b.dispatched)
}

func TestTakeover(t *testing.T) {
	now := epoch()
	st := newStore(now)
	a, b := newPump(t, st, now, "a"), newPump(t, st, now, "b")
	a.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	a.settle()
	require.Len(t, a.dispatched, 1)
	b.due()
	b.settle()
	require.Empty(t, b.dispatched, "a's lease still runs")
	*now = now.Add(11 * time.Second)
	b.due()
	b.settle()
	require.Len(t, b.dispatched, 1)
	require.Equal(t, 2, b.dispatched[0].Ref.Run, "the work of a lost worker starts anew")
	// the zombie reports: refused, and told to stop
	a.end(executor.Outcome{})
	a.settle()
	var refusal *machine.Error
	require.ErrorAs(t, a.ack("end").Err, &refusal)
	require.Equal(t, machine.CodeFenced, refusal.Code)
	b.end(executor.Outcome{})
	b.settle()
	require.Equal(t, "Roll", b.dispatched[0].Task.Action)
}

func TestZombieWorkIsCancelled(t *testing.T) {
	now := epoch()
	st := newStore(now)
	a := newPump(t, st, now, "a")
	a.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	a.settle()
	*now = now.Add(11 * time.Second)
	b := newPump(t, st, now, "b")
	b.due()
	b.settle()
	a.due()
	a.command("gate", "c9", &machine.SetTransition{Stage: "Deploy", Reason: "freeze"})
	a.settle()
	require.Len(t, a.cancelled, 1, "what was taken over is ended here")
}

func TestSlots(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.slots = 0
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	require.Empty(t, p.dispatched)
	p.slots = 1
	p.once(p.commit)
	require.Len(t, p.dispatched, 1, "a freed slot is used at once")
}

func TestACommitUnderWayHoldsTheSlotsThatItClaims(t *testing.T) {
	for name, fate := range map[string]error{"committed": nil, "refused": &store.Conflict{Condition: store.ConditionHead, Name: "pipeline/p"}} {
		t.Run(name, func(t *testing.T) {
			now := epoch()
			p := newPump(t, newStore(now), now, "r1")
			offer := func(stream string) (underWay []store.Batch) {
				definition := bytes.Replace(pipeline(t), []byte(`"name":"p"`), []byte(`"name":"`+stream+`"`), 1)
				p.replica.Offer(Input{Stream: PipelineStream(stream), Input: &machine.Define{Definition: definition, Start: true}, Seed: p.seed()})
				for range 2 { // it is loaded first
					work := p.replica.Step(Round{Now: *now, Seed: p.seed(), Free: []int{1}})
					for _, load := range work.Loads {
						p.load(load)
					}
					underWay = append(underWay, work.Batches...)
				}
				return underWay
			}
			first, second := offer("p"), offer("q")
			require.Len(t, first, 1)
			require.Len(t, second, 1)
			p.effects(p.replica.Settled(second, p.commit(second)))
			require.Empty(t, p.dispatched, "the only slot is the first one's")

			if fate == nil {
				p.effects(p.replica.Settled(first, p.commit(first)))
				require.Len(t, p.dispatched, 1)
				return
			}
			p.effects(p.replica.Settled(first, []error{fate}))
			p.slots = 1
			p.once(p.commit)
			require.Len(t, p.dispatched, 1, "the slot is free again")
		})
	}
}

func TestUnservedTypeWaits(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.replica.Serve(nil)
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	require.Empty(t, p.dispatched)
	require.Equal(t, "worker", p.state().Explain(p.ack("define").Reply.Execution)[0].Kind)
	p.replica.Serve(map[string]Served{actionType: {}})
	p.settle()
	require.Len(t, p.dispatched, 1)
}

func TestTimers(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	p.end(executor.Outcome{Pending: &executor.Pending{After: 30 * time.Second, Resume: "ticket 7"}})
	p.settle()
	require.Empty(t, p.dispatched)
	require.Equal(t, now.Add(30*time.Second), p.replica.Wake())
	*now = now.Add(30 * time.Second)
	p.settle()
	require.Len(t, p.dispatched, 1)
	require.Equal(t, "ticket 7", p.dispatched[0].Task.Resume)
	require.Equal(t, 2, p.dispatched[0].Ref.Run)
}

func TestSnapshotsBoundTheTail(t *testing.T) {
	now := epoch()
	st := newStore(now)
	p := newPump(t, st, now, "r1")
	p.replica.options.SnapshotAfter = 10
	p.command("define", "c1", &machine.Define{Definition: pipeline(t)})
	p.settle()
	for range 10 {
		p.command("start", "", &machine.Start{})
		p.settle()
		for len(p.dispatched) > 0 {
			p.end(executor.Outcome{})
			p.settle()
		}
	}
	found, err := st.Load(context.Background(), PipelineStream("p"))
	require.NoError(t, err)
	require.LessOrEqual(t, len(found[0].Events), 20)
	require.Equal(t, p.replica.streams[PipelineStream("p")].state.Snapshot(), p.state().Snapshot())
}

func TestBrokenInvariantQuarantinesTheStream(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t)})
	p.settle()
	s := p.replica.streams[PipelineStream("p")]
	s.state.Stages[0].Holder = machine.ID{1} // as a wrong rule would
	p.command("gate", "c2", &machine.SetTransition{Stage: "Deploy", Reason: "freeze"})
	p.settle()
	require.ErrorContains(t, p.ack("gate").Err, "S2")
	require.NotNil(t, p.state().Quarantine)
	require.Nil(t, p.state().StageNamed("Deploy").Closed, "nothing of the round is kept")
	p.command("start", "c3", &machine.Start{})
	p.settle()
	require.ErrorContains(t, p.ack("start").Err, "quarantine")
	p.command("release", "c4", &machine.Release{By: "ana"})
	p.settle()
	require.NoError(t, p.ack("release").Err)
	p.command("start", "c5", &machine.Start{})
	p.settle()
	require.NoError(t, p.ack("start").Err)
}

func TestOversizedOutcomeFailsItsActionOnly(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	p.end(executor.Outcome{Summary: "far too much"})
	p.command("gate", "c2", &machine.SetTransition{Stage: "Deploy", Reason: "freeze"})
	for p.replica.Busy() {
		p.once(func(b []store.Batch) []error {
			for _, e := range b[0].Events {
				if strings.Contains(string(e.Data), "far too much") {
					return []error{&store.TooLarge{Stream: b[0].Stream, What: "events", Limit: 10}}
				}
			}
			return p.commit(b)
		})
	}
	require.NoError(t, p.ack("gate").Err, "its neighbour in the round is not hurt")
	require.Equal(t, machine.Failed, p.state().Executions[0].Status)
	require.Contains(t, p.state().Executions[0].Summary, "over the store's limit")
}

// TestWhatIsDueAtOnceNeedNotFitAtOnce: eight executions start, and time out at the same moment, and a batch has no room for all of that.
func TestWhatIsDueAtOnceNeedNotFitAtOnce(t *testing.T) {
	for _, tc := range []struct {
		name        string
		room, late  int // events that a batch has room for, before and then
		quarantined bool
	}{
		{"one at a time", 4, 2, false},
		{"not even one", 4, 1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now := epoch()
			p := newPump(t, newStore(now), now, "r1")
			room := tc.room
			rest := func() {
				for steps := 0; p.replica.Busy() || !p.replica.Wake().IsZero() && !p.replica.Wake().After(*now); steps++ {
					require.Less(t, steps, 100, "it does not come to rest")
					p.once(func(b []store.Batch) []error {
						if len(b[0].Events) > room {
							return []error{&store.TooLarge{Stream: b[0].Stream, What: "events", Limit: 10}}
						}
						return p.commit(b)
					})
				}
			}
			p.command("define", "d", &machine.Define{Definition: timed(t)})
			for i := range 8 {
				p.command(fmt.Sprint("start", i), fmt.Sprint("s", i), &machine.Start{})
			}
			rest()
			for i := range 8 {
				require.NoError(t, p.ack(fmt.Sprint("start", i)).Err)
			}
			require.Len(t, p.dispatched, 8)
			*now = now.Add(6 * time.Minute)
			room = tc.late
			rest()
			if tc.quarantined {
				require.Contains(t, p.state().Quarantine.Reason, "what is due does not fit")
				return
			}
			require.Nil(t, p.state().Quarantine)
			require.Len(t, p.cancelled, 8, "every run is asked to end")
			require.Len(t, p.state().Executions, 8)
			for _, x := range p.state().Executions {
				require.Equal(t, machine.Failed, x.Run.Actions[0].Status)
			}
		})
	}
}
