// Package dir answers one question: how are artifacts and logs kept in a directory of this machine?
//
// [Artifacts] is an ArtifactStore and [Logs] a LogStore; both may have the same directory. Nothing but the standard library is needed,
// and a system with flock: on others the two constructors answer errors.ErrUnsupported.
//
//	sha256/ab/cdef…    an artifact under the 64 digits of its digest; read-only (0444) once its name is durable
//	tmp/…              artifacts on their way in, each locked by its writer
//	lock               held, for microseconds, while the name of an artifact changes its meaning
//	file/ab/cdef…-444  a single file under the digits of its key and its permissions, to be handed on by hard links (see [Artifacts.LinkInto])
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
// Kept files are a cache: never synced, bounded by ArtifactOptions.Kept, and safe to be removed by anybody at any time. Others have links of them, so
// they are not trusted: a file is compared with the content that is asked for each time, just before it is linked. What somebody has written into it, or
// a power failure has left of it, is found so and made anew under a new inode. It is made under another name and renamed, so a half is never found.
//
// Everything goes through os.Root: neither names nor symbolic links lead out of the directory. Digests and IDs are checked or hashed before they
// become part of a path. A directory that is made here is for its owner alone (0700); give it other permissions to share it.
package dir
