package penstock

import (
	"context"
	"runtime"
	"time"

	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// mailbox is what the pump is told, and whether it is there to be told.
type mailbox struct {
	mail    []func(*replica.Replica)
	kicked  bool            // a round is wanted though there is no mail
	resting []chan struct{} // closed when there is nothing left to do

	pumping bool
	waiting bool          // the pump waits for more
	more    chan struct{} // takes one: who finds it waiting fills it
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
	case b.waiting:
		b.waiting = false
		b.more <- struct{}{}
	}
}

// pump is the goroutine that owns the replica. It lives while there is something to do, and while Run does: an engine at rest has none.
// What comes in during a commit is decided together when that has ended.
func (e *Engine) pump() {
	failures := 0
	for {
		mail, ok := e.receive()
		if !ok {
			return
		}
		for _, m := range mail {
			m(e.replica)
		}
		if e.round() {
			failures = 0
			continue
		}
		failures++
		<-time.After(storeBackoff(failures))
	}
}

// receive takes what there is to do; false when there is nothing, and nobody runs the engine.
func (e *Engine) receive() (mail []func(*replica.Replica), ok bool) {
	e.mu.Lock()
	b := &e.box
	for len(b.mail) == 0 && !b.kicked && !e.replica.Busy() {
		for _, rests := range b.resting {
			close(rests)
		}
		b.resting = nil
		wake, resident := e.replica.Wake(), e.running
		b.pumping, b.waiting = resident, resident
		e.mu.Unlock()
		e.announce(wake)
		if !resident {
			return nil, false
		}
		<-b.more
		// Whoever is woken by a channel runs before all others. Those who are about to tell something too go first, or they would wait for
		// round after round with one mail in it.
		runtime.Gosched()
		e.mu.Lock()
	}
	mail = b.mail
	b.mail, b.kicked = nil, false
	e.mu.Unlock()
	return mail, true
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
	healthy := len(work.Loads) == 0 || e.load(ctx, work.Loads)
	return e.commit(ctx, work.Batches) && healthy
}

// commit brings what is decided to the store, and lets happen what that has made durable. It answers false when the store failed.
func (e *Engine) commit(ctx context.Context, batches []store.Batch) (healthy bool) {
	if len(batches) == 0 {
		return true
	}
	began := time.Now()
	errs := e.config.State.Commit(ctx, batches)
	e.telemetry.committed(batches, time.Since(began))
	healthy = true
	for i, err := range errs {
		if err != nil && !store.Refused(err) {
			healthy = false
			e.config.Logger.Warn("a commit's fate is unknown; it is offered again", "stream", batches[i].Stream, "error", err)
		}
	}
	e.carryOut(e.replica.Settled(batches, errs))
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
