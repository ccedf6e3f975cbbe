package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"

	"github.com/penstock-dev/penstock"
)

// begin starts a release, says when its build has been given to a worker, and goes on until it is killed.
func begin(ctx context.Context, data string) error {
	s, err := open(ctx, data)
	if err != nil {
		return err
	}
	if _, err := s.Apply(ctx, Release(repository(data))); err != nil {
		return err
	}
	go func() {
		for event, err := range s.Follow(ctx, penstock.EventQuery{Pipeline: "site"}) {
			if err != nil {
				log.Fatal(err)
			}
			if event.Kind == penstock.EventActionStarted && event.Action == "Page" {
				fmt.Println("The first process builds.")
			}
		}
	}()
	return s.Run(ctx)
}

// beginAndKill has another process begin a build that would take a minute, and kills it meanwhile.
func beginAndKill(data string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "begin", data)
	cmd.Env, cmd.Stderr = append(os.Environ(), "BUILD_TAKES=60"), os.Stderr
	says, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(says).ReadString('\n')
	fmt.Print(line)
	err = errors.Join(err, cmd.Process.Kill()) // kill -9
	fmt.Println("It is killed:", cmd.Wait())
	return err
}
