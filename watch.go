package penstock

import (
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
)

// watchers are those who wait for news: of a stream, of any stream, or of the end of an execution.
type watchers struct {
	mu       sync.Mutex
	channels map[string]chan struct{}
}

// anyStream is the name under which those wait who want news of any stream.
const anyStream = ""

// jobNews begins the names under which those wait who want jobs of a queue.
const jobNews = "jobs/"

// watch answers a channel that is closed with the next news.
func (w *watchers) watch(name string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.channels == nil {
		w.channels = map[string]chan struct{}{}
	}
	ch := w.channels[name]
	if ch == nil {
		ch = make(chan struct{})
		w.channels[name] = ch
	}
	return ch
}

// published tells those whom a commit concerns.
func (w *watchers) published(p replica.Published) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.channels) == 0 {
		return
	}
	w.tell(anyStream)
	w.tell(p.Stream)
	for _, e := range p.Events {
		switch e := e.(type) {
		case *machine.ExecutionEnded:
			w.tell(e.ID.String())
		case *machine.JobQueued:
			w.tell(jobNews + e.Queue)
		case *machine.JobReturned:
			w.tell(jobNews + e.Queue)
		}
	}
}

// hinted tells those who wait for a stream that another replica has changed.
func (w *watchers) hinted(stream string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(anyStream)
	w.tell(stream)
	for name := range w.channels { // a hint does not say what has changed
		if strings.HasPrefix(name, jobNews) {
			w.tell(name)
		}
	}
}

func (w *watchers) tell(name string) {
	if ch := w.channels[name]; ch != nil {
		close(ch)
		delete(w.channels, name)
	}
}
