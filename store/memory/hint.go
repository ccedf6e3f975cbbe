package memory

import (
	"time"

	"github.com/penstock-dev/penstock/store"
)

// hintBuffer is how many hints wait for one listener before the next are lost.
const hintBuffer = 256

// Hints adds a listener; after Close its channel is closed.
func (s *Store) Hints() <-chan string {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := make(chan string, hintBuffer)
	if s.closed {
		close(l)
		return l
	}
	s.listeners = append(s.listeners, l)
	return l
}

// hint tells the listeners of a batch that wants somebody now, unless it is the one who made it: a batch in the lane of the
// stream's owner.
func (s *Store) hint(b *store.Batch, now time.Time) {
	if len(s.listeners) == 0 || b.Wake.IsZero() || b.Wake.After(now) {
		return
	}
	if owner := s.held(b.Owner, now); owner != nil && owner.Lane == b.Lane {
		return
	}
	for _, l := range s.listeners {
		select {
		case l <- b.Stream:
		default:
		}
	}
}
