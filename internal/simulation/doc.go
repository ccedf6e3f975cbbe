// Package simulation answers one question: do the replicas keep their promises however they are scheduled?
//
// A history is a world of a few real replicas over one memory store, with a simulated clock, fake workers and one scheduler that draws
// every choice from one seed: who steps, whose commit reaches the store and whose answer comes back, who crashes, sleeps, reports late or
// twice, and what operators order meanwhile. After every commit a separate oracle judges the feed; in the end the faults stop and everything
// has to come to its end. The same seed is the same history, so a violation is one line to replay.
package simulation
