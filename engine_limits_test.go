package penstock_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

func TestAnActionThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{DrainTimeout: time.Second})
		forever := make(chan struct{})
		b.behave["stubborn"] = func(context.Context, *penstock.Call[job]) error { <-forever; return nil }
		p := penstock.NewPipeline("p",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
			penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "stubborn"}).Timeout(time.Minute)))
		applied, err := b.Apply(t.Context(), p)
		require.NoError(t, err)
		b.run()
		began := time.Now()
		x, err := b.Wait(t.Context(), "p", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusFailed, x.Status)
		require.InDelta(t, 90, time.Since(began).Seconds(), 5, "the stage is held for the grace, for the work may still run, and no longer")
		close(forever)
	})
}

func TestQuestionsWhileNothingRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{}) // never run: a tool that only operates
		reply, err := b.Apply(t.Context(), simple("x"))
		require.NoError(t, err)
		why, err := b.Explain(t.Context(), "simple", reply.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.WaitsForWorker, why[0].Kind)
		require.NoError(t, b.Stop(t.Context(), "simple", reply.Execution, "not now"))
		x, err := b.Wait(t.Context(), "simple", reply.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusStopped, x.Status)
	})
}

func TestRunTwiceIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		b.run()
		synctest.Wait()
		require.ErrorIs(t, b.Run(t.Context()), penstock.ErrFailedPrecondition)
	})
}

func TestRunAgainAfterADrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{State: memory.New(&memory.Options{Exclusive: true})})
		b.run()
		synctest.Wait()
		b.end()
		reply, err := b.Apply(t.Context(), simple("x"))
		require.NoError(t, err)
		b.run()
		x, err := b.Wait(t.Context(), "simple", reply.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
	})
}

func TestLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		b.behave["talk"] = func(_ context.Context, call *penstock.Call[job]) error {
			_, err := call.Log().Write([]byte("first line\nlast line\n"))
			return err
		}
		reply, err := b.Apply(t.Context(), simple("talk"))
		require.NoError(t, err)
		b.run()
		_, err = b.Wait(t.Context(), "simple", reply.Execution)
		require.NoError(t, err)
		actions, err := b.ActionExecutions(t.Context(), penstock.ActionExecutionQuery{Pipeline: "simple"})
		require.NoError(t, err)
		page, err := b.Log(t.Context(), penstock.LogQuery{ActionExecution: actions.Actions[0].ID, Run: actions.Actions[0].Run, Offset: -10})
		require.NoError(t, err)
		require.Equal(t, "last line\n", string(page.Data))
	})
}

// spans is a tracer that keeps names and traces.
type spans struct {
	mu    sync.Mutex
	names []string
	trace []string
}

type spanProvider struct {
	noop.TracerProvider
	spans *spans
}

func (p spanProvider) Tracer(string, ...trace.TracerOption) trace.Tracer {
	return spanTracer{spans: p.spans}
}

type spanTracer struct {
	noop.Tracer
	spans *spans
}

func (t spanTracer) Start(ctx context.Context, name string, o ...trace.SpanStartOption) (context.Context, trace.Span) {
	t.spans.mu.Lock()
	defer t.spans.mu.Unlock()
	t.spans.names = append(t.spans.names, name)
	t.spans.trace = append(t.spans.trace, trace.SpanContextFromContext(ctx).TraceID().String())
	return t.Tracer.Start(ctx, name, o...)
}

func TestOneTraceAnExecution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s spans
		b := newBench(t, penstock.Config{TracerProvider: spanProvider{spans: &s}})
		reply, err := b.Apply(t.Context(), simple("x"))
		require.NoError(t, err)
		b.run()
		_, err = b.Wait(t.Context(), "simple", reply.Execution)
		require.NoError(t, err)
		require.Equal(t, []string{"action Source/Fetch", "action Work/Job"}, s.names)
		id := strings.ReplaceAll(reply.Execution, "-", "")
		require.Equal(t, []string{id, id}, s.trace, "whichever replica makes the spans, they are in the execution's trace")
	})
}
