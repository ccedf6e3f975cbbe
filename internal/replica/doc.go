// Package replica is the engine without goroutines, clock, randomness or I/O: what does one process do with the streams it drives?
//
// A pump (the Engine, the test harness, the simulation) owns a Replica and carries out what it asks for:
//
//	Offer inputs ──► Step ──► commit the Batches ──► Settled ──► acknowledge, dispatch, cancel, publish
//	                   └────► load the Loads     ──► Loaded
//
// A round decides everything that has come in for a stream, claims what is ready in the same batch, and lets nothing out (no reply,
// dispatch, cancel or event) before that batch is settled. Correctness rests on the token of the head that a batch was decided on and
// on fences; ownership only saves work. What should run is derived from the state each time, so a restart needs no recovery.
package replica
