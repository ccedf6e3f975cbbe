// Hello is the program that the quickstart tests, builds and deploys when it releases this repository.
package main

import (
	"flag"
	"fmt"
)

// version is set when a release is built: -ldflags "-X main.version=…".
var version = "unreleased"

func main() {
	check := flag.Bool("check", false, "only say whether all is well: the deployment's health check")
	flag.Parse()
	fmt.Println(answer(version, *check))
}

// answer is all that the program has to say.
func answer(version string, check bool) string {
	if check {
		return "hello " + version + " is well"
	}
	return "Hello! I am " + version + "."
}
