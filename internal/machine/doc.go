// Package machine holds the rules of a release, and nothing else: given the state of one stream, an input and an environment, what
// happens? It has no clock, I/O, goroutine, randomness or map order of its own; time and seeds are arguments.
//
// State.Decide turns an input (a command, a report of a run, time) into events; State.apply is the only writer of state, so folding the
// stored events gives the same state again; State.Next derives from the state what should be running or waking now, so a crash needs
// no recovery code; State.Check names the invariant that is broken, if any.
//
// How to read it: state.go and event_*.go are the nouns, decide.go and input_*.go the doors, flow.go and tree.go the rules that
// move an execution on.
package machine
