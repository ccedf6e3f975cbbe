package objects

import (
	"errors"
	"os"
	"sync"
)

// mostSpools bounds the files that are open at once.
const mostSpools = 256

// Scratch is where uploads are kept until they are whole. The zero value keeps nothing.
type Scratch struct {
	Dir   string // default: the system's temporary directory
	Limit int64  // bytes of all uploads together

	mu    sync.Mutex
	used  int64
	files int
}

// spool is a temporary file.
type spool struct {
	scratch *Scratch
	file    *os.File
	named   bool // it could not be removed while it is open

	mu     sync.Mutex
	size   int64
	closed bool
}

func (s *Scratch) open() (*spool, error) {
	if !s.take(0, 1) {
		return nil, errBusy
	}
	f, err := os.CreateTemp(s.Dir, "penstock-upload-*")
	if err != nil {
		s.take(0, -1)
		return nil, err
	}
	return &spool{scratch: s, file: f, named: os.Remove(f.Name()) != nil}, nil
}

// take takes bytes and files, if there are so many; negative numbers give them back.
func (s *Scratch) take(bytes int64, files int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes > s.Limit-s.used || s.files+files > mostSpools {
		return false
	}
	s.used, s.files = s.used+bytes, s.files+files
	return true
}

// grow makes room at the end, up to most bytes in all, and answers where it begins.
func (s *spool) grow(n, most int64) (at int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, errNoUpload
	case n > most-s.size:
		return 0, errTooLarge
	case !s.scratch.take(n, 0):
		return 0, errBusy
	}
	at = s.size
	s.size += n
	return at, nil
}

// close removes the file. Whoever writes to it meanwhile is told.
func (s *spool) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.scratch.take(-s.size, -1)
	err := s.file.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
