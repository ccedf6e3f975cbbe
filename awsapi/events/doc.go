// Package events answers: how do those hear of releases who know AWS CodePipeline's events?
//
// It turns what an engine gives notice of (see penstock.Engine.Subscribe) into the service's own shapes: EventBridge's state changes of pipeline,
// stage and action executions, the message by which an approval is asked for, and CloudTrail's records of who has done what.
//
//	go events.Publish(ctx, engine, penstock.Subscription{Name: "chat"}, events.HTTP(events.HTTPOptions{URL: "https://…"}), nil)
//
// Messages are delivered at least once: where a process ends before it has noted what was taken, they come again, with the ID that they had. A
// subscription that cannot get rid of a message stays where it is and tries again; the engine goes on.
package events
