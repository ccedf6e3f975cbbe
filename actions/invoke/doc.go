// Package invoke answers one question: how does a pipeline start another one?
//
// Pipeline is the service's own action for it (spec D4), stored as the service stores it:
//
//	var invoker invoke.Invoker
//	penstock.Register(&actions, &invoker)
//	engine, err := penstock.NewEngine(penstock.Config{Actions: &actions})
//	invoker.Engine = engine // before it runs
//
// As there, it does not wait: it has succeeded when the other pipeline has been started.
package invoke
