package penstock

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

const instrumentation = "github.com/penstock-dev/penstock"

// telemetry is spans and metrics; without providers it does nothing and costs nothing.
type telemetry struct {
	tracer     trace.Tracer // nil: none
	metrics    bool
	executions metric.Int64Counter     // ended, by pipeline and status
	actions    metric.Int64Counter     // ended, by pipeline and status
	durations  metric.Float64Histogram // of runs in this process, seconds
	commits    metric.Float64Histogram // seconds
	batches    metric.Int64Histogram   // streams a commit
}

func newTelemetry(c Config) (*telemetry, error) {
	t := &telemetry{metrics: c.MeterProvider != nil}
	if c.TracerProvider != nil {
		t.tracer = c.TracerProvider.Tracer(instrumentation)
	}
	if !t.metrics {
		return t, nil
	}
	meter := c.MeterProvider.Meter(instrumentation)
	var errs [5]error
	t.executions, errs[0] = meter.Int64Counter("penstock.executions", metric.WithDescription("Executions that ended."))
	t.actions, errs[1] = meter.Int64Counter("penstock.actions", metric.WithDescription("Action executions that ended."))
	t.durations, errs[2] = meter.Float64Histogram("penstock.run.duration", metric.WithUnit("s"), metric.WithDescription("Runs of actions here."))
	t.commits, errs[3] = meter.Float64Histogram("penstock.commit.duration", metric.WithUnit("s"), metric.WithDescription("Commits to the store."))
	t.batches, errs[4] = meter.Int64Histogram("penstock.commit.streams", metric.WithDescription("Pipelines that shared a commit."))
	return t, errors.Join(errs[:]...)
}

// committed measures one call of the store's Commit.
func (t *telemetry) committed(batches []store.Batch, took time.Duration) {
	if t.metrics {
		t.commits.Record(context.Background(), took.Seconds())
		t.batches.Record(context.Background(), int64(len(batches)))
	}
}

// published counts what has become durable.
func (t *telemetry) published(p replica.Published) {
	if !t.metrics {
		return
	}
	pipeline := attribute.String("penstock.pipeline", replica.Pipeline(p.Stream))
	for _, e := range p.Events {
		switch e := e.(type) {
		case *machine.ExecutionEnded:
			t.executions.Add(context.Background(), 1, metric.WithAttributes(pipeline, attribute.String("penstock.status", string(e.Status))))
		case *machine.ActionEnded:
			t.actions.Add(context.Background(), 1, metric.WithAttributes(pipeline, attribute.String("penstock.status", string(e.Status))))
		}
	}
}

// action opens a span for a run and answers how to close it.
func (t *telemetry) action(ctx context.Context, task *executor.Task) (context.Context, func(executor.Outcome, error)) {
	if t.tracer == nil && !t.metrics {
		return ctx, func(executor.Outcome, error) {}
	}
	began := time.Now()
	var span trace.Span
	if t.tracer != nil {
		ctx, span = t.tracer.Start(inExecution(ctx, task.Execution), "action "+task.Stage+"/"+task.Action, trace.WithAttributes(
			attribute.String("penstock.pipeline", task.Pipeline), attribute.String("penstock.execution", task.Execution),
			attribute.String("penstock.action_execution", task.ID), attribute.String("penstock.action_type", task.Type),
			attribute.Int("penstock.run", task.Run), attribute.Int("penstock.try", task.Try)))
		task.TraceParent = traceParent(span.SpanContext())
	}
	return ctx, func(outcome executor.Outcome, err error) {
		if t.metrics {
			t.durations.Record(ctx, time.Since(began).Seconds(), metric.WithAttributes(attribute.String("penstock.action_type", task.Type)))
		}
		if span == nil {
			return
		}
		switch {
		case err != nil:
			span.RecordError(err)
		case outcome.Failure != nil:
			span.SetStatus(codes.Error, outcome.Failure.Message)
		case outcome.Pending != nil:
			span.SetAttributes(attribute.String("penstock.pending", outcome.Pending.After.String()))
		}
		span.End()
	}
}

// inExecution puts all spans of an execution into one trace, whichever replica makes them: the trace's ID is the execution's.
func inExecution(ctx context.Context, execution string) context.Context {
	raw, err := hex.DecodeString(strings.ReplaceAll(execution, "-", ""))
	if err != nil || len(raw) != 16 {
		return ctx
	}
	parent := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID(raw), SpanID: trace.SpanID(raw[8:]), TraceFlags: trace.FlagsSampled, Remote: true,
	})
	return trace.ContextWithRemoteSpanContext(ctx, parent)
}

// traceParent is the W3C form of a span, for workers elsewhere.
func traceParent(sc trace.SpanContext) string {
	if !sc.IsValid() {
		return ""
	}
	return "00-" + sc.TraceID().String() + "-" + sc.SpanID().String() + "-" + sc.TraceFlags().String()
}
