package penstock

import (
	"strings"
	"sync"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// watchers are those who wait for news: of a stream, of any stream, or of the end of an execution.
type watchers struct {
	mu   sync.Mutex
	news map[string]*news
}

// news come once.
type news struct {
	name   string
	come   chan struct{} // closed when they have
	heard  int           // how many wait for them
	record *store.Record // of the execution that has ended, where this engine saw it end
}

// anyStream is the name under which those wait who want news of any stream.
const anyStream = ""

// jobNews begins the names under which those wait who want jobs of a queue.
const jobNews = "jobs/"

// watch answers the next news. Whoever no longer waits leaves.
func (w *watchers) watch(name string) *news {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.news == nil {
		w.news = map[string]*news{}
	}
	n := w.news[name]
	if n == nil {
		n = &news{name: name, come: make(chan struct{})}
		w.news[name] = n
	}
	n.heard++
	return n
}

// leave forgets news that nobody waits for any more.
func (w *watchers) leave(n *news) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n.heard--; n.heard == 0 && w.news[n.name] == n {
		delete(w.news, n.name)
	}
}

// published tells those whom a commit concerns.
func (w *watchers) published(p replica.Published) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.news) == 0 {
		return
	}
	w.tell(anyStream, nil)
	w.tell(p.Stream, nil)
	for i := range p.Records {
		if r := &p.Records[i]; r.Kind == machine.KindExecution {
			w.tell(r.ID, r)
		}
	}
	for _, e := range p.Events {
		switch e := e.(type) {
		case *machine.JobQueued:
			w.tell(jobNews+e.Queue, nil)
		case *machine.JobReturned:
			w.tell(jobNews+e.Queue, nil)
		}
	}
}

// hinted tells those who wait for a stream that another replica has changed.
func (w *watchers) hinted(stream string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(anyStream, nil)
	w.tell(stream, nil)
	for name := range w.news { // a hint does not say what has changed
		if strings.HasPrefix(name, jobNews) {
			w.tell(name, nil)
		}
	}
}

func (w *watchers) tell(name string, record *store.Record) {
	if n := w.news[name]; n != nil {
		n.record = record
		close(n.come)
		delete(w.news, name)
	}
}

// told is the record that came, or nil.
func (n *news) told() *store.Record {
	select {
	case <-n.come:
		return n.record
	default:
		return nil
	}
}
