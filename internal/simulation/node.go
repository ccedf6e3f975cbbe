package simulation

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// ttl is how long a lease is taken for.
const ttl = 10 * time.Second

var errInjected = errors.New("the connection broke")

// node is one start of a process with a replica.
type node struct {
	*world
	name    string
	replica *replica.Replica
	lease   store.Lease
	alive   bool
	paused  bool
	driving bool
	served  map[string]replica.Served
	groups  []*group // commits under way
	loads   []*loading
	skew    time.Duration
	frozen  time.Time // what its clock shows, when it stands
}

// group is what a step wants to be committed.
type group struct {
	by      string
	batches []store.Batch
	errs    []error // nil: it has not reached the store
}

// loading is a load under way. What it answers may be old when it comes.
type loading struct {
	load    replica.Load
	fetched bool
	stream  *store.Stream
	records []*store.Record
	ready   bool
}

func (w *world) newNode() *node {
	w.started++
	n := &node{world: w, name: fmt.Sprintf("r%d", w.started), alive: true, driving: true}
	n.replica = replica.New(replica.Options{
		Name: n.name, Drive: true, Exclusive: w.profile.exclusive, SnapshotAfter: w.profile.snapshots, Limits: w.profile.limits,
		Plans: w.plans,
	})
	n.take(ttl)
	n.serve(served())
	if w.profile.skewed {
		n.shift()
	}
	w.note("%s starts", n.name)
	return n
}

// someNode is a replica that runs, or nil.
func (w *world) someNode() *node {
	n := pick(w, w.nodes)
	if !n.alive || n.paused {
		return nil
	}
	return n
}

// nodeThat is one of the replicas that run and are as wanted, or nil.
func (w *world) nodeThat(is func(*node) bool) *node {
	from := w.n(len(w.nodes))
	for i := range w.nodes {
		if n := w.nodes[(from+i)%len(w.nodes)]; n.alive && !n.paused && is(n) {
			return n
		}
	}
	return nil
}

func (n *node) hasWork() bool { return len(n.loads) > 0 || len(n.groups) > 0 || n.wantsStep() }

func (n *node) wantsStep() bool {
	wake := n.replica.Wake()
	return n.replica.Busy() || !wake.IsZero() && !wake.After(n.now())
}

// now is what the replica's clock shows.
func (n *node) now() time.Time {
	if !n.frozen.IsZero() {
		return n.frozen
	}
	return n.ledger.Now.Add(n.skew)
}

// shift makes the clock lie otherwise than before.
func (n *node) shift() {
	span := time.Minute
	if n.profile.far {
		span = time.Hour
	}
	n.frozen = time.Time{}
	n.skew = time.Duration(n.rng.Int64N(int64(2*span))) - span
	switch n.n(4) {
	case 0:
		n.frozen = n.now()
	case 1:
		n.skew = 0
	}
	n.note("clock of %s: skew %s frozen %t", n.name, n.skew, !n.frozen.IsZero())
}

func (n *node) serve(types map[string]replica.Served) {
	n.served = types
	n.replica.Serve(types)
	n.note("%s serves %d types", n.name, len(types))
}

// take takes the lease anew.
func (n *node) take(span time.Duration) {
	lease, err := n.store.Lease(n.ctx, store.Lease{Name: n.name}, span)
	if err != nil {
		n.fail("lease", "%s cannot take its lease: %v", n.name, err)
		return
	}
	n.lease = lease
	n.ledger.Leases[n.name] = lease.Expires
}

// renew keeps the lease.
func (n *node) renew() { n.renewFor(ttl) }

// renewFor keeps the lease for some time. Who has lost it takes it anew, or gives up.
func (n *node) renewFor(span time.Duration) {
	lease, err := n.store.Lease(n.ctx, store.Lease{Name: n.name, Fence: n.lease.Fence}, span)
	switch {
	case err == nil:
		n.lease = lease
		n.ledger.Leases[n.name] = lease.Expires
	case n.chance(0.5):
		n.take(span)
		n.note("%s had lost its lease and takes it anew", n.name)
	default:
		n.crash()
	}
}

