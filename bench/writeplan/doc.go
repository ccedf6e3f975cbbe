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
// 2 vCPU, ext4, Go 1.26.8, modernc.org/sqlite v1.62.0; median of 5 rounds of 1.5 s with little else running (load 1):
//
//	side                   actions/s         (min-max)  ratio  CPU us  written KB  stored KB  commits  flushes
//	raw group commit         136,548  (123,189-170,049)  1.00      83        10.6       0.92    0.152    0.154
//	plan                      77,963    (71,193-81,932)  0.57     147        26.0       7.29    0.177    0.180
//	plan, 10 pipelines        85,080   (76,028-100,493)  0.64     131        24.0       6.74    0.174    0.177
//	plan, 1 pipeline         111,114  (104,361-124,750)  0.81     102        18.4       6.16    0.169    0.171
//	1 key                     63,499    (52,410-71,802)  0.42     178        31.2       7.07    0.176    0.179
//	4 keys                    43,216    (34,443-67,717)  0.29     271        42.9       7.88    0.165    0.171
//	4 keys, early records     28,472    (22,473-30,580)  0.17     397       102.4       9.93    0.159    0.174
//
// CPU to flushes are an execution's. The ratio is the median of the rounds' ratios. Later runs on the same machine, busy with
// other work, gave the plan 0.59, 0.66, 0.49, 0.51, 0.61 and 0.60: read it as 0.6, give or take 0.1.
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
