package main

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/events"
)

// publish posts what happens until ctx ends: of an empty directory all from the start, which nothing can overtake. Who adds the flag later is told of
// what happens from then on.
func publish(ctx context.Context, w *works, o serveOptions, known *private) error {
	sink := events.SinkFunc(func(ctx context.Context, m events.Message) error {
		post := events.HTTPOptions{URL: o.events, Logger: w.log}
		if o.eventsSecret != "" {
			value, err := known.ResolveSecret(ctx, o.eventsSecret)
			if err != nil {
				return err
			}
			post.Secret = value
		}
		return events.HTTP(post).Send(ctx, m)
	})
	return events.Publish(ctx, w, penstock.Subscription{Name: "serve/events", FromStart: w.fresh}, sink, &events.Options{Region: o.region, Account: o.account})
}
