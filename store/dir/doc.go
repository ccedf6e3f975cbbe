// Package dir answers one question: how are artifacts and logs kept in a directory of this machine?
//
// [Artifacts] is an ArtifactStore and [Logs] a LogStore; both may have the same directory. Nothing but the standard library is needed,
// and a system with flock: on others the two constructors answer errors.ErrUnsupported.
//
//	sha256/ab/cdef…    an artifact under the 64 digits of its digest; read-only (0444) once its name is durable
//	tmp/…              artifacts on their way in, each locked by its writer
//	lock               held, for microseconds, while the name of an artifact changes its meaning
//	log/ab/cdef….RUN   the log of a run under the SHA-256 of its action execution's ID, behind one line with its fence
//
// # Promises
//
// Every method is safe for any number of goroutines and of processes that run as the same user on the same machine. A directory that
// several machines mount is not promised to work: its locks and times are not this machine's.
//
// An artifact that Put has answered survives the end of the process and of the power: it is synced, then named, then its name is synced.
// How young it is survives the process; after a power failure it may be as old as it was a few seconds before. What is appended to a log
// survives the process at once, and the power after LogOptions.Sync.
//
// Everything goes through os.Root: neither names nor symbolic links lead out of the directory. Digests and IDs are checked or hashed before they
// become part of a path. A directory that is made here is for its owner alone (0700); give it other permissions to share it.
package dir
