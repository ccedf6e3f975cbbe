package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// Compile is an action that job workers do: a build farm that polls, and is not to be called.
type Compile struct {
	Target string
	Source penstock.Input[penstock.File]
	Binary penstock.Output[penstock.File]
}

func (Compile) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Farm", Version: "1"}
}

func (Compile) PolledBy() string { return "Target" }

// Sources is a source.
type Sources struct {
	Source penstock.Output[penstock.File]
}

func (Sources) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Sources", Version: "1"}
}

var (
	listing = penstock.NewArtifact[penstock.File]("source")
	binary  = penstock.NewArtifact[penstock.File]("binary")
)

// farm is a job worker: it polls, acknowledges, takes in, puts out and answers.
func farm(ctx context.Context, eng *penstock.Engine, target string) error {
	ctx = penstock.WithActor(ctx, "farm-7")
	jobs, err := eng.PollJobs(ctx, penstock.PollJobs{
		Type: Compile{}.ActionType(), Query: map[string]string{"Target": target}, Wait: time.Minute,
	})
	if err != nil || len(jobs) == 0 {
		return err
	}
	job := jobs[0].Ref()
	if err := eng.AcknowledgeJob(ctx, job); err != nil {
		return err // somebody else has it
	}
	var in penstock.File
	if err := eng.LoadArtifact(ctx, job, "source", &in); err != nil {
		return err
	}
	stream, err := in.Open(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	if err != nil {
		return errors.Join(err, eng.FailJob(ctx, penstock.JobFailure{Job: job, Message: err.Error()}))
	}
	if err := eng.StoreArtifact(ctx, job, "binary", penstock.FileFrom(strings.NewReader(strings.ToUpper(string(text))))); err != nil {
		return err
	}
	return eng.SucceedJob(ctx, penstock.JobSuccess{Job: job, Summary: "compiled for " + target, ExternalID: "build-42"})
}

// A job worker carries an artifact through a release.
func ExampleEngine_PollJobs() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, func(ctx context.Context, call *penstock.Call[Sources]) error {
		return call.Config.Source.Store(ctx, call, penstock.FileFrom(strings.NewReader("func main")))
	})
	penstock.RegisterJob[Compile](&actions)
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	p := penstock.NewPipeline("tool",
		penstock.NewStage("Source", penstock.NewAction("Sources", Sources{Source: listing.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Compile", Compile{Target: "arm64", Source: listing.In(), Binary: binary.Out()})),
	)
	err = eng.RunWhile(context.Background(), func(ctx context.Context) error {
		started, err := eng.Apply(ctx, p)
		if err != nil {
			return err
		}
		if err := farm(ctx, eng, "arm64"); err != nil {
			return err
		}
		x, err := eng.Wait(ctx, "tool", started.Execution)
		if err != nil {
			return err
		}
		fmt.Println(x.Status)
		for _, a := range x.Artifacts {
			fmt.Println(a.Name, a.Size, "bytes")
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// Succeeded
	// binary 9 bytes
	// source 9 bytes
}
