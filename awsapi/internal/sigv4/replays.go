package sigv4

import (
	"sync"
	"time"
)

// mostSeen bounds the memory of signatures: some 100 MB.
const mostSeen = 1 << 20

// replays remembers the signatures that were used until they expire. Only valid ones come here, so nobody without a key can fill it.
type replays struct {
	mu        sync.Mutex
	now, past map[[32]byte]struct{} // two generations, each as long as a signature can be good
	turn      time.Time             // when now becomes past
}

// add refuses a signature that was used before. expires is when its date is too old; span is the longest time from its first possible use to
// that.
func (s *replays) add(signature [32]byte, now, expires time.Time, span time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !now.Before(s.turn) {
		s.past = s.now
		if !now.Before(s.turn.Add(span)) {
			s.past = nil
		}
		s.now, s.turn = map[[32]byte]struct{}{}, now.Add(span)
	}
	_, recent := s.now[signature]
	_, older := s.past[signature]
	switch {
	case recent || older || now.After(expires):
		return refuse(InvalidSignature, "The request was used already: sign it anew.")
	case len(s.now) >= mostSeen:
		return refuse(Throttling, "Rate exceeded")
	}
	s.now[signature] = struct{}{}
	return nil
}
