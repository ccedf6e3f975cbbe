// Package local answers one question: how do actions run as functions in this process?
//
// An Executor starts a goroutine a run, at most Options.Slots at once, and remembers how the last runs ended, so that an
// engine that comes back for an outcome gets it. A panic is that run's failure, with Code "Panic".
//
// It is no sandbox. A function shares this process's memory, files and credentials, and it is lost with the process
// (Type.Rerun says whether it may start anew then). Go cannot kill a goroutine: a function that goes on after its ctx has
// ended and Options.CancelGrace has passed is given up. It is counted by Stuck, nothing that it reports is let through any
// more, Cancel answers an error for as long as it runs, and its slot stays taken until it really ends. So a function has to
// mind its ctx; what cannot belongs in a process or a container of its own. And Go cannot contain a panic in a goroutine that
// the function has started itself: it ends the process.
package local
