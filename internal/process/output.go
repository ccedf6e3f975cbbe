package process

import (
	"errors"
	"io"
	"os"
	"reflect"
	"sync"
	"time"
)

// output carries what a tree writes to the writers of a Command. The pipes are always our own: a writer that is slow or a
// process that holds a pipe open delays nobody but these goroutines.
type output struct {
	limit   int64
	readers []*os.File
	writers []*os.File // the tree's ends, until it has them
	copying sync.WaitGroup
	done    chan struct{} // closed when everything is copied

	mu      sync.Mutex
	passed  int64
	dropped int64
	closed  bool
	err     error // the first of a writer
}

func newOutput(limit int64) *output {
	return &output{limit: limit, done: make(chan struct{})}
}

// pipe answers the end that the program writes to; nil for nobody's output.
func (o *output) pipe(to io.Writer) (*os.File, error) {
	if to == nil {
		return nil, nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	o.readers, o.writers = append(o.readers, reader), append(o.writers, writer)
	o.copying.Go(func() { o.copy(to, reader) })
	return writer, nil
}

// started gives up our copies of the tree's ends, so that the pipes end with the tree.
func (o *output) started() {
	for _, w := range o.writers {
		_ = w.Close() // nothing was written through it here
	}
	go func() {
		o.copying.Wait()
		close(o.done)
	}()
}

const copySize = 32 << 10 // bytes

func (o *output) copy(to io.Writer, from *os.File) {
	buffer := make([]byte, copySize)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			o.pass(to, buffer[:n])
		}
		if err != nil {
			return // the end, or close has had enough
		}
	}
}

// pass writes what is within the limit.
func (o *output) pass(to io.Writer, p []byte) {
	o.mu.Lock()
	n := int64(len(p))
	if o.limit >= 0 {
		n = min(n, o.limit-o.passed)
	}
	o.passed += n
	o.dropped += int64(len(p)) - n
	wanted := n > 0 && !o.closed && o.err == nil
	o.mu.Unlock()
	if !wanted {
		return
	}
	if _, err := to.Write(p[:n]); err != nil {
		o.mu.Lock()
		o.err = errors.Join(o.err, err)
		o.mu.Unlock()
	}
}

// close ends the copying: it waits for the end of the output until the deadline, then for what has been read already. A writer that hangs is
// left to it.
func (o *output) close(deadline time.Time) {
	if !o.wait(deadline) {
		o.mu.Lock()
		o.closed = true
		o.mu.Unlock()
	}
	for _, r := range o.readers {
		_ = r.Close() // ends a Read; what it would answer is of no use any more
	}
	o.wait(time.Now().Add(closeDelay))
}

// closeDelay is how long a Write that is under way may take when nobody waits for output any more.
const closeDelay = 100 * time.Millisecond

// wait says whether everything was copied in time.
func (o *output) wait(deadline time.Time) bool {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-o.done:
		return true
	case <-timer.C:
		return false
	}
}

// result fills in what is known of the output.
func (o *output) result(r *Result) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	r.Output, r.Dropped = o.passed, o.dropped
	return o.err
}

// same says whether two writers are one; not all can be compared.
func same(a, b io.Writer) bool {
	return a != nil && b != nil && reflect.TypeOf(a).Comparable() && reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}
