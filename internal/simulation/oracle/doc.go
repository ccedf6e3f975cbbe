// Package oracle answers one question: does what a simulated history left in the store keep the invariants of docs/design.md?
//
// It is separate code on purpose. It reads the store's feed, the head that each commit made, and a Ledger of what was really asked,
// acknowledged, dispatched and executed; it never asks a rule of internal/machine, whose events are all that it shares with it.
package oracle
