// Command writeplan answers: how near does what the engine writes come to the least that could be durable?
//
//	make bench-writeplan                       # or: go run ./writeplan -rounds 5 -window 3s -least 0.5
//	go test -bench . ./writeplan               # one operation is one execution
//
// Work: release-12, 4 stages of (2 no-op actions at once, then 1), 12 actions an execution, 64-byte outputs chained, 100 executions
// in flight, closed loop: whatever waits when a commit ends goes into the next one. Both sides run in turn in one process, on
// SQLite (modernc.org/sqlite, WAL, synchronous=FULL, BEGIN IMMEDIATE, one writer), with the same settings and the same loop.
//
// The raw group commit is the limit: one row an action, nothing else. The plan is what the engine's store would write, with full
// history: a commit a stream and round, of which an execution has 9 where its parallel actions end in one round (started; 4 ×
// joined; 3 × next stage; finished) and up to 13 where they do not.
//
//	a commit      the head (3 integers, in place) and one segment row: 56 bytes and its events
//	an execution  one record row when it ends: 600 bytes and 300 for each action execution; one index entry
//	a stream      a snapshot of 4 KiB after every 32 KiB of events
//	a transaction one statement a table; one read, of the feed's end and the replica's lease
//
// Sizes are those that a compact codec should reach; the engine's own time is not part of this. schema.sql is the outcome, meant
// for the SQLite driver.
//
// # Figures
//
// FIGURES
//
// # What was changed, and why
//
// With the first sketch of the tables the ratio was 0.07. A round touches some fifty streams, and every B-tree that is ordered by
// stream, pipeline or group costs one dirty page a stream, which is written to the log and once more by the checkpoint: 351 KB an
// execution. CPU time an execution as the changes went in (raw: 80 to 100 us in those runs; each step once, so two digits at most):
//
//	1090 us  first sketch: text keys, WITHOUT ROWID everywhere, a record an action when it ends, 4 keys an execution
//	 650 us  streams by integer, segments appended by rowid (pos), an index over (stream, first)
//	 500 us  an action execution's record leaves when its execution ends: 12 rows dirty one page, not nine
//	 460 us  no index over (stream, first): segments are chained by prev, and only those over a multiple of 64 versions are indexed
//	 330 us  INSERT OR ROLLBACK: a statement of several rows that may abort makes SQLite keep a statement journal in a file
//	 280 us  records in a rowid table with a narrow index: WITHOUT ROWID carries rows of hundreds of bytes into inner pages
//	 195 us  one record an execution, its action executions inside
//	 150 us  no keys for stages that succeeded: each key dirties a page of its own
//	 120 us  below database/sql; the head is one integer; token, time and hash chain at the front of the segment's blob
//
// So the plan differs from docs/design.md section 4 in two points. An action execution is stored when its execution ends, inside
// the execution's record: until then it is in the stream's state and events, where retries and variables need it anyway.
// ListActionExecutions pages executions and unfolds them. And the executions that succeeded in a stage are found by filtering the
// pipeline's records, newest first; keys are for what is rare, like queued jobs and digests. The rows "1 key" and "4 keys" show
// what keys cost, "early records" what a record an action costs.
//
// What did not help: larger pages, a larger cache (at a commit that split a page SQLite walks the cache's whole hash table), one
// statement a row, ON CONFLICT DO UPDATE instead of UPDATE FROM, a second connection that checkpoints meanwhile.
//
// What is left is SQLite writing pages (two system calls each), its flush, and five rows for every action.
package main
