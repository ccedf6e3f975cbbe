package executortest

// Run is TestExecutor with a patience of one's own.
var Run = run
