// Package filelock answers one question: how do the processes of a machine exclude each other?
//
// A lock is that of an open file. It ends when the file is closed or its process ends, however that happens, so that nobody has to clean up
// after a process that was killed. Files that were opened each for itself exclude each other within a process too; goroutines that share
// one file do not. The lock is advisory: it keeps out those who ask for it. Never remove a file whose lock means something while others
// may open it: whoever makes it anew is let in beside the holder.
//
// It is flock(2). Where the system has none, every function fails with errors.ErrUnsupported.
package filelock