func (n *node) poll() {
	due, err := n.store.Due(n.ctx, 1+n.n(5))
	if err != nil {
		n.fail("S0", "the store does not tell what is due: %v", err)
		return
	}
	n.replica.Due(due)
	n.note("%s learns that %v are due, %d leases ended", n.name, due.Streams, len(due.Ended))
}

// free are the free slots by pool.
func (n *node) free() []int {
	free := []int{3, 2}
	for _, wait := range n.waiters {
		if wait.node == n {
			free[wait.pool]--
		}
	}
	return free
}

// step lets the replica decide; it answers false when there was nothing to do.
func (n *node) step() bool {
	if !n.wantsStep() && n.chance(0.9) {
		return false
	}
	work := n.replica.Step(replica.Round{Now: n.now(), Seed: n.seed(), Free: n.free()})
	n.acknowledge(work.Acks)
	for _, load := range work.Loads {
		load.Refs = slices.Clone(load.Refs)
		n.loads = append(n.loads, &loading{load: load})
	}
	if len(work.Batches) > 0 {
		n.groups = append(n.groups, &group{by: n.name, batches: work.Batches})
	}
	n.note("%s steps: %d batches, %d loads", n.name, len(work.Batches), len(work.Loads))
	return true
}

// load takes a load one step on: the stream is read, then the records, then the answer is handed over.
func (n *node) load() bool {
	if len(n.loads) == 0 {
		return false
	}
	i := n.n(len(n.loads))
	l := n.loads[i]
	if n.chance(n.profile.loadLost) {
		n.loads = slices.Delete(n.loads, i, i+1)
		n.replica.Unloaded(l.load)
		return true
	}
	for !l.ready {
		n.fetch(l)
		if n.chance(n.profile.loadLate) {
			return true
		}
	}
	n.loads = slices.Delete(n.loads, i, i+1)
	n.note("%s has loaded %s", n.name, l.load.Stream)
	n.follow(n.replica.Loaded(l.load, l.stream, l.records))
	return true
}

func (n *node) fetch(l *loading) {
	if l.fetched {
		records, err := n.store.Get(n.ctx, l.load.Refs...)
		if err != nil {
			n.fail("store", "records cannot be read: %v", err)
		}
		l.records, l.ready = records, true
		return
	}
	found, err := n.store.Load(n.ctx, l.load.Stream)
	if err != nil {
		n.fail("store", "a stream cannot be read: %v", err)
	}
	if len(found) > 0 {
		l.stream = &found[0]
	}
	l.fetched = true
}

// pump lets the replica go on without faults for some steps.
func (n *node) pump(steps int) {
	for range steps {
		for len(n.loads) > 0 {
			l := n.loads[0]
			n.loads = n.loads[1:]
			for !l.ready {
				n.fetch(l)
			}
			n.follow(n.replica.Loaded(l.load, l.stream, l.records))
		}
		for len(n.groups) > 0 {
			g := n.groups[0]
			n.groups = n.groups[1:]
			if g.errs == nil {
				g.errs = n.apply(n.name, g.batches)
			}
			n.settle(g)
		}
		if n.oracle.Broken() != nil || !n.step() {
			return
		}
	}
}

// crash forgets everything but what is durable.
func (n *node) crash() {
	n.note("%s crashes", n.name)
	n.alive = false
	for _, g := range n.groups {
		if g.errs == nil && n.chance(0.5) {
			n.adrift = append(n.adrift, g)
		}
	}
	n.groups, n.loads, n.replica = nil, nil, nil
	n.orphan(n)
}

func (w *world) startSome() bool {
	for i, n := range w.nodes {
		if !n.alive {
			w.nodes[i] = w.newNode()
			return true
		}
	}
	return false
}

func (w *world) resumeSome() bool {
	n := pick(w, w.nodes)
	if !n.paused {
		return false
	}
	n.paused = false
	w.note("%s goes on", n.name)
	return true
}
