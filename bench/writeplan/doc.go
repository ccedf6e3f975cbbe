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
//	bulk group commit         136439    (89035-146463)   1.00    1.58      82       10.6      0.97    0.152    0.154
//	raw group commit           82980     (69018-92875)   0.63    1.00     180       15.6      1.51    0.168    0.171
//	plan                       75087     (53093-77732)   0.53    0.84     143       27.8      7.39    0.162    0.166
//	engine                     29137     (26531-30965)   0.22    0.34     537       32.3     11.60        -    0.187
//	plan, 10 pipelines         93496     (66330-96492)   0.64    1.01     110       25.7      7.27    0.158    0.161
//	plan, 1 pipeline          112285    (68218-124821)   0.78    1.22      87       19.0      6.70    0.170    0.172
//	1 key                      58755     (46104-65843)   0.40    0.71     177       35.2      7.53    0.158    0.163
//	4 keys                     40761     (34356-49270)   0.32    0.53     227       53.7      7.93    0.160    0.167
//	4 keys, early records      24257     (21323-26405)   0.19    0.29     377      115.5     10.01    0.161    0.177
//
// CPU to flushes are an execution's. A ratio is the median of the rounds' ratios. The machine's own pace moves all rows by half from
// day to day: on another day the raw group commit did 149430.
//
// The engine's ratio to raw, in every series of this table with the code as it is: 0.40, 0.36, 0.34, 0.34, 0.36, 0.39, 0.36 (5 rounds each) and 0.33
// (9 rounds). One step of the work before that: 0.37, 0.35; before what follows, 12 series of several kinds: 0.28 to 0.38. With one execution in flight (-in-flight 1)
// the engine does 1.10 of raw, for it has 9 commits an execution and not 12.
//
// # Where the engine's time goes
//
// It is bound by the one goroutine that decides, commits and lets happen. Of 470 us an execution it decides for 115, settles and starts
// actions for 50, waits for what ends for 30 and commits for 280: 58 are statements, 195 the COMMIT (writing pages, and 100 or so of waiting
// for the disk), 17 waiting for the end of a checkpoint. While a checkpoint is under way, an eighth of the time, executions take two and
// a half times as long, for its flush and those of the commits wait for each other. The rest of its CPU is actions, their goroutines, the
// checkpoint and the garbage collector, on the other core. A commit writes 28 pages, 5 an execution: 12 of segments, 7 of the index of records,
// 7 of records, 1 each of heads and snapshots.
//
// What helped: fewer pages. Digests and UUIDs as bytes instead of digits, artifacts of a record's past by name (a record of 3.4 KB
// fits a page, one of 6.2 KB took two), a snapshot after 1024 events instead of 256, a mark in every 256th event instead of every 64th: 59 KB
// written became 40. The audit's entries 16 in a record instead of one: 35 KB, 2 to 11 % of the time (four series). Heads in a table without an index, written
// over instead of updated: 33 KB, 2 to 4 %. Besides, all that can run goes first when the deciding goroutine is woken (nothing to 4 %
// here, and six times as many executions on one core, where each end had a commit of its own), no second look at a stream that
// has nothing to do (2 %), no encoding/json for plain texts (3 %), stacks of actions that grow before there is anything on them to be copied (5 % of
// the CPU), no look for a record whose ID is greater than all of its group (2 %).
//
// What did not help: deciding while a commit is under way (15 % more CPU, 0 to 7 % more executions, also where streams that expect
// more ends wait for the commit's end, so that batches stay at 9 an execution: the disk answers later when both cores are busy, whatever the
// number of threads), deciding
// streams on two goroutines at once, letting every action run before the next round (fewer commits, longer cycles), more threads than
// cores, pages of 8 or 16 KiB (nothing with 100 in flight, a sixth less with one), no checkpoints at all, fdatasync instead of fsync, rows
// compressed with S2 (a fifth fewer bytes, as much CPU), a larger heap (GOGC=400: 4 %), profile-guided optimisation, statements of other
// numbers of rows (one row each: 4 % less), checkpoints of 1, 2 or 4 MiB (each writes the same pages again: 2 to 9 % fewer) or of 64, the database
// flushed before the last part of a checkpoint instead of in it, room in the files set aside beforehand.
//
// What is left: an execution's events take 5 KB in its segments, a sixth of which are digests that follow from what is beside them, and a tenth
// more the names of their kinds; it dirties a page of the records' index, and one of records that it fills to nine tenths: a record of less than 2 KB
// would share it.
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
