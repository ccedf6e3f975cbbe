package simulation

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/simulation/oracle"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// world is all there is in a history.
type world struct {
	ctx       context.Context
	seeded    uint64
	scheduler *rand.Rand // which choice comes next, and the seed of what it draws
	draws     *rand.PCG  // the source of rng
	rng       *rand.Rand
	profile   profile
	store     store.StateStore
	ledger    *oracle.Ledger
	oracle    *oracle.Oracle
	pipelines []*pipeline
	nodes     []*node  // by place; a crashed one stays until its successor starts
	adrift    []*group // commits under way of replicas that have crashed
	started   int      // replicas ever
	orders    []*oracle.Command
	tags      []*tag
	works     map[oracle.WorkID]*work
	running   []*work
	waiters   []*waiter
	told      []*told // reports of ends that were made
	cancels   []*cancellation
	hands     []*hand // jobs that workers have
	late      []*hand // jobs that they had
	seen      []place // jobs that they have seen in a queue
	nonces    int

	moves          []move // made so far
	steps, commits int
	hash           hash.Hash64
	trace          io.Writer
	coverage       map[string]int
}

// pipeline is a stream and what the world knows of it.
type pipeline struct {
	name, stream string
	designs      []design
	shadow       *machine.State     // the feed, folded
	known        []machine.ID       // executions ever
	tokens       []machine.ID       // approvals ever
	passed       []machine.RollBack // successes under the newest definition, as rollbacks to them
	left         []machine.Retry    // what failed or was stopped in PARALLEL mode, and left for its record, as retries of it
}

// tight is a store's limit, in bytes of events, that an outcome may exceed: a definition does not.
const tight = 12 << 10

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newWorld(seed uint64, trace io.Writer) *world {
	w := &world{
		ctx: context.Background(), seeded: seed, scheduler: rand.New(rand.NewPCG(seed, scheduling)), draws: rand.NewPCG(seed, before),
		ledger: oracle.NewLedger(traits()),
		works:  map[oracle.WorkID]*work{}, hash: fnv.New64a(), trace: trace, coverage: map[string]int{},
	}
	w.rng = rand.New(w.draws)
	w.profile = newProfile(w.rng)
	w.ledger.Queues = queues
	w.ledger.Now, w.ledger.Exclusive, w.ledger.Limits = epoch, w.profile.exclusive, w.profile.limits
	for i := range w.profile.pipelines {
		name := string(rune('p' + i))
		p := &pipeline{name: name, stream: replica.PipelineStream(name), shadow: machine.New(name)}
		for range 3 {
			p.designs = append(p.designs, w.design(name, p.designs))
		}
		w.pipelines = append(w.pipelines, p)
	}
	options := memory.Options{Now: func() time.Time { return w.ledger.Now }, Exclusive: w.profile.exclusive}
	options.Limits.Events = w.room()
	w.store = memory.New(&options)
	w.oracle = oracle.New(w.ledger, w.store)
	for range w.profile.replicas {
		w.nodes = append(w.nodes, w.newNode())
	}
	return w
}

// room is the store's limit of a batch's events: 0 for one that nothing exceeds.
func (w *world) room() int {
	switch {
	case !w.profile.tight:
		return 0
	case w.profile.most%2 == 0:
		return tight
	}
	largest := 0
	for _, p := range w.pipelines {
		for _, d := range p.designs {
			largest = max(largest, len(d.json))
		}
	}
	return largest + 2<<10 // for what else the commit of a definition holds, and for any one thing that comes due
}

// begin creates the pipelines.
func (w *world) begin() {
	for _, p := range w.pipelines {
		w.offer(p, "define", &machine.Define{Definition: p.designs[0].json, Start: w.chance(0.5)})
	}
}

func (w *world) n(n int) int { return w.rng.IntN(n) }

func (w *world) chance(odds float64) bool { return odds > 0 && w.rng.Float64() < odds }

func pick[T any](w *world, list []T) T { return list[w.n(len(list))] }

func (w *world) seed() (seed machine.Seed) {
	binary.LittleEndian.PutUint64(seed[:8], w.rng.Uint64())
	binary.LittleEndian.PutUint64(seed[8:], w.rng.Uint64())
	return seed
}

// mix makes something part of the history's hash.
func (w *world) mix(n uint64) {
	var buffer [8]byte
	binary.LittleEndian.PutUint64(buffer[:], n)
	_, _ = w.hash.Write(buffer[:])
}

