//go:build !unix

package main

import "os/exec"

// killWhole does nothing here: without process groups only the command itself is killed.
func killWhole(*exec.Cmd) {}
