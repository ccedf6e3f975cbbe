// Package webhook answers: how do deliveries from outside reach a pipeline?
//
// NewHandler is an http.Handler that takes what is sent to the URLs of an engine's webhooks (see penstock.Webhook):
//
//	http.Handle("/webhooks/", webhook.NewHandler(engine, nil))
//
// The URL of a webhook is where the handler is mounted and the webhook's Key. Each webhook says how a delivery has to prove where it comes
// from; what proves nothing is refused before it is read as anything, and leaves no trace but a line in the log. The handler bounds what it
// reads, and how often. How long a sender may take is the server's to say: set http.Server's ReadTimeout.
//
// awsapi.NewHandler has it at /webhooks/.
package webhook
