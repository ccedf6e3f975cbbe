// Command writeplan answers: how near does what the engine writes come to the least that could be durable?
//
//	make bench-writeplan                       # or: go run ./writeplan -rounds 5 -window 3s -least 0.5 -least-engine 0.3
//	go test -bench . ./writeplan               # one operation is one execution
//
// Work: release-12, 4 stages of (2 no-op actions at once, then 1), 12 actions an execution, 64-byte outputs chained, 100 executions
// in flight, closed loop: whatever waits when a commit ends goes into the next one. Both sides run in turn in one process, on
// SQLite (modernc.org/sqlite, WAL, synchronous=FULL, BEGIN IMMEDIATE, one writer), with the same settings and the same loop.
//
// The raw group commit is what a team writes without an engine, and what engines are compared with: a goroutine an execution, an errgroup
// for what runs at once, package sql, an INSERT a result, and one goroutine that commits whatever waits. The engine is the real thing, on
// its SQLite store; its actions do the same work.
//
// The bulk group commit is the limit to hold a write plan against: one row an action, 128 rows a statement, below package sql. The plan is
// what the engine's store would write, with full history: a commit a stream and round, of which an execution has 9 where its parallel
// actions end in one round (started; 4 × joined; 3 × next stage; finished) and up to 13 where they do not.
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
// 2 vCPU, ext4, Go 1.26.8, modernc.org/sqlite v1.62.0; median of 5 rounds of 3 s with nothing else running:
//
//	side                   actions/s         (min-max) of bulk  of raw  CPU us written KB stored KB  commits  flushes
//	bulk group commit         100148    (82471-119361)   1.00    1.42      83       10.2      0.97    0.144    0.146
//	raw group commit           71283     (58530-81000)   0.71    1.00     150       14.6      1.51    0.163    0.165
//	plan                       59291     (52048-66617)   0.56    0.82     142       27.5      7.38    0.167    0.170
//	engine                     22936     (21848-23914)   0.24    0.34     649       38.3     11.56        -    0.219
//	plan, 10 pipelines         72412     (62395-85702)   0.68    0.96     122       25.2      7.26    0.157    0.160
//	plan, 1 pipeline           74414     (56657-92495)   0.69    0.97     114       18.6      6.70    0.155    0.157
//	1 key                      46489     (44983-49258)   0.49    0.69     197       33.8      7.53    0.161    0.165
//	4 keys                     37576     (36626-39327)   0.37    0.52     240       52.3      7.94    0.157    0.164
//	4 keys, early records      21629     (19233-22970)   0.19    0.28     429      113.9     10.02    0.164    0.180
//
// CPU to flushes are an execution's. A ratio is the median of the rounds' ratios. The machine's own pace moves all rows by half from
// day to day: on another day the raw group commit did 149430 and the engine 32000 to 45000.
//
// The engine's ratio to raw, in every series with the code as it is: 0.29 and 0.28 (5 and 9 rounds of this table, each database deleted
// behind its side, as it is), 0.34 and 0.36 (5 and 7 rounds, databases kept to the end; the first is the table above), 0.36, 0.29, 0.35 and 0.36 (each side in a process of its own,
// 6, 14, 10 and 10 rounds), 0.37, 0.37, 0.38 and 0.36 (the first four sides alone, 5 rounds each, in turn with databases kept and deleted).
// That last pair shows that deleting is not what made the low ones; what did is not known. With one execution in flight (-in-flight 1)
// the engine does 0.75 of raw.
//
// # Where the engine's time goes
//
// It is bound by the one goroutine that decides, commits and lets happen, which is never idle. Of 500 us an execution it decides for 125,
// settles for 55 and commits for 320, of which it waits for the disk for 100 to 150: without syncing it does a quarter more, on the memory
// store 2.3 times as much. The rest of its CPU is actions, their goroutines, the checkpoint and the garbage collector, on the other core.
// Of 27 pages that a commit writes (5.5 an execution) 9 are of the index of records, 8 of segments, 5 of records, 2 each of heads and
// snapshots.
//
// What helped: fewer bytes. Digests and UUIDs as bytes instead of digits, artifacts of a record's past by name (a record of 3.4 KB
// fits a page, one of 6.2 KB took two), a snapshot after 512 events instead of 256: 59 KB written became 45. A mark in every 256th event
// instead of every 64th: two pages a commit. Then no second look at a stream that has nothing to do (2 %), no encoding/json for plain
// texts (3 %), stacks of actions that grow before there is anything on them to be copied (5 % of the CPU), no look for a record whose ID is
// greater than all of its group (2 %).
//
// What did not help: deciding while a commit is under way (15 % more CPU, 0 to 7 % more executions, also where streams that expect
// more ends wait for the commit's end, so that batches stay at 9 an execution: the disk answers later when both cores are busy), deciding
// streams on two goroutines at once, letting every action run before the next round (fewer commits, longer cycles), more threads than
// cores, pages of 8 or 16 KiB (nothing with 100 in flight, a sixth less with one), no checkpoints at all, fdatasync instead of fsync, rows
// compressed with S2 (a fifth fewer bytes, as much CPU), a larger heap (GOGC=400: 4 %), profile-guided optimisation, statements of other
// numbers of rows (one row each: 4 % less).
//
// What is left: 14 us an execution for updating heads, which could be derived from the newest segments; 35 for the audit's record.
//
// # What was changed, and why
//
// A round touches some fifty streams, and every B-tree that is ordered by stream, pipeline or group costs one dirty page for each,
// which is written to the log and once more by the checkpoint. One run of all steps on a busy machine (bulk: 143 us, 9 KB), CPU and
// bytes written an execution:
//
//	971 us  241 KB  first sketch: text keys, WITHOUT ROWID everywhere, a record an action when it ends, 4 keys an execution
//	685 us  182 KB  INSERT OR ROLLBACK: a statement of several rows that may abort makes SQLite keep a statement journal in a file
//	581 us  170 KB  streams by integer, without the snapshot; segments appended by rowid (pos), an index over (stream, first)
//	491 us   89 KB  an action execution's record leaves when its execution ends: 12 rows dirty one page, not nine
//	409 us   65 KB  segments chained by prev; of the index only each 64th version is left
//	341 us   40 KB  records in a rowid table with a narrow index: WITHOUT ROWID carries rows of hundreds of bytes into inner pages
//	264 us   31 KB  one record an execution, its action executions inside
//	197 us   22 KB  no keys for stages that succeeded: each dirties a page of its own
//
// On top of that, in quieter runs: below database/sql, 8 % of the plan's time; a head of one integer, with token, time and hash
// chain at the front of the segment's blob, as much again. Both ask the driver for more code, and it may well do without.
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
// What is left: a third of the time is the commit (writing pages, two system calls each, and the flush), an eighth the checkpoint,
// the rest some twenty rows and index entries an execution against bulk's twelve, with seven times the bytes.
package main
