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
//	side                   actions/s         (min-max)  ratio  CPU us written KB stored KB   commits  flushes
//	raw group commit          219734   (199714-245362)   1.00      52       11.0      0.98     0.152    0.154
//	plan                      110102    (95942-125078)   0.51     102       29.2      7.38     0.176    0.180
//	group commit by hand      149430   (131697-160484)   0.68      93       14.9      1.51     0.165    0.167
//	engine                     31819     (29489-37495)   0.15     512       56.7                        0.321
//	plan, 10 pipelines        156637   (147436-169685)   0.73      68       26.3      7.22     0.170    0.173
//	plan, 1 pipeline          172321   (142864-184122)   0.81      61       19.7      6.70     0.174    0.176
//	1 key                      87446    (81259-100405)   0.43     126       37.2      7.51     0.175    0.180
//	4 keys                     66411    (57944-73771)    0.33     166       62.3      7.92     0.177    0.184
//	4 keys, early records      36032    (35163-41411)    0.18     295      127.0      9.96     0.153    0.170
//
// CPU to flushes are an execution's. The ratio is the median of the rounds' ratios. The machine's own pace moves all rows by a
// third from hour to hour: other runs gave the plan 0.47 to 0.61, and the engine 0.15 to 0.18 of raw and 0.21 to 0.28 of the
// loop by hand.
//
// # Where the engine's time goes
//
// It is bound by the one goroutine that decides, commits and lets happen, which is never idle: of 250 us an execution it decides
// for 60, commits for 150 (a third of that is the flush) and settles for 20. The rest of its CPU is actions, their goroutines, the
// checkpoint and the garbage collector, on the other core.
//
// What helped: fewer bytes. Digests and UUIDs as bytes instead of digits, artifacts of a record's past by name (a record of 3.4 KB
// fits a page, one of 6.2 KB took two), a snapshot after 512 events instead of 256: 59 KB written became 45, and 250 us 229. Then no
// second look at a stream that has nothing to do (2 %), no encoding/json for plain texts (3 %), stacks of actions that grow before
// there is anything on them to be copied (5 % of the CPU).
//
// What did not help: deciding while a commit is under way (batches of 11 instead of 9 an execution, as the ends of actions that run
// at once no longer meet in one; 15 % more CPU; 0 to 10 % more executions), deciding streams on two goroutines at once (the other
// core is busy with actions just then: it takes 5 % of the streams), the same with actions held back until all is decided, pages of 8
// or 16 KiB (nothing with 100 in flight, a sixth less with one), letting every action run before the next round (fewer commits,
// longer cycles), more threads than cores, checkpoints of 64 MiB, statements of other numbers of rows (one row each: 4 % less).
//
// What is left: of 5.6 pages an execution two are of the index of records, whose entries (an audit's, an execution's) each fall into
// a page of their pipeline's.
//
// # What was changed, and why
//
// A round touches some fifty streams, and every B-tree that is ordered by stream, pipeline or group costs one dirty page for each,
// which is written to the log and once more by the checkpoint. One run of all steps on a busy machine (raw: 143 us, 9 KB), CPU and
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
// the rest some twenty rows and index entries an execution against raw's twelve, with seven times the bytes.
package main
