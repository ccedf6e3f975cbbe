package main

import (
	"context"
	"log"
	"os"
	"testing"
)

// TestMain lets this test be the process that is killed, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "begin" {
		main()
		return
	}
	if dir := os.Getenv(declaringDir); dir != "" {
		log.Fatal(declareTypes(context.Background(), dir))
	}
	os.Exit(m.Run())
}

func Example() {
	if err := demonstrate(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// The first process builds.
	// It is killed: signal: killed
	// Page was run 2 times.
	// Release #1 of "Hello" has Succeeded: <h1>Hello</h1>
	// Release #2 of "Welcome" has Succeeded: <h1>Welcome</h1>
}
