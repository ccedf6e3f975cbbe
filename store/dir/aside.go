package dir

import (
	"hash"
)

// aside hashes on the side, while its user does something else with the same bytes. Its user calls end before it looks at the hash, or
// lets go of a buffer.
type aside struct {
	todo chan []byte
	done chan struct{} // one for each buffer
	busy bool
}

func hashAside(h hash.Hash) *aside {
	s := &aside{todo: make(chan []byte), done: make(chan struct{}, 1)}
	go func() {
		for p := range s.todo {
			h.Write(p)
			s.done <- struct{}{}
		}
		close(s.done)
	}()
	return s
}

// write has p hashed. p must not change until the next call has returned.
func (s *aside) write(p []byte) {
	if s.busy {
		<-s.done
	}
	s.busy = true
	s.todo <- p
}

// end waits for what is under way.
func (s *aside) end() {
	close(s.todo)
	for range s.done { // closed when the last is done
	}
}
