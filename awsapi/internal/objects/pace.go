package objects

import (
	"io"
	"net/http"
	"time"
)

// slowest is how many bytes a second a transfer has to come to, in the mean. Whoever is slower only keeps a connection from others.
const slowest = 16 << 10

// pace moves the deadlines of a request's connection with its progress: a transfer takes as long as it takes, whatever the server gives other
// requests, but no longer than a silence when nothing moves, and in all than its length takes at the slowest rate.
type pace struct {
	to      *http.ResponseController
	silence time.Duration
	begun   time.Time
	moved   int64 // bytes since then
}

// paced is a request and its answer at a pace of their own.
func paced(w http.ResponseWriter, r *http.Request, silence time.Duration) (http.ResponseWriter, *http.Request) {
	p := &pace{to: http.NewResponseController(w), silence: silence, begun: time.Now()}
	r = r.WithContext(r.Context()) // the server looks at the body of the one that it has
	r.Body = &pacedBody{r.Body, p}
	return &pacedWriter{w, p}, r
}

func (p *pace) deadline() time.Time {
	now, all := time.Now(), p.silence+time.Duration(p.moved/slowest)*time.Second
	if last := p.begun.Add(all); last.Before(now.Add(p.silence)) {
		return last
	}
	return now.Add(p.silence)
}

// pacedBody is the body of a request.
type pacedBody struct {
	io.ReadCloser
	pace *pace
}

// Read waits no longer than the pace allows.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.pace.to.SetReadDeadline(b.pace.deadline()) // where there are no deadlines, none is in the way
	n, err := b.ReadCloser.Read(p)
	b.pace.moved += int64(n)
	return n, err
}

// pacedWriter takes the answer.
type pacedWriter struct {
	http.ResponseWriter
	pace *pace
}

// WriteHeader begins anew: what the engine has taken to keep an object, or to open it, is not the client's time.
func (w *pacedWriter) WriteHeader(status int) {
	w.pace.begun, w.pace.moved = time.Now(), 0
	_ = w.pace.to.SetWriteDeadline(w.pace.deadline())
	w.ResponseWriter.WriteHeader(status)
}

// Write waits no longer than the pace allows.
func (w *pacedWriter) Write(p []byte) (int, error) {
	_ = w.pace.to.SetWriteDeadline(w.pace.deadline())
	n, err := w.ResponseWriter.Write(p)
	w.pace.moved += int64(n)
	return n, err
}

// Unwrap is the writer below.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
