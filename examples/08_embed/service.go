package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/penstock-dev/penstock"
)

// service is an HTTP service of which an engine is a part.
type service struct {
	engine *penstock.Engine
	log    *slog.Logger
}

func newService(log *slog.Logger) (*service, error) {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetch)
	penstock.RegisterFunc(&actions, ship)
	engine, err := penstock.NewEngine(penstock.Config{
		Actions:        &actions, // with a store, releases outlive the process: see 07_durable
		Logger:         log,
		TracerProvider: otel.GetTracerProvider(), // traces and metrics go where those of the rest of the service go
		MeterProvider:  otel.GetMeterProvider(),
		DrainTimeout:   10 * time.Second,
	})
	return &service{engine, log}, err
}

// serve serves until ctx ends. Then it takes no more requests, lets the actions that run come to their end, and answers.
func (s *service) serve(ctx context.Context, listener net.Listener) error {
	if _, err := s.engine.Do(ctx, penstock.ApplyPipeline{Pipeline: Release(), NoStart: true}); err != nil {
		return err
	}
	driving, drain := context.WithCancel(context.WithoutCancel(ctx))
	defer drain()
	server := &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }, // ends streams; a command cut off is asked again
	}
	running := make(chan error, 1)
	go func() {
		running <- s.engine.Run(driving)
		_ = server.Close() // without an engine there is nothing to serve
	}()
	closed := make(chan error, 1)
	disarm := context.AfterFunc(ctx, func() {
		s.log.Info("draining")
		closing, done := context.WithTimeout(driving, 10*time.Second)
		defer done()
		closed <- server.Shutdown(closing)
	})
	err := server.Serve(listener)
	if !disarm() {
		err = <-closed
	}
	drain()
	return errors.Join(err, <-running)
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /releases/{revision}", s.start)
	mux.HandleFunc("GET /releases/{id}/events", s.events)
	mux.HandleFunc("POST /approvals/{token}", s.approve)
	return mux
}

// start starts a release. A client that got no answer asks again with the same Idempotency-Key.
func (s *service) start(w http.ResponseWriter, r *http.Request) {
	started, err := s.engine.Do(actor(r), penstock.StartExecution{
		ID: r.Header.Get("Idempotency-Key"), Pipeline: "shop", Revisions: map[string]string{"Fetch": r.PathValue("revision")},
	})
	if err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprint(w, started.Execution)
}

// approve answers the approval that a token is of.
func (s *service) approve(w http.ResponseWriter, r *http.Request) {
	err := s.engine.Approve(actor(r), "shop", "SignOff", "Release", r.PathValue("token"), r.FormValue("summary"))
	if err != nil {
		refuse(w, err)
	}
}

// events streams what happens to a release, as server-sent events, until it has ended. A client that was cut off goes on where it was.
func (s *service) events(w http.ResponseWriter, r *http.Request) {
	if _, err := s.engine.Execution(r.Context(), "shop", r.PathValue("id")); err != nil {
		refuse(w, err)
		return
	}
	after, _ := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64) // 0, the beginning, where there is none
	w.Header().Set("Content-Type", "text/event-stream")
	for event, err := range s.engine.Follow(r.Context(), penstock.EventQuery{Pipeline: "shop", After: after}) {
		if err != nil {
			s.log.Error("events", "error", err)
			return
		}
		if event.Execution != r.PathValue("id") {
			continue
		}
		data, err := json.Marshal(event)
		if err != nil {
			s.log.Error("events", "error", err)
			return
		}
		fmt.Fprintf(w, "id: %d\ndata: %s\n\n", event.Version, data)
		if http.NewResponseController(w).Flush() != nil || event.Kind == penstock.EventExecutionEnded {
			return
		}
	}
}

// actor says who acts: here whoever the client claims to be, in earnest whom it has proved to be.
func actor(r *http.Request) context.Context {
	name, _, _ := r.BasicAuth()
	return penstock.WithActor(r.Context(), name)
}

// refuse tells a client why not.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusConflict
	switch {
	case errors.Is(err, penstock.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, penstock.ErrInvalid):
		status = http.StatusBadRequest
	case errors.Is(err, penstock.ErrUnavailable), errors.Is(err, penstock.ErrInternal):
		status = http.StatusServiceUnavailable
	}
	http.Error(w, err.Error(), status)
}
