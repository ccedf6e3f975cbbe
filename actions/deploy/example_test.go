package deploy_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/deploy"
)

func Example() {
	srv, err := os.MkdirTemp("", "srv-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(srv)
	website := filepath.Join(srv, "website") // what is to be deployed
	if err := os.Mkdir(website, 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(website, "index.html"), []byte("hello"), 0o644); err != nil {
		log.Fatal(err)
	}

	var actions penstock.Actions
	penstock.Register(&actions, penstock.RunnerFunc[content](putContent)) // a source of trees
	deploy.Register(&actions, &deploy.Options{Within: srv})
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error)
	go func() { running <- eng.Run(ctx) }()

	tree := penstock.NewArtifact[penstock.Tree]("tree")
	applied, err := eng.Apply(ctx, penstock.NewPipeline("website",
		penstock.NewStage("Source", penstock.NewAction("Content", content{Dir: website, Tree: tree.Out()})),
		penstock.NewStage("Production", penstock.NewAction("Deploy", deploy.Directory{
			To: "shop", Release: "v1", Keep: 3, Check: []string{"test", "-s", "index.html"}, Tree: tree.In(),
		})),
	))
	if err != nil {
		log.Fatal(err)
	}
	x, err := eng.Wait(ctx, "website", applied.Execution)
	if err != nil {
		log.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(srv, "shop", "current", "index.html"))
	fmt.Println(x.Status, string(page), err)
	stop()
	if err := <-running; err != nil {
		log.Fatal(err)
	}
	// Output: Succeeded hello <nil>
}
