// Package search answers one question: is there any way at all to break a promise in a small world?
//
// Where internal/simulation draws long histories of large worlds at random, this package plays every interleaving of a small one: two
// stages, up to three executions, two replicas with one worker each, and at most one of each fault and order. It drives the same
// internal/replica, internal/machine and store/memory. Worlds are forked at each choice, and told apart by a digest in which IDs, tokens
// and names stand in the order in which they come up and times only as far as they are still to come, so that what differs in nothing else
// counts once. The search is breadth first: what it prints of a violation is a shortest way to it.
//
// How to read it: world.go is what there is, choice.go what may happen next, judge.go the promises, search.go the search; fork.go and
// digest.go copy and compare whole worlds, private fields and all.
package search
