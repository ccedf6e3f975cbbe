package main

import "github.com/penstock-dev/penstock"

// actions joins every action type of the release with what runs it: a function, or a value that has what the work needs.
func actions(directory string) *penstock.Actions {
	var a penstock.Actions
	penstock.Register(&a, penstock.RunnerFunc[Checkout](checkout))
	penstock.Register(&a, penstock.RunnerFunc[GoVet](goVet))
	penstock.Register(&a, penstock.RunnerFunc[GoTest](goTest))
	penstock.Register(&a, penstock.RunnerFunc[GoBuild](goBuild))
	penstock.Register(&a, &Deployer{Directory: directory})
	return &a
}
