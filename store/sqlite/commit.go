package sqlite

import (
	"context"
	"fmt"
	"sync"

	"github.com/penstock-dev/penstock/store"
)

// Bounds of what is done together in one transaction; a single call may have more.
const (
	roundBatches = 1024
	roundBytes   = 16 << 20
)

// request is one call of Commit.
type request struct {
	batches []store.Batch
	errs    []error // those set from the start are settled
	bytes   int
	done    chan struct{}
}

// queue holds the calls that wait for the next transaction, oldest first.
type queue struct {
	mu      sync.Mutex
	waiting []*request
}

// Commit does all calls that have come while another transaction was under way in one. Once it is under way it runs to its end, whatever
// becomes of ctx.
func (s *Store) Commit(ctx context.Context, batches []store.Batch) []error {
	r := &request{batches: batches, errs: make([]error, len(batches)), done: make(chan struct{})}
	if err := s.enter(ctx); err != nil {
		r.fail(err)
		return r.errs
	}
	defer s.leave()
	if !r.check(s.options.Limits) {
		return r.errs
	}
	s.queue.add(r)
	select {
	case <-r.done:
	case s.turn <- struct{}{}:
		s.lead(r)
		s.unlockTurn()
	case <-ctx.Done():
		if s.queue.withdraw(r) {
			r.fail(ctx.Err())
			return r.errs
		}
		<-r.done
	}
	return r.errs
}

// check settles what is wrong by itself and answers whether anything is left.
func (r *request) check(l store.Limits) (left bool) {
	for i := range r.batches {
		b := &r.batches[i]
		r.errs[i] = b.Check(l)
		left = left || r.errs[i] == nil
		r.bytes += len(b.Snapshot)
		for k := range b.Events {
			r.bytes += len(b.Events[k].Data)
		}
		for k := range b.Put {
			r.bytes += len(b.Put[k].Data)
		}
	}
	return left
}

// fail settles what is not settled.
func (r *request) fail(err error) {
	for i := range r.errs {
		if r.errs[i] == nil {
			r.errs[i] = err
		}
	}
}

func (q *queue) add(r *request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
}

// withdraw answers whether the request was still waiting; it is not any more.
func (q *queue) withdraw(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, waiting := range q.waiting {
		if waiting == r {
			q.waiting = append(q.waiting[:i:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// take removes the oldest requests, as many as fit into one transaction.
func (q *queue) take() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	batches, bytes, n := 0, 0, 0
	for ; n < len(q.waiting); n++ {
		r := q.waiting[n]
		batches += len(r.batches)
		bytes += r.bytes
		if n > 0 && (batches > roundBatches || bytes > roundBytes) {
			break
		}
	}
	taken := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return taken
}

// lead does what waits until the leader's own request is done.
func (s *Store) lead(own *request) {
	for {
		select {
		case <-own.done:
			return
		default:
			s.commitAll(s.queue.take())
		}
	}
}

// commitAll does requests in one transaction. What was refused on top of something that was not stored after all is not known either.
func (s *Store) commitAll(requests []*request) {
	var rd *round
	err := s.transact(func(w *writer, now int64) (bool, error) {
		rd = &round{writer: w, now: now, requests: requests}
		return rd.run()
	})
	if err != nil {
		err = fmt.Errorf("sqlite: commit in %s: %w", s.dir, hinted(err))
	} else {
		rd.settle(&s.hints)
	}
	for _, r := range requests {
		r.fail(err)
		close(r.done)
	}
}
