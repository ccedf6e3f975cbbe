// Command chaos kills a real engine, again and again, and counts what was lost.
//
// A round has one directory: SQLite, the workspaces of programs, a journal of commands and a ledger of effects. In it one process after the
// other, the lives, runs an engine under random orders of a few clients: starts, stops, approvals, retries, transitions. Each life but the last
// is ended by SIGKILL at a boundary drawn at random: before or after a commit, an effect, a command's answer. Often that is one of the first, so
// recoveries are killed too. The last life lets everything come to its end. Then the round is judged, from the journal, the ledger, the stored
// events, the audit, and the processes of the machine:
//
//	lost      acknowledged commands whose effect, or whose answer, is not there any more, or is there twice
//	doubled   effects that were accepted twice, or that were never made
//	held      stages that two executions held at once
//	orphans   processes that nobody knows of any more
//
// Rounds are named by their seed: -seed N goes on where another run ended. The boundary is drawn from the seed; what the scheduler of the operating
// system does is not.
package main
