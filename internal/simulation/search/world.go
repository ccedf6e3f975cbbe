package search

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

const (
	pipeline = "p"
	ttl      = 10 * time.Second
	grace    = 30 * time.Second
	leap     = 40 * time.Second // leases of those who keep quiet end, and so does the grace of abandoned work
	horizon  = 10 * leap        // no world gets that old
	named    = "@"              // begins the names of replicas and commands, which are told apart by their order alone
)

// Budget is how often each thing may happen in one world.
type Budget struct {
	Starts   int // of executions
	Failures int // outcomes that are failures
	Crashes  int // of a replica, with or without its commit under way
	Zombies  int // reports of work whose replica has crashed
	Toggles  int // a transition is disabled, and later enabled
	Stops    int
	Retries  int
	Silences int // a replica does not renew its lease in time, and goes on
	Leaps    int // of the clock
}

// clock is what the stores of all worlds of a search look at. It shows the time of the world that is being worked on.
type clock struct{ now time.Time }

// world is all there is.
type world struct {
	clock  *clock
	now    time.Time
	store  *memory.Store
	cursor string // of the feed, behind what has been judged
	head   head
	shadow *machine.State // the feed, folded
	judge  *judge
	nodes  [2]*node
	adrift []*group // commits under way of replicas that have crashed
	works  []*work
	orders []*order // not answered yet
	left   Budget
	closed bool      // the transition was disabled by its toggle
	late   time.Time // the lease of the replica that crashed last ends

	archived []*machine.Execution // have left the state, and may be retried

	drawn  uint64
	named  int
	broken string
}

// head is what the store keeps of the stream beside its events.
type head struct {
	token store.ID
	owner string
	wake  time.Time
}

// node is one start of a process with a replica.
type node struct {
	name    string
	replica *replica.Replica
	lease   store.Lease
	group   *group
}

// group is a commit under way. What it does beside its events is told apart from the batches.
type group struct {
	batches []store.Batch
	events  []machine.Event // of the batches, once their replica is gone
	expect  store.ID
	owner   string
	wake    time.Time
	asserts bool // that a lease has ended
	leaps   int  // left when it was decided
}

// work is a run of an action.
type work struct {
	ref       machine.Ref
	execution string
	node      string // "" once its process has crashed: whatever it says comes from a zombie
	cancelled bool
	lost      bool // its replica had lost its lease meanwhile
	task      *executor.Task
}

// order is a command that nobody has answered.
type order struct {
	id    string
	verb  string
	input machine.Input
	node  string // where it was offered last
	acted bool
}

var served = map[string]replica.Served{
	"Source/Custom/Again/1": {Rerun: true},
	"Test/Custom/Once/1":    {},
}

func definitionOf(mode string, rollBack bool) []byte {
	action := func(category, provider string) []definition.Action {
		return []definition.Action{{Name: provider, RunOrder: 1, ActionTypeID: definition.TypeID{Category: category, Owner: "Custom", Provider: provider, Version: "1"}}}
	}
	p := definition.Pipeline{Name: pipeline, ExecutionMode: mode, Stages: []definition.Stage{
		{Name: "One", Actions: action("Source", "Again")}, {Name: "Two", Actions: action("Test", "Once")},
	}}
	if rollBack {
		p.Stages[1].OnFailure = &definition.OnFailure{Result: "ROLLBACK"}
	}
	return definition.Canonical(p)
}

// newWorld has two replicas, and a pipeline in which nothing goes on.
func newWorld(c *clock, config Config) *world {
	w := &world{
		clock: c, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), shadow: machine.New(pipeline), judge: newJudge(config.Mode), left: config.Budget,
	}
	c.now = w.now
	w.store = memory.New(&memory.Options{Now: func() time.Time { return c.now }})
	for i := range w.nodes {
		w.nodes[i] = w.newNode()
	}
	w.order(w.nodes[0], "define", &machine.Define{Definition: definitionOf(config.Mode, config.RollBack)})
	for w.nodes[0].replica.Busy() {
		w.step(w.nodes[0])
		if w.nodes[0].group != nil {
			w.commit(w.nodes[0])
		}
	}
	return w
}

