// Hello is the program that the quickstart tests, builds and deploys when it releases this repository.
package main

import "fmt"

// version is set when a release is built: -ldflags "-X main.version=…".
var version = "unreleased"

func main() { fmt.Println(greeting(version)) }

// greeting is all that the program has to say.
func greeting(version string) string { return "Hello! I am " + version + "." }
