package events

import (
	"context"

	"github.com/penstock-dev/penstock"
)

// Engine is what Publish needs; *penstock.Engine has it.
type Engine interface {
	Subscribe(ctx context.Context, s penstock.Subscription, tell func(ctx context.Context, notices []penstock.Notice) error) error
}

// Sink takes messages: a function of this process, HTTP, or whatever carries them elsewhere.
type Sink interface {
	// Send answers nil when the message was taken, or will never be. After an error it is offered again. ctx ends when nobody waits any more.
	Send(ctx context.Context, m Message) error
}

// SinkFunc is a Sink that is a function.
type SinkFunc func(ctx context.Context, m Message) error

// Send calls f.
func (f SinkFunc) Send(ctx context.Context, m Message) error { return f(ctx, m) }

// Publish sends what happens in all pipelines of the engine's store to a sink, until ctx ends: one message after the other, each at least once. Of
// what was taken before an error some comes again. Give each sink a subscription of its own, so that none waits for another. Nil options are the
// zero value's. It answers as penstock.Engine.Subscribe does.
func Publish(ctx context.Context, engine Engine, s penstock.Subscription, sink Sink, options *Options) error {
	return engine.Subscribe(ctx, s, func(ctx context.Context, notices []penstock.Notice) error {
		for _, n := range notices {
			m, ok := Of(n, options)
			if !ok {
				continue
			}
			if err := sink.Send(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}
