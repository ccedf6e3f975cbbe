// Package store answers one question: what must a place that keeps Penstock's durable things promise?
//
// It is a contract, with the standard library as its only dependency. A driver (memory, dir, sqlite, postgres, s3 …) implements
// [StateStore], [ArtifactStore] or [LogStore] and proves it with the suite in storetest. A driver knows streams, records, leases
// and bytes, never a pipeline.
//
// # Streams and commits
//
// A stream is an ordered sequence of events with versions 1, 2, … n and no gap. Its head is {token, version, owner, wake}. The
// truth of a stream is its newest snapshot and the events after it. A [Batch] appends events to one stream, and in the same step
// replaces its head, its snapshot if one is given, and puts and deletes records. It names the token of the head it was decided on
// (Expect) and the token that the head gets (ID, random). Numbers order events; only tokens are compared, so a batch can be
// built on another one that is still on its way.
//
// The usual order of calls:
//
//	Lease                      take a lease: a name for this process, a fence, a feed lane
//	Due                        which streams need somebody now, and when to ask again
//	Load                       the truth of these streams
//	Get, List                  what was archived into records
//	Commit                     what was decided; after *Conflict: Load, decide again, Commit
//	Lease                      renew it, and end it at the end
//
// None of them is a must: a tool that issues one command calls Load and Commit alone, with Lane 0 and no lease.
//
// # Errors
//
// Commit answers one error a batch. nil: applied and durable. *[Conflict], *[TooLarge] and *[Invalid] (see [Refused]): certainly
// not applied, and the same batch will be answered the same until something else changes. Every other error means "unknown": it
// may or may not have been applied. Offer the very same Batch again; it answers nil if it had been applied, however many
// commits came after it. [ErrClosed] comes from every call after Close. A context that has ended before a call makes the call
// answer its error and do nothing; one that ends during Commit leaves the outcome unknown.
//
// # Concurrency
//
// Every method may be called at any time from any goroutine and any process. Commit is linearizable: once it answered nil,
// every later Load, Get, List, Events and Due on any handle sees all of it, and never a part of it.
//
// # Memory
//
// What is passed in belongs to the store for good: nobody changes it any more, though the caller may go on reading it.
// What is returned belongs to the caller: the store never changes it later and never reads it again, so the caller may change
// it and append to it.
//
// # Time
//
// Leases, expiry and Due are judged on the store's clock alone, which never goes back, and which [Due] and [Lease] return. Times are kept
// to the microsecond or finer, rounded down, and come back in UTC. A moment has come when it is not after now: a lease is held
// while now is before its Expires; a record is there while now is before its Expires; a stream is due once now is not before its Wake.
//
// # Names
//
// Stream, lease, record and key names are UTF-8 without NUL, at most [MaxName] bytes, and are ordered by their bytes.
//
// # Optional abilities
//
// A driver may also implement these, one method each; callers find them by type assertion:
//
//   - [Hinter]: tells at once which streams somebody else has changed
//   - [Pruner]: removes history that is no longer needed
//   - [Migrator]: brings its schema up to date
//   - [Exclusive]: says that no other process has the store open
//   - [Linker]: an ArtifactStore that hands files on without copying them
package store
