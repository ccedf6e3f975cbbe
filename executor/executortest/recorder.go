package executortest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
)

// recorder is a Reporter that notes what reaches it and lets Hold go on when told to.
type recorder struct {
	starts chan string // one value a start
	onCall func(id string)

	mu       sync.Mutex
	started  []string
	proceeds int // how many Holds may still proceed
	gone     int // how many did
	most     int // the most that ran at once
	calls    int
	log      bytes.Buffer
	progress []string
	external []string
}

func newRecorder() *recorder { return &recorder{starts: make(chan string, 1000)} }

var errNotYet = errors.New("executortest: not yet")

// External is Reporter's.
func (r *recorder) External(id, url string) error {
	if r.onCall != nil {
		r.onCall(id)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	switch id {
	case started:
		r.started = append(r.started, url)
		r.most = max(r.most, len(r.started)-r.gone)
		r.starts <- url
		return nil
	case proceed:
		if r.proceeds == 0 {
			return errNotYet
		}
		r.proceeds--
		r.gone++
		return nil
	case "refused":
		return errNotYet
	}
	r.external = append(r.external, id+" "+url)
	return nil
}

// Progress is Reporter's.
func (r *recorder) Progress(_ int, summary string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	r.progress = append(r.progress, summary)
}

// Log is Reporter's.
func (r *recorder) Log() io.Writer { return (*recorderLog)(r) }

type recorderLog recorder

func (l *recorderLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	return l.log.Write(p)
}

// release lets n Holds proceed.
func (r *recorder) release(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proceeds += n
}

func (r *recorder) startsSeen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.started)
}

func (r *recorder) callsSeen() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

func (r *recorder) mostAtOnce() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}
