// Package memory answers one question: how is everything kept when nothing has to outlive the process?
//
// It has a [Store] (state), [Artifacts] and [Logs], each under one short mutex, for tests, tools and examples, and as the plainest
// reading of the contract in package store. They may be shared by any number of engines in the process.
//
// Bounds: a batch, an artifact and a log are bounded by their options, all artifacts and all logs together by a capacity. State grows
// with what is committed until it is deleted, expires or is pruned; expired records go by themselves, history goes with Prune.
package memory
