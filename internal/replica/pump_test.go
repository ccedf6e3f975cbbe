package replica

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

const actionType = "Test/Custom/T/1"

// pump drives one replica synchronously: it keeps what was dispatched, and the test says how it ends.
type pump struct {
	t          *testing.T
	store      store.StateStore
	now        *time.Time
	replica    *Replica
	lease      store.Lease
	slots      int
	seeds      uint64
	dispatched []Dispatch
	cancelled  []Cancel
	acks       map[string]Ack
	loads      int
}

func epoch() *time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return &now
}

func newStore(now *time.Time) store.StateStore {
	return memory.New(&memory.Options{Now: func() time.Time { return *now }})
}

func newPump(t *testing.T, st store.StateStore, now *time.Time, name string) *pump {
	p := &pump{t: t, store: st, now: now, slots: 10, acks: map[string]Ack{}}
	lease, err := st.Lease(context.Background(), store.Lease{Name: name}, 10*time.Second)
	require.NoError(t, err)
	p.lease = lease
	p.replica = New(Options{Name: name, Drive: true})
	p.replica.Serve(map[string]Served{actionType: {Rerun: true}})
	return p
}

func (p *pump) seed() (seed machine.Seed) {
	p.seeds++
	copy(seed[8:], p.lease.Name)
	binary.BigEndian.PutUint64(seed[:], p.seeds)
	return seed
}

// command offers a command; its answer is kept under its tag.
func (p *pump) command(tag, id string, in machine.Input) {
	p.replica.Offer(Input{Stream: PipelineStream("p"), Input: in, Seed: p.seed(), Command: &Command{ID: id, Actor: "ana"}, Tag: tag})
}

// once runs one step, and gives its batches to commit.
func (p *pump) once(commit func([]store.Batch) []error) {
	work := p.replica.Step(Round{Now: *p.now, Seed: p.seed(), Free: []int{p.slots}})
	p.answer(work.Acks)
	for _, load := range work.Loads {
		p.load(load)
	}
	if len(work.Batches) > 0 {
		p.effects(p.replica.Settled(work.Batches, commit(work.Batches)))
	}
}

func (p *pump) load(load Load) {
	p.loads++
	found, err := p.store.Load(context.Background(), load.Stream)
	require.NoError(p.t, err)
	records, err := p.store.Get(context.Background(), load.Refs...)
	require.NoError(p.t, err)
	var stream *store.Stream
	if len(found) > 0 {
		stream = &found[0]
	}
	p.effects(p.replica.Loaded(load, stream, records))
}

func (p *pump) commit(batches []store.Batch) []error {
	return p.store.Commit(context.Background(), batches)
}

// settle steps until nothing is left to do.
func (p *pump) settle() {
	for range 100 {
		if !p.replica.Busy() && (p.replica.Wake().IsZero() || p.replica.Wake().After(*p.now)) {
			return
		}
		p.once(p.commit)
	}
	p.t.Fatal("the replica never comes to rest")
}

func (p *pump) effects(e Effects) {
	p.answer(e.Acks)
	p.dispatched = append(p.dispatched, e.Dispatch...)
	p.cancelled = append(p.cancelled, e.Cancel...)
}

func (p *pump) answer(acks []Ack) {
	for _, ack := range acks {
		p.acks[ack.Tag.(string)] = ack
	}
}

// ack is the answer to an input that must have been answered.
func (p *pump) ack(tag string) Ack {
	require.Contains(p.t, p.acks, tag)
	return p.acks[tag]
}

// end reports the outcome of the oldest dispatched run.
func (p *pump) end(outcome executor.Outcome) {
	d := p.dispatched[0]
	p.dispatched = p.dispatched[1:]
	p.replica.Offer(Input{Stream: d.Stream, Input: &machine.End{Ref: d.Ref, Outcome: outcome}, Seed: p.seed(), Tag: "end"})
}

// due asks the store what is due, as pumps do now and then.
func (p *pump) due() {
	due, err := p.store.Due(context.Background(), 100)
	require.NoError(p.t, err)
	p.replica.Due(due)
}

func (p *pump) state() *machine.State {
	found, err := p.store.Load(context.Background(), PipelineStream("p"))
	require.NoError(p.t, err)
	require.Len(p.t, found, 1)
	state, err := machine.Restore("p", found[0].Snapshot, found[0].Events, nil)
	require.NoError(p.t, err)
	return state
}

// pipeline is a definition with one action in each of two stages.
func pipeline(t *testing.T) []byte {
	action := func(name string) []definition.Action {
		return []definition.Action{{Name: name, RunOrder: 1, ActionTypeID: definition.TypeID{Category: "Test", Owner: "Custom", Provider: "T", Version: "1"}}}
	}
	out, err := json.Marshal(definition.Pipeline{Name: "p", ExecutionMode: machine.Queued, Stages: []definition.Stage{
		{Name: "Source", Actions: action("Checkout")}, {Name: "Deploy", Actions: action("Roll")},
	}})
	require.NoError(t, err)
	return out
}

// timed is a definition of many executions at once, whose action has five minutes.
func timed(t *testing.T) []byte {
	var p definition.Pipeline
	require.NoError(t, json.Unmarshal(pipeline(t), &p))
	p.ExecutionMode, p.Stages[0].Actions[0].TimeoutInMinutes = machine.Parallel, 5
	out, err := json.Marshal(p)
	require.NoError(t, err)
	return out
}
