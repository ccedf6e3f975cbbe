package main

import "log"

func Example() {
	if err := run("localhost:0", demonstrate); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Asked twice, released once: true
	//   execution.started StartPipelineExecution
	//   stage.entered     Source
	//   action.started    Fetch
	//   action.ended      Fetch
	//   stage.ended       Source
	//   stage.entered     SignOff
	//   action.started    Release
	//   action.ended      Release
	//   stage.ended       SignOff
	//   stage.entered     Production
	//   action.started    Ship
	//   action.ended      Ship
	//   stage.ended       Production
	//   execution.ended   Succeeded
	// Another release: 400 Bad Request
	// The service has drained.
}
