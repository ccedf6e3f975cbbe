// Package penstocktest tests release logic: would this pipeline do the right release?
//
// A Harness runs a pipeline on the production rules with a virtual clock and a store in memory. Actions run one after the other when it is
// their turn, so a test is deterministic, needs no sleep and takes milliseconds. Crash forgets all memory in the middle of a release;
// CrashAt does so after any commit, to prove that a release ends alike wherever its engine dies.
//
//	h := penstocktest.New(t, release.Storefront("eu"), fakes)
//	h.DisableTransition("Production", "quarter-end freeze")
//	x := h.Start("a1b2c3")
//	x.Approve("Release", "ana")
//	x.RequireWaiting("Production", "quarter-end freeze")
//	h.EnableTransition("Production")
//	x.RequireSucceeded()
//
// What can be done, and what can be required of it:
//
//   - starts: Start, StartWith, Launch, Announce; RequireTrigger, RequireRevision, RequireStartRefused
//   - the way through the stages: RequireIn, RequireQueue, RequireStage, RequireRan, RequireVariable, RequireStatus, RequireSucceeded,
//     RequireFailed, RequireSuperseded
//   - waiting: RequireWaiting, RequireWaitingUntil, Advance
//   - transitions: DisableTransition, EnableTransition; RequireTransition
//   - approvals: Approve, Reject; RequireApproveRefused
//   - stops: Stop, Abandon, StopAndDisable; RequireStopped, RequireStopRefused
//   - failures and retries: Retry, RetryAll; RequireFailure, RequireTries, RequireRetried, RequireRetryRefused
//   - rollbacks: Rollback, RollbackAndHold; RequireRolledBack, RequireRollbackTo, RequireRollbackRefused
//   - conditions: OverrideCondition; RequireCondition, RequireRules, RequireOverrideRefused
//   - definitions: Apply, Delete; RequireApplyRefused
//   - the world: Script, Hold and Finish, Withdraw and Serve, PollJob and TakeJob, Crash and CrashAt
package penstocktest