func (w *world) newNode() *node {
	w.named++
	n := &node{name: fmt.Sprintf("%sr%d", named, w.named)}
	w.lease(n)
	n.replica = replica.New(replica.Options{
		Name: n.name, Lane: n.lease.Lane, Drive: true, SnapshotAfter: 1 << 20, Limits: machine.Limits{AbandonGrace: grace},
	})
	n.replica.Serve(served)
	return n
}

func (w *world) lease(n *node) {
	lease, err := w.store.Lease(ctx, store.Lease{Name: n.name}, ttl)
	if err != nil {
		w.fail("store", "%s cannot take its lease: %v", n.name, err)
	}
	n.lease = lease
}

// fail keeps the first violation.
func (w *world) fail(invariant, format string, args ...any) {
	if w.broken == "" {
		w.broken = invariant + ": " + fmt.Sprintf(format, args...)
	}
}

func (w *world) seed() (seed machine.Seed) {
	w.drawn++
	binary.BigEndian.PutUint64(seed[:], w.drawn)
	return seed
}

// order gives a new command to a replica.
func (w *world) order(n *node, verb string, in machine.Input) {
	w.named++
	o := &order{id: fmt.Sprintf("%sc%d", named, w.named), verb: verb, input: in}
	w.orders = append(w.orders, o)
	w.offer(n, o)
}

func (w *world) offer(n *node, o *order) {
	o.node = n.name
	n.replica.Offer(replica.Input{
		Stream: replica.PipelineStream(pipeline), Input: o.input, Seed: w.seed(), Tag: o.id, Command: &replica.Command{ID: o.id, Actor: "ana", Verb: o.verb},
	})
}

func (w *world) report(n *node, in machine.Input) {
	n.replica.Offer(replica.Input{Stream: replica.PipelineStream(pipeline), Input: in, Seed: w.seed()})
}

// step lets a replica decide what has come in. What it wants to load, it gets at once.
func (w *world) step(n *node) {
	for n.group == nil {
		did := n.replica.Step(replica.Round{Now: w.now, Seed: w.seed(), Free: []int{w.free(n)}})
		w.acknowledge(did.Acks)
		for _, load := range did.Loads {
			w.load(n, load)
		}
		if len(did.Batches) > 0 {
			b := &did.Batches[0]
			n.group = &group{batches: did.Batches, expect: b.Expect, owner: b.Owner, wake: b.Wake, asserts: len(b.Dead) > 0, leaps: w.left.Leaps}
		}
		if len(did.Loads) == 0 {
			return
		}
	}
}

// free is whether a replica's worker has nothing to do.
func (w *world) free(n *node) int {
	if slices.ContainsFunc(w.works, func(k *work) bool { return k.node == n.name }) {
		return 0
	}
	return 1
}

func (w *world) load(n *node, load replica.Load) {
	streams, err := w.store.Load(ctx, load.Stream)
	records, errs := w.store.Get(ctx, load.Refs...)
	if err != nil || errs != nil {
		w.fail("store", "it cannot be read: %v %v", err, errs)
		return
	}
	var stream *store.Stream
	if len(streams) > 0 {
		stream = &streams[0]
	}
	w.follow(n, n.replica.Loaded(load, stream, records))
}

// commit brings what a replica has decided to the store, and tells it what became of it.
func (w *world) commit(n *node) {
	g := n.group
	n.group = nil
	w.follow(n, n.replica.Settled(g.batches, w.apply(g)))
}

