package penstock

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// worthwhile is how much mail is worth a step while a commit is under way; less waits for the commit's end, and is decided together.
const worthwhile = 16

// mailbox is what the pump is told, and whether it is there to be told.
type mailbox struct {
	mail       []func(*replica.Replica)
	kicked     bool            // a round is wanted though there is no mail
	committing bool            // a commit is under way
	answered   *answer         // what became of it
	resting    []chan struct{} // closed when there is nothing left to do

	pumping bool
	waiting bool          // the pump waits for more
	more    chan struct{} // takes one: who finds it waiting fills it
}

// answer is what the store said to a commit.
type answer struct {
	batches []store.Batch
	errs    []error
}

// tell queues something for the replica and makes sure that a pump is at work.
func (e *Engine) tell(mail func(*replica.Replica)) {
	e.mu.Lock()
	e.box.mail = append(e.box.mail, mail)
	e.start()
	e.mu.Unlock()
}

// kick asks for a round.
func (e *Engine) kick() {
	e.mu.Lock()
	e.box.kicked = true
	e.start()
	e.mu.Unlock()
}

// rest answers a channel that is closed as soon as everything that came before is committed.
func (e *Engine) rest() <-chan struct{} {
	rests := make(chan struct{})
	e.mu.Lock()
	e.box.resting = append(e.box.resting, rests)
	e.start()
	e.mu.Unlock()
	return rests
}

func (e *Engine) start() {
	switch b := &e.box; {
	case !b.pumping:
		b.pumping = true
		go e.pump()
	case b.waiting && (!b.committing || len(b.mail) >= worthwhile):
		b.waiting = false
		b.more <- struct{}{}
	}
}

// pump is the goroutine that owns the replica. It lives while there is something to do, and while Run does: an engine at rest has none.
// While a commit is under way it decides what comes in meanwhile, so that the next commit follows at once.
func (e *Engine) pump() {
	failures := 0
	for {
		mail, answered, ok := e.receive()
		if !ok {
			return
		}
		healthy := answered == nil || e.settle(answered)
		for _, m := range mail {
			m(e.replica)
		}
		if e.round() && healthy {
			failures = 0
			continue
		}
		failures++
		<-time.After(storeBackoff(failures))
	}
}

// receive takes what there is to do; false when there is nothing, and nobody runs the engine.
func (e *Engine) receive() (mail []func(*replica.Replica), answered *answer, ok bool) {
	e.mu.Lock()
	b := &e.box
	for !b.wanted() && !e.replica.Busy() {
		wake, stays := e.replica.Wake(), e.running || b.committing
		b.pumping, b.waiting = stays, stays
		if !b.committing {
			b.rested()
		}
		e.mu.Unlock()
		e.announce(wake)
		if !stays {
			return nil, nil, false
		}
		<-b.more
		e.mu.Lock()
	}
	mail, answered = b.mail, b.answered
	b.mail, b.answered, b.kicked = nil, nil, false
	e.mu.Unlock()
	return mail, answered, true
}

// wanted reports whether there is enough to do for a round.
func (b *mailbox) wanted() bool {
	if b.committing {
		return len(b.mail) >= worthwhile
	}
	return len(b.mail) > 0 || b.kicked || b.answered != nil
}

// rested tells who waits for it that there is nothing left to do.
func (b *mailbox) rested() {
	for _, rests := range b.resting {
		close(rests)
	}
	b.resting = nil
}

// storeBackoff is the wait before a store that failed is asked again.
func storeBackoff(failures int) time.Duration {
	return min(10*time.Millisecond<<min(failures, 10), 2*time.Second)
}

// announce tells Run when the next timer is due.
func (e *Engine) announce(wake time.Time) {
	select {
	case <-e.wake:
	default:
	}
	select {
	case e.wake <- wake:
	default:
	}
}

// storeTimeout bounds every call to the store, so that one that hangs is one that failed.
const storeTimeout = 30 * time.Second

// round is one turn of everything that has something to do. It answers false when the store failed.
func (e *Engine) round() bool {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	now, err := e.clock.now(ctx, e)
	if err != nil {
		e.config.Logger.Warn("the store does not answer", "error", err)
		return false
	}
	work := e.replica.Step(replica.Round{Now: now, Seed: newSeed(), Free: e.workers.free()})
	e.acknowledge(work.Acks)
	if len(e.decided) == 0 {
		e.decided = work.Batches
	} else {
		e.decided = append(e.decided, work.Batches...)
	}
	e.commit()
	return len(work.Loads) == 0 || e.load(ctx, work.Loads)
}

// commit brings what is decided to the store, unless a commit is under way: then it goes with the next.
func (e *Engine) commit() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.box.committing || e.box.answered != nil || len(e.decided) == 0 {
		return
	}
	e.box.committing = true
	batches := e.decided
	e.decided = nil
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		began := time.Now()
		errs := e.config.State.Commit(ctx, batches)
		e.telemetry.committed(batches, time.Since(began))
		e.mu.Lock()
		defer e.mu.Unlock()
		e.box.committing, e.box.answered = false, &answer{batches, errs}
		e.start()
	}()
}

// settle lets happen what a commit has made durable. It answers false when the store failed.
func (e *Engine) settle(a *answer) (healthy bool) {
	e.commit() // what was decided meanwhile
	healthy = true
	for i, err := range a.errs {
		if err != nil && !store.Refused(err) {
			healthy = false
			e.config.Logger.Warn("a commit's fate is unknown; it is offered again", "stream", a.batches[i].Stream, "error", err)
		}
	}
	e.carryOut(e.replica.Settled(a.batches, a.errs))
	return healthy
}

// load answers what the replica wants to see, in one call for all streams.
func (e *Engine) load(ctx context.Context, loads []replica.Load) bool {
	names := make([]string, len(loads))
	var refs []store.Ref
	for i, l := range loads {
		names[i] = l.Stream
		refs = append(refs, l.Refs...)
	}
	found, err := e.config.State.Load(ctx, names...)
	var records []*store.Record
	if err == nil && len(refs) > 0 {
		records, err = e.config.State.Get(ctx, refs...)
	}
	if err != nil {
		e.config.Logger.Warn("a stream could not be loaded; it is tried again", "error", err)
		for _, l := range loads {
			e.replica.Unloaded(l)
		}
		return false
	}
	byName := make(map[string]*store.Stream, len(found))
	for i := range found {
		byName[found[i].Name] = &found[i]
	}
	for _, l := range loads {
		e.carryOut(e.replica.Loaded(l, byName[l.Stream], records[:len(l.Refs)]))
		records = records[len(l.Refs):]
	}
	return true
}

// carryOut does what has become durable.
func (e *Engine) carryOut(effects replica.Effects) {
	e.acknowledge(effects.Acks)
	for _, p := range effects.Published {
		e.telemetry.published(p)
		e.watchers.published(p)
	}
	for _, d := range effects.Dispatch {
		e.workers.dispatch(d)
	}
	for _, c := range effects.Cancel {
		e.workers.cancel(c)
	}
}

func (e *Engine) acknowledge(acks []replica.Ack) {
	for _, ack := range acks {
		ack.Tag.(chan replica.Ack) <- ack
	}
}