func (w *world) pipeline(stream string) *pipeline {
	for _, p := range w.pipelines {
		if p.stream == stream {
			return p
		}
	}
	return nil
}

// plans are the compiled definitions that all replicas share: compiling is pure, and was a fifth of a history's time.
func (w *world) plans(stream string) machine.Plans { return w.pipeline(stream).shadow.Plans() }

func (w *world) advance() bool {
	by := w.profile.leap(w.rng)
	w.note("time goes on by %s", by)
	if by > 30*ttl {
		w.ledger.Now = w.ledger.Now.Add(by) // nobody was there
		return true
	}
	w.elapse(by, w.profile.diligence)
	return true
}

// elapse lets time go on, while the replicas keep their leases as far as they are diligent.
func (w *world) elapse(by time.Duration, diligence float64) {
	for left := by; left > 0; left -= ttl / 3 {
		w.ledger.Now = w.ledger.Now.Add(min(left, ttl/3))
		for _, n := range w.nodes {
			if n.alive && !n.paused && w.chance(diligence) {
				n.renew()
			}
		}
	}
}

// apply brings a replica's commit to the store, and judges what it made.
func (w *world) apply(by string, batches []store.Batch) []error {
	errs := w.store.Commit(w.ctx, batches)
	for i := range batches {
		_, _ = w.hash.Write(batches[i].ID[:])
	}
	changed := map[string]bool{}
	facts := w.oracle.Follow(w.ctx)
	if w.oracle.Broken() != nil {
		w.tell(facts)
		return errs
	}
	w.tell(facts)
	for _, f := range facts {
		changed[f.Stream] = true
		p := w.pipeline(f.Stream)
		w.coverOwn(p, f.Event)
		p.shadow.Apply(f.Event)
		p.learn(f.Event)
	}
	for i := range batches {
		if b := &batches[i]; changed[b.Stream] {
			w.judge(by, b)
		}
	}
	return errs
}

// learn keeps what orders may name.
func (p *pipeline) learn(event machine.Event) {
	switch e := event.(type) {
	case *machine.ExecutionStarted:
		p.known = append(p.known, e.ID)
	case *machine.ActionStarted:
		if !e.Token.IsZero() {
			p.tokens = append(p.tokens, e.Token)
		}
	case *machine.PipelineDefined:
		p.passed = nil
	case *machine.StageEnded:
		if e.Status == machine.Succeeded && p.shadow.Plan().Index(e.Stage) > 0 {
			p.passed = append(p.passed, machine.RollBack{Stage: e.Stage, Target: e.Execution})
		}
		if x := p.shadow.Execution(e.Execution); x != nil && x.Run != nil && (e.Status == machine.Failed || e.Status == machine.Stopped) {
			p.left = append(p.left, machine.Retry{Execution: e.Execution, Stage: e.Stage})
		}
	}
}

// judge compares what a commit made with what its replica remembers, and asks for the invariants.
func (w *world) judge(by string, b *store.Batch) {
	p := w.pipeline(b.Stream)
	w.commits++
	w.oracle.Wakes(b.Stream, oracle.Head{Owner: b.Owner, Wake: b.Wake, By: by})
	if err := p.shadow.Check(); err != nil {
		w.fail("Check", "%s: %v", b.Stream, err)
	}
	if b.Snapshot != nil && !bytes.Equal(b.Snapshot, p.shadow.Snapshot()) {
		w.fail("fold", "%s: the replica's memory is not what its events fold to", b.Stream)
	}
	if w.commits%16 == 0 {
		w.compare(p)
	}
}

// compare restores the stored stream: it is what its events fold to.
func (w *world) compare(p *pipeline) {
	found, err := w.store.Load(w.ctx, p.stream)
	if err != nil || len(found) == 0 {
		return
	}
	state, err := machine.Restore(p.name, found[0].Snapshot, found[0].Events, p.shadow.Plans())
	if err != nil {
		w.fail("fold", "%s cannot be restored: %v", p.stream, err)
		return
	}
	if !bytes.Equal(state.Snapshot(), p.shadow.Snapshot()) {
		w.fail("fold", "%s restored is not what its events fold to", p.stream)
	}
}

func (w *world) tell(facts []oracle.Fact) {
	if w.trace == nil {
		return
	}
	for _, f := range facts {
		w.note("  %s %s %+v", f.Stream, f.Event.Kind(), f.Event)
	}
}