// apply commits, and judges what has come into the feed.
func (w *world) apply(g *group) []error {
	errs := w.store.Commit(ctx, g.batches)
	feed, err := w.store.Events(ctx, store.FeedQuery{Cursor: w.cursor})
	if err != nil {
		w.fail("S14", "the feed cannot be read: %v", err)
		return errs
	}
	w.cursor = feed.Next
	for _, stored := range feed.Events {
		e, err := machine.Decode(stored.Event)
		if err != nil {
			w.fail("S14", "an event cannot be decoded: %v", err)
			return errs
		}
		w.judge.event(w, e)
		if w.broken != "" {
			return errs
		}
		w.archive(e)
		w.shadow.Apply(e)
	}
	if len(feed.Events) > 0 {
		b := &g.batches[0]
		w.head = head{b.ID, b.Owner, b.Wake}
		if err := w.shadow.Check(); err != nil {
			w.fail("Check", "%v", err)
		}
	}
	return errs
}

// follow carries out what may happen now.
func (w *world) follow(n *node, effects replica.Effects) {
	w.acknowledge(effects.Acks)
	for _, d := range effects.Dispatch {
		w.judge.dispatched(w, n, d)
		w.works = append(w.works, &work{ref: d.Ref, execution: d.Task.Execution, node: n.name, task: d.Task})
	}
	for _, c := range effects.Cancel {
		for _, k := range w.works {
			if k.ref == c.Ref && k.node == n.name {
				k.cancelled = true
			}
		}
	}
}

// since tells the events behind a cursor.
func (w *world) since(cursor string) (lines []string) {
	feed, err := w.store.Events(ctx, store.FeedQuery{Cursor: cursor})
	if err != nil {
		return []string{err.Error()}
	}
	for _, stored := range feed.Events {
		line := stored.Event.Kind
		if e, err := machine.Decode(stored.Event); err == nil {
			line = w.describe(e)
		}
		lines = append(lines, line)
	}
	return lines
}

// describe says what an event is about.
func (w *world) describe(e machine.Event) string {
	var about string
	switch e := e.(type) {
	case *machine.StageEntered:
		about = e.Stage + w.numberOf(e.Execution)
	case *machine.StageEnded:
		about = e.Stage + w.numberOf(e.Execution) + " " + string(e.Status)
	case *machine.ExecutionEnded:
		about = string(e.Status) + w.numberOf(e.ID)
	case *machine.ActionStarted:
		about = e.Stage + "/" + e.Action + w.numberOf(e.Execution)
	case *machine.ActionClaimed:
		about = fmt.Sprintf("run %d with fence %d by %s", e.Run, e.Fence, e.Worker[len(named):])
	case *machine.ActionEnded:
		about = e.Stage + "/" + e.Action + w.numberOf(e.Execution) + " " + string(e.Status)
	case *machine.TransitionChanged:
		about = fmt.Sprintf("%s enabled=%t", e.Stage, e.Enabled)
	}
	return strings.TrimSpace(e.Kind() + " " + about)
}

// numberOf is the number of an execution, while it is remembered.
func (w *world) numberOf(id machine.ID) string {
	if x := w.shadow.Execution(id); x != nil {
		return fmt.Sprintf(" of execution %d", x.Number)
	}
	return ""
}

// claims reports whether the work's replica is alive and has held its lease all the time.
func (w *world) claims(k *work) bool {
	return slices.ContainsFunc(w.nodes[:], func(n *node) bool { return n.name == k.node && !k.lost && w.now.Before(n.lease.Expires) })
}

func (w *world) acknowledge(acks []replica.Ack) {
	for _, ack := range acks {
		id := ack.Tag.(string)
		i := slices.IndexFunc(w.orders, func(o *order) bool { return o.id == id })
		if i < 0 {
			continue // its client had given the first replica up
		}
		o := w.orders[i]
		w.orders = slices.Delete(w.orders, i, i+1)
		switch {
		case ack.Err != nil && o.acted:
			w.fail("S1", "%s %s is refused though it has acted: %v", o.verb, id, ack.Err)
		case ack.Err == nil && !o.acted && o.verb != "transition":
			w.fail("S1", "%s %s is acknowledged but has not acted", o.verb, id)
		}
	}
}
