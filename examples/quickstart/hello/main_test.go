package main

import "testing"

// The standard library is enough here: whoever tries the quickstart waits for this to compile.
func TestGreeting(t *testing.T) {
	if got, want := greeting("1.2"), "Hello! I am 1.2."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
