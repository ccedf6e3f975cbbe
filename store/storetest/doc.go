// Package storetest answers one question: does this driver keep the contract of package store?
//
// A driver's test calls [TestState], [TestArtifacts] or [TestLogs] with a function that opens an empty store, and [TestShared] with one that
// opens two handles on the same one. Every sub-test is one rule; when it fails it says which. [Faulty] makes any StateStore fail on plan, for
// tests of what stands above it; the suite uses it too.
//
// Nothing here needs more than the standard library.
package storetest
