// Package declare answers: how does a change of what is declared, action types and webhooks, become durable?
//
// The catalogue of a store is a stream of its own. Changes of it are rare and small, so nobody owns the stream and no replica keeps it in
// memory: whoever changes it reads it, decides, and commits on the token that was read; who loses the race reads again. A commit writes
// the catalogue whole, as the snapshot of its stream, with one event that says what was done, so that reading it folds nothing.
//
// The webhooks of a store are kept alike, in a stream of their own; what was last delivered to each is in one more stream a webhook, so that a
// delivery does not write them all.
//
// A command that acts is noted in the same commit, in a chain of hashes as those of pipelines are, and remembered by its ID.
package declare
