package git_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

func Example() {
	dir, err := os.MkdirTemp("", "shop-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	repository := filepath.Join(dir, "shop") // most are at https://…
	if out, err := exec.Command("sh", "-c", `git init --quiet --initial-branch=main "$0" && cd "$0" &&
		git -c user.name=ana -c user.email=ana@example.com commit --quiet --allow-empty -m "Open the shop"`, repository).CombinedOutput(); err != nil {
		log.Fatal(string(out))
	}

	var actions penstock.Actions
	git.Register(&actions, &git.Options{AllowLocal: true, Cache: filepath.Join(dir, "cache")})
	penstock.Register(&actions, penstock.RunnerFunc[look](func(context.Context, *penstock.Call[look]) error { return nil }))
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error)
	go func() { running <- eng.Run(ctx) }()

	code := penstock.NewArtifact[penstock.Tree]("code")
	source := git.Source{URL: repository, Branch: "main", Code: code.Out()}
	applied, err := eng.Apply(ctx, penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Checkout", source).Namespace("source")),
		penstock.NewStage("Test", penstock.NewAction("Look", look{Code: code.In()})),
	))
	if err != nil {
		log.Fatal(err)
	}
	x, err := eng.Wait(ctx, "shop", applied.Execution)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Status, x.Revisions["Checkout"].Summary)
	stop()
	if err := <-running; err != nil {
		log.Fatal(err)
	}
	// Output: Succeeded Open the shop
}

func ExamplePoller() {
	var eng *penstock.Engine // that runs the pipeline
	p := &git.Poller{
		Starter: git.ForEngine(eng),
		Watches: func(context.Context) ([]git.Watch, error) {
			return []git.Watch{
				{Pipeline: "shop", Action: "Checkout", Source: git.Source{URL: "https://example.com/shop", Branch: "main"}},
			}, nil
		},
	}
	ctx, stop := context.WithCancel(context.Background())
	stop() // a service goes on until it ends
	fmt.Println(p.Run(ctx))
	// Output: <nil>
}
