package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

// How long a client may take, and how much it may say. A body has a limit of its own in awsapi.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute
	writeTimeout  = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	mostHeaders   = 64 << 10
	healthTimeout = 5 * time.Second
)

// server is works behind HTTP.
type server struct {
	works    *works
	http     *http.Server
	known    *private
	publish  func(ctx context.Context) error // nil: nobody is told of events
	drain    time.Duration
	draining atomic.Bool
}

func newServer(w *works, o serveOptions, d *data, known *private) *server {
	s := &server{works: w, drain: o.drain, known: known}
	if o.events != "" {
		s.publish = func(ctx context.Context) error { return publish(ctx, w, o, known) }
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("/", awsapi.NewHandler(w, &awsapi.Options{
		Region: o.region, Account: o.account, Credentials: known.keys(), WebhookURL: o.publicURL, SessionKey: d.key, Scratch: d.scratch(),
		Rate: awsapi.Rate{PerSecond: o.rate}, Logger: w.log,
	}))
	s.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: mostHeaders, ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelWarn),
	}
	return s
}

// health answers whether commands can be taken.
func (s *server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	status, text := http.StatusOK, "ok\n"
	if _, err := s.works.Pipelines(ctx, penstock.PipelineQuery{Limit: 1}); err != nil {
		s.works.log.Error("the state store does not answer", "error", err)
		status, text = http.StatusServiceUnavailable, "the state store does not answer\n"
	} else if s.draining.Load() {
		status, text = http.StatusServiceUnavailable, "draining\n"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a client that is gone needs no answer
}

// errAtOnce says that there was a second signal.
var errAtOnce = errors.New("ended at once: what was running counts as lost, and runs again where its type allows it")

// run serves until the first signal, or until something fails, and drains. The second signal ends it at once.
func (s *server) run(listener net.Listener, signals <-chan os.Signal, ready func() error) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	failed := make(chan error, 4)
	var work sync.WaitGroup
	work.Go(func() { failed <- s.works.Run(ctx) })
	work.Go(func() { s.works.poller.Run(ctx) })
	if s.publish != nil {
		work.Go(func() { failed <- s.publish(ctx) })
	}
	go func() { failed <- s.http.Serve(listener) }()
	err := ready()
	if err == nil {
		err = s.wait(signals, failed)
	}
	drained := make(chan error, 1)
	go func() {
		drained <- s.leave(stop)
		work.Wait()
		close(drained)
	}()
	first := err
	for {
		select {
		case err, more := <-drained:
			if !more {
				return first
			}
			first = errors.Join(first, err)
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				return errAtOnce
			}
		}
	}
}

// wait waits for a signal to end, or for a failure. At SIGHUP it reads what can be read anew.
func (s *server) wait(signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			return err
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				s.known.again(s.works.log)
				continue
			}
			s.works.log.Info("draining: what runs may end, the rest waits for the next time; again ends at once", "signal", sig.String())
			return nil
		}
	}
}

// leave takes no more requests, lets those that are there be answered, and has the engine drain.
func (s *server) leave(stop func()) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.works.log.Warn("a request took too long to wait for, and is cut")
		err = s.http.Close()
	}
	stop()
	return err
}
