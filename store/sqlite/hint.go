package sqlite

import (
	"sync"

	"github.com/penstock-dev/penstock/store"
)

// hintBuffer is how many hints wait for one listener before the next are lost.
const hintBuffer = 256

// hints are the listeners in this process; there are no others.
type hints struct {
	mu        sync.Mutex
	closed    bool
	listeners []chan string
}

// Hints adds a listener; after Close its channel is closed.
func (s *Store) Hints() <-chan string {
	h := &s.hints
	h.mu.Lock()
	defer h.mu.Unlock()
	l := make(chan string, hintBuffer)
	if h.closed {
		close(l)
		return l
	}
	h.listeners = append(h.listeners, l)
	return l
}

// tell tells of a batch that wants somebody now, unless it is the one who made it: a batch in the lane of the stream's owner.
func (h *hints) tell(b *store.Batch, owner *claim, now int64) {
	wake := micros(b.Wake)
	if wake == never || wake > now || owner != nil && owner.lane == int64(b.Lane) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.listeners {
		select {
		case l <- b.Stream:
		default:
		}
	}
}

func (h *hints) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for _, l := range h.listeners {
		close(l)
	}
	h.listeners = nil
}
