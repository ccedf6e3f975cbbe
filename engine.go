package penstock

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/executor/local"
	"github.com/penstock-dev/penstock/internal/id"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/zone"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// Config is what an Engine is made of. The zero value is an engine that keeps everything in memory and serves no action type.
type Config struct {
	// Actions are the action types that run in this process. Default: none; pipelines may still use approvals.
	Actions *Actions
	// State keeps pipelines, executions and history. Default: a new memory store, which lasts as long as the process.
	State store.StateStore
	// Artifacts keeps what actions put out, if it is larger than 4 KiB. Default: in memory.
	Artifacts store.ArtifactStore
	// Logs keeps the output of actions. Default: in memory.
	Logs store.LogStore
	// Executors run further action types: containers, Temporal workers. A type that several serve is run by the first with a free slot.
	Executors []executor.Executor
	// Secrets resolves secret references where actions run. Default: every reference is an error.
	Secrets SecretResolver
	// Slots is how many actions run in this process at once. Default: 64.
	Slots int
	// Authorizer decides who may change what. Default: whoever holds the engine may do anything.
	Authorizer Authorizer
	// Judging says how much like AWS CodePipeline definitions are judged. Default: by themselves, without its account.
	Judging Judging
	// Limits are the quotas that are kept. Zero fields are the service's own.
	Limits Limits

	// LeaseTTL is how long a replica that has fallen silent keeps its pipelines. Default: 10 s.
	LeaseTTL time.Duration
	// PollInterval is how often the store is asked what is due, besides its hints and this engine's own timers. Default: 1 s.
	PollInterval time.Duration
	// DrainTimeout is how long Run waits for actions in this process after its context has ended. Default: 30 s.
	DrainTimeout time.Duration

	// Logger is told what an operator should know. Default: nobody.
	Logger *slog.Logger
	// TracerProvider gets one trace an execution, one span an action. Default: none.
	TracerProvider trace.TracerProvider
	// MeterProvider gets counts and durations of executions, actions and commits. Default: none.
	MeterProvider metric.MeterProvider
}

func (c Config) withDefaults() Config {
	if c.Actions == nil {
		c.Actions = &Actions{}
	}
	if c.State == nil {
		c.State = memory.New(&memory.Options{Exclusive: true})
	}
	if c.Artifacts == nil {
		c.Artifacts = memory.NewArtifacts(nil)
	}
	if c.Logs == nil {
		c.Logs = memory.NewLogs(nil)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&c.LeaseTTL, 10 * time.Second}, {&c.PollInterval, time.Second}, {&c.DrainTimeout, 30 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	return c
}

// Engine runs pipelines: it takes commands, drives executions while Run is under way, and answers questions. It is safe for
// concurrent use; several engines, in one process or many, may share a store.
type Engine struct {
	config    Config
	local     *local.Executor
	telemetry *telemetry
	workers   *workers
	watchers  watchers
	clock     storeClock
	catalogue catalogue
	creations creations
	webhooks  webhooks
	folds     folds

	mu      sync.Mutex
	box     mailbox
	wake    chan time.Time
	running bool

	replica *replica.Replica // the pump's alone
}

// NewEngine makes an engine. It starts nothing: commands and questions work at once, executions move on while Run does.
func NewEngine(config Config) (*Engine, error) {
	e := &Engine{config: config.withDefaults(), wake: make(chan time.Time, 1), box: mailbox{more: make(chan struct{}, 1)}}
	ex, alone := e.config.State.(store.Exclusive)
	var err error
	if e.telemetry, err = newTelemetry(e.config); err != nil {
		return nil, err
	}
	e.local, err = NewWorker(e.config.Actions, WorkerOptions{
		Artifacts: e.config.Artifacts, Secrets: e.config.Secrets, Limits: e.config.Limits, Slots: e.config.Slots,
	})
	if err != nil {
		return nil, err
	}
	e.workers = newWorkers(e, append([]executor.Executor{e.local}, e.config.Executors...))
	e.replica = replica.New(replica.Options{
		Name: id.New(), Exclusive: alone && ex.Exclusive(), Limits: e.config.Limits.machine(), Zones: zone.Load,
	})
	return e, nil
}

func newSeed() (seed machine.Seed) {
	_, _ = rand.Read(seed[:]) // never fails
	return seed
}

// storeClock tells the store's time by this process's monotonic clock, so that a wall clock that is wrong or steps changes nothing.
type storeClock struct {
	mu    sync.Mutex
	store time.Time // what the store said
	local time.Time // when it said so
}

func (c *storeClock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store, c.local = now, time.Now()
}

// now asks the store the first time only.
func (c *storeClock) now(ctx context.Context, e *Engine) (time.Time, error) {
	c.mu.Lock()
	known, local := c.store, c.local
	c.mu.Unlock()
	if known.IsZero() {
		due, err := e.config.State.Due(ctx, 1)
		if err != nil {
			return time.Time{}, fmt.Errorf("ask the store for the time: %w", err)
		}
		c.set(due.Now)
		return due.Now, nil
	}
	return known.Add(time.Since(local)), nil
}
