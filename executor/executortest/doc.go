// Package executortest answers one question: does an executor keep the rules of package executor?
//
// Each rule is a test that says why it is one. The actions that the rules need are functions, given to the opener as a Script;
// they talk to the suite through their Task, Reporter and Outcome alone, so they may as well run in another process or a
// container: a worker there serves Actions.
//
//	func TestExecutor(t *testing.T) {
//		executortest.TestExecutor(t, func(t testing.TB, script executortest.Script) executor.Executor {
//			e := … // serves every type of script, with 2 to 64 slots in all; a cancel grace well under a second
//			t.Cleanup(…)
//			return e
//		})
//	}
//
// No rule is left out for an executor that cannot do something: where executors differ, Types says so, and the suite asks it
// and expects the one or the other. An executor whose work outlives the process (Type.Outlive) is opened a second time in one
// test, and both have to reach the same work.
package executortest
